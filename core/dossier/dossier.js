// The dossier in the browser: checks whether the file is as it was written, and lets the threshold move. Asks for nothing.

const parsed = (script) => JSON.parse(script.textContent)
const part = (name) => document.querySelector(`script[data-part="${name}"]`)

// SHA-256 (FIPS 180-4) of a text as UTF-8: what a browser offers for it is missing in files opened from a disk.
function sha256(words) {
  const bytes = new TextEncoder().encode(words)
  const length = ((bytes.length + 8) >> 6) + 1
  const blocks = new DataView(new ArrayBuffer(64 * length))
  bytes.forEach((byte, at) => blocks.setUint8(at, byte))
  blocks.setUint8(bytes.length, 0x80)
  blocks.setUint32(64 * length - 8, Math.floor(bytes.length / 0x20000000))
  blocks.setUint32(64 * length - 4, bytes.length << 3)
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
  const primes = []
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n)
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
function changes({ sums }) {
  const found = []
  for (const [name, sum] of Object.entries(sums)) {
    const section = name.startsWith("section ") ? name.slice("section ".length) : null
    const place = section ? document.querySelector(`[data-sealed="${section}"]`) : part(name)
    if (!place) found.push(`${name} is missing`)
    else if (sha256(place.textContent) !== sum) found.push(section ? `the section “${section}” was changed` : `the data “${name}” were changed`)
  }
  return found
}

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
  const place = document.getElementById("unchanged")
  try {
    const seal = parsed(document.getElementById("sums"))
    const found = [...changes(seal), ...brokenLinks(parsed(part("log")))]
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
const asTable = (columns) => ({ getChild: (name) => ({ toArray: () => Float64Array.from(columns[name]) }) })

function live() {
  const control = parsed(part("control"))
  const table = asTable(parsed(part("positions")))
  const place = document.getElementById("control")
  const root = place.attachShadow({ mode: "open" })
  root.append(document.getElementById("live-style").content.cloneNode(true))
  root.append(element("div", { class: "explorer" }))
  const of = (name) => document.querySelector(`.charts[data-of="${CSS.escape(name)}"]`)
  let sequence = 1
  const asked = parseFloat(new URLSearchParams(location.hash.slice(1)).get("threshold"))
  let threshold = Number.isFinite(asked) ? asked : control.threshold
  const release = (name, value) => {
    if (name !== "threshold") return
    threshold = value
    history.replaceState(null, "", `#threshold=${value}`)
  }
  const show = (name) => {
    for (const charts of document.querySelectorAll(".charts")) {
      charts.hidden = charts !== of(name)
      for (const plot of charts.querySelectorAll(".js-plotly-plot")) {
        plot.layout = JSON.parse(plot.dataset.layout)
        plot.on ??= () => {}
      }
      for (const chart of charts.querySelectorAll("figure")) chart.classList.toggle("seen", charts === of(name))
    }
    for (const button of document.querySelectorAll(".sets button")) {
      button.setAttribute("aria-pressed", String(button.dataset.set === name))
    }
    const compared = [control.shown, name]
    mounted(controls, Control, {
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
  show(document.querySelector(".charts:not([hidden])").dataset.of)
  for (const button of document.querySelectorAll(".sets button")) button.addEventListener("click", () => show(button.dataset.set))
}

// What the file holds, as files of their own.
function offerData() {
  const row = document.createElement("p")
  row.className = "save-row"
  row.append("Save the data as ")
  const save = (name, text, kind) => {
    const button = element("button", { type: "button" }, name)
    const file = `${document.querySelector(".tw-about").dataset.file}-${name.toLowerCase().replaceAll(" ", "-")}`
    button.addEventListener("click", () => keep(new Blob([text()], { type: kind }), file))
    row.append(button, " ")
  }
  const all = () => JSON.stringify(Object.fromEntries([...document.querySelectorAll("script[data-part]")].map((one) => [one.dataset.part, parsed(one)])))
  save("data.json", all, "application/json")
  save("positions.csv", () => {
    const columns = parsed(part("positions"))
    const names = Object.keys(columns)
    return [names.join(","), ...columns.threshold.map((_, at) => names.map((name) => columns[name][at] ?? "").join(","))].join("\n") + "\n"
  }, "text/csv;charset=utf-8")
  document.querySelector("footer").prepend(row)
}

// The radiographs stand among the data, so that the check above covers them.
function showPictures() {
  const jpegs = document.querySelector("img[data-picture]") ? parsed(part("pictures")) : []
  for (const image of document.querySelectorAll("img[data-picture]")) {
    image.src = `data:image/jpeg;base64,${jpegs[image.dataset.picture]}`
  }
}

check()
showPictures()
live()
offerData()
