// The dossier in the browser: checks whether the file is as it was written, and lets the threshold move. Asks for nothing.

import { element, part, parts } from "../telling/elements.js"
import { Control } from "../telling/explorer/control.js"
import { mounting } from "../telling/explorer/live.js"
import { keep } from "../telling/saving/row.js"

/** @typedef {{ written: string, sums: { [part: string]: string } }} Seal */
/** @typedef {{ manifest: string, lines: string[] }} Log */
/** @typedef {{ [name: string]: (number | null)[] }} Columns */
/**
 * What `control` of page.py holds besides what the dashboard's control is sent.
 * @typedef {object} Held
 * @property {number} threshold
 * @property {{ [set: string]: import("../telling/explorer/outcome.js").CountsSent }} counts
 * @property {{ [set: string]: { name: string, title: string, sentence: string } }} called
 */
/** @typedef {import("../telling/explorer/control.js").ControlSent} ControlSent */

/** @param {Element} script */
const parsed = (script) => JSON.parse(script.textContent ?? "")
/** @param {string} name */
const partOf = (name) => document.querySelector(`script[data-part="${name}"]`)
/** @param {string} name */
const held = (name) => parsed(part(document, `script[data-part="${name}"]`, HTMLScriptElement))

// SHA-256 (FIPS 180-4) of a text as UTF-8: what a browser offers for it is missing in files opened from a disk.
/** @param {string} words */
function sha256(words) {
  const bytes = new TextEncoder().encode(words)
  const length = ((bytes.length + 8) >> 6) + 1
  const blocks = new DataView(new ArrayBuffer(64 * length))
  bytes.forEach((byte, at) => blocks.setUint8(at, byte))
  blocks.setUint8(bytes.length, 0x80)
  blocks.setUint32(64 * length - 8, Math.floor(bytes.length / 0x20000000))
  blocks.setUint32(64 * length - 4, bytes.length << 3)
  /** @type {(x: number, by: number) => number} */
  const turned = (x, by) => (x >>> by) | (x << (32 - by))
  const state = Int32Array.from(ROOTS.first)
  const w = new Int32Array(64)
  for (let block = 0; block < length; block++) {
    for (let t = 0; t < 16; t++) w[t] = blocks.getInt32(64 * block + 4 * t)
    for (let t = 16; t < 64; t++) {
      const [x, y] = [w[t - 15], w[t - 2]]
      const [s0, s1] = [turned(x, 7) ^ turned(x, 18) ^ (x >>> 3), turned(y, 17) ^ turned(y, 19) ^ (y >>> 10)]
      w[t] = w[t - 16] + s0 + w[t - 7] + s1
    }
    let [a, b, c, d, e, f, g, h] = state
    for (let t = 0; t < 64; t++) {
      const one = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + ROOTS.rounds[t] + w[t]
      const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0]
    }
    ;[a, b, c, d, e, f, g, h].forEach((value, at) => (state[at] += value))
  }
  return [...state].map((value) => (value >>> 0).toString(16).padStart(8, "0")).join("")
}

// The first 32 bits of the fractional parts of the square roots of 8 primes and of the cube roots of 64: by whole numbers.
const ROOTS = (() => {
  /** @type {number[]} */
  const primes = []
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n)
  /** @type {(value: bigint, power: bigint) => number} */
  const root = (value, power) => {
    let [low, high] = [0n, 1n << 40n]
    while (high - low > 1n) {
      const middle = (low + high) >> 1n
      if (middle ** power <= value) low = middle
      else high = middle
    }
    return Number(low & 0xffffffffn) | 0
  }
  return {
    first: primes.slice(0, 8).map((prime) => root(BigInt(prime) << 64n, 2n)),
    rounds: primes.map((prime) => root(BigInt(prime) << 96n, 3n)),
  }
})()

// What is not as it was written, in words: data, sections, and lines of the log.
/** @param {Seal} seal */
function changes({ sums }) {
  /** @type {string[]} */
  const found = []
  for (const [name, sum] of Object.entries(sums)) {
    const section = name.startsWith("section ") ? name.slice("section ".length) : null
    const place = section ? document.querySelector(`[data-sealed="${section}"]`) : partOf(name)
    if (!place) found.push(`${name} is missing`)
    else if (sha256(place.textContent ?? "") !== sum) found.push(section ? `the section “${section}” was changed` : `the data “${name}” were changed`)
  }
  return found
}

/** @param {Log} log */
function brokenLinks({ manifest, lines }) {
  let previous = manifest
  return lines.flatMap((line, at) => {
    let event
    try {
      event = JSON.parse(line)
    } catch {
      return []
    }
    const own = `,"hash":"${event.hash}"`
    const place = line.lastIndexOf(own)
    const whole = place >= 0 && sha256(line.slice(0, place) + line.slice(place + own.length)) === event.hash
    const follows = event.previous === previous
    previous = event.hash
    return whole && follows ? [] : [`line ${at + 1} of the log does not fit its chain`]
  })
}

function check() {
  const place = part(document, "#unchanged", HTMLElement)
  try {
    const seal = parsed(part(document, "#sums", HTMLScriptElement))
    const found = [...changes(seal), ...brokenLinks(held("log"))]
    place.classList.toggle("alarm", found.length > 0)
    const written = seal.written.slice(0, 16).replace("T", ", ")
    place.textContent = found.length
      ? `This file was changed after it was written: ${found.join("; ")}.`
      : `Unchanged since it was written (${written} UTC). That tells of the file, not of who wrote it.`
  } catch {
    place.classList.add("alarm")
    place.textContent = "This file was changed after it was written: its data cannot be read."
  }
}

// A column of the embedded table, read as the dashboard's tables are.
/** @type {(columns: Columns) => import("../telling/explorer/positions.js").Table} */
const asTable = (columns) => ({ getChild: (name) => ({ toArray: () => Float64Array.from(columns[name], Number) }) })

function live() {
  /** @type {ControlSent & Held} */
  const control = held("control")
  const table = asTable(held("positions"))
  const place = part(document, "#control", HTMLElement)
  const root = place.attachShadow({ mode: "open" })
  root.append(part(document, "#live-style", HTMLTemplateElement).content.cloneNode(true))
  root.append(element("div", { class: "explorer" }))
  /** @param {string} name */
  const of = (name) => part(document, `.charts[data-of="${CSS.escape(name)}"]`, HTMLElement)
  const buttons = parts(document, ".sets button", HTMLElement)
  const mount = mounting(Control)
  let sequence = 1
  const asked = parseFloat(new URLSearchParams(location.hash.slice(1)).get("threshold") ?? "")
  let threshold = Number.isFinite(asked) ? asked : control.threshold
  /** @type {import("../telling/explorer/live.js").Send} */
  const release = (name, value) => {
    if (name !== "threshold") return
    threshold = Number(value)
    history.replaceState(null, "", `#threshold=${value}`)
  }
  /** @param {string} name */
  const show = (name) => {
    for (const charts of parts(document, ".charts", HTMLElement)) {
      charts.hidden = charts !== of(name)
      for (const plot of parts(charts, ".js-plotly-plot", HTMLElement)) {
        Object.assign(plot, { layout: JSON.parse(plot.dataset.layout ?? ""), on: () => {} })
      }
      for (const chart of charts.querySelectorAll("figure")) chart.classList.toggle("seen", charts === of(name))
    }
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.set === name))
    const compared = [control.shown, name]
    mount({
      parentElement: root,
      setStateValue: release,
      data: {
        ...control,
        positions: table,
        revision: name,
        splits: control.splits.filter((split) => compared.includes(split.name)),
        shown: name,
        reported: control.called[name],
        told: { threshold, sequence: sequence++ },
        charts: { roc: "roc.seen", precision_recall: "precision_recall.seen", scores: "scores.seen" },
        figures: null,
        meanings: {},
        outcome: control.counts[name],
      },
    })
  }
  show(part(document, ".charts:not([hidden])", HTMLElement).dataset.of ?? "")
  for (const button of buttons) button.addEventListener("click", () => show(button.dataset.set ?? ""))
}

// What the file holds, as files of their own.
function offerData() {
  const row = element("p", { class: "save-row" }, "Save the data as ")
  /** @type {(name: string, text: () => string, kind: string) => void} */
  const save = (name, text, kind) => {
    const button = element("button", { type: "button" }, name)
    const file = `${part(document, ".tw-about", HTMLElement).dataset.file}-${name.toLowerCase().replaceAll(" ", "-")}`
    button.addEventListener("click", () => keep(new Blob([text()], { type: kind }), file))
    row.append(button, " ")
  }
  const all = () => JSON.stringify(Object.fromEntries(parts(document, "script[data-part]", HTMLElement).map((one) => [one.dataset.part, parsed(one)])))
  save("data.json", all, "application/json")
  save("positions.csv", () => {
    /** @type {Columns} */
    const columns = held("positions")
    const names = Object.keys(columns)
    return [names.join(","), ...columns.threshold.map((_, at) => names.map((name) => columns[name][at] ?? "").join(","))].join("\n") + "\n"
  }, "text/csv;charset=utf-8")
  part(document, "footer", HTMLElement).prepend(row)
}

// The radiographs stand among the data, so that the check above covers them.
function showPictures() {
  const images = parts(document, "img[data-picture]", HTMLImageElement)
  /** @type {string[]} */
  const jpegs = images.length ? held("pictures") : []
  for (const image of images) image.src = `data:image/jpeg;base64,${jpegs[Number(image.dataset.picture)]}`
}

check()
showPictures()
live()
offerData()
