// The live threshold: slider, presets, tiles, counts and the markers on the charts, moved without asking the server.
//
// A position is an index into `Positions`. It changes by drag, key, slider or preset; on release its threshold goes to
// Python once. Python's own changes (a link, another split) come as `data.told`, numbered, so that an answer to an older
// release never overwrites a newer drag.

import { element, text, write } from "../elements.js"
import { THRESHOLD_MOVED, speaker } from "./channel.js"
import { MINUS, called, interval, namedThreshold, probability, rate, signedDifference } from "./format.js"
import { Live } from "./live.js"
import { ChartMarkers } from "./markers.js"
import { Outcome } from "./outcome.js"
import { Positions } from "./positions.js"
import { Presets } from "./presets.js"
import { difference } from "./rates.js"
import { Tile } from "./tiles.js"

const TILES = [
  ["sensitivity", "Sensitivity"],
  ["specificity", "Specificity"],
  ["precision", "Precision (PPV)"],
  ["npv", "NPV"],
  ["balanced_accuracy", "Balanced accuracy"],
  ["accuracy", "Accuracy"],
  ["f1", "F1"],
  ["lr_positive", "LR+"],
  ["lr_negative", "LR−"],
]
const FIRST_TILES = 5
const FIRST_ON_PHONES = 4

/** @typedef {import("./presets.js").Preset} Preset */
/** @typedef {import("./rates.js").Estimate} Estimate */
/** @typedef {{ [name: string]: Estimate }} Figures */
/** @typedef {{ run: string, revision: string, shown: string, reported: { name: string, title: string, sentence: string }, offered: string, scale: import("./format.js").Scale, quiet: string }} SeenSent */
/**
 * What `control` of dashboard/explorer sends.
 * @typedef {object} ControlOnly
 * @property {Preset[]} presets
 * @property {{ threshold: number, sequence: number }} told
 * @property {{ [kind: string]: string }} charts
 * @property {string[] | null} figures
 * @property {{ [name: string]: string }} meanings
 * @property {import("./outcome.js").CountsSent | null} outcome
 * @property {string} alone
 */
/** @typedef {import("./positions.js").PositionsSent & SeenSent & ControlOnly} ControlSent */

export class Control extends Live {
  /** @type {ControlSent} */
  data
  /** @type {Positions} */
  positions
  /** @type {import("./positions.js").Split} */
  shown
  /** @type {import("./positions.js").Split | null} */
  other
  /** @type {Outcome | null} */
  outcome
  /** @type {{ name: string, words: Text, line: HTMLElement }[]} */
  promiseLines

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root, "threshold")
    this.index = 0
    /** @type {import("./channel.js").ThresholdMoved | null} */
    this.latest = null
    this.speaker = speaker(THRESHOLD_MOVED, () => this.latest)
    this.slider = element("input", { type: "range", min: "0", step: "1", "aria-label": "Threshold" })
    const shown = element("output", { class: "called" })
    this.called = text(shown)
    this.unitPlace = element("span", { class: "quiet" })
    this.unit = text(this.unitPlace)
    this.clinicPlace = element("p", { class: "quiet small clinic" })
    this.clinic = text(this.clinicPlace)
    const offered = element("p", { class: "quiet small" })
    this.offered = text(offered)
    this.presets = new Presets("Thresholds chosen on validation", {
      choose: (threshold) => this.choose(threshold),
      change: (floor) => this.send("floor", floor),
    })
    this.exploratory = element("span", { class: "small exploratory" })
    this.counts = element("div", { class: "outcome" })
    this.promise = element("div", { class: "promise" })
    this.tiles = TILES.map(([name, title]) => ({ name, tile: new Tile(title, { isRatio: name.startsWith("lr") }) }))
    this.tileGroup = this.buildTiles()
    const head = element("div", { class: "head" }, element("span", { class: "label" }, "Threshold"), shown, this.unitPlace)
    root.replaceChildren(head, this.clinicPlace, this.slider, offered, this.presets.block, this.tileGroup, this.counts, this.promise, this.status)
    this.slider.addEventListener("input", () => this.drag(this.positions.last - Number(this.slider.value)))
    this.slider.addEventListener("change", () => this.rest())
    this.slider.addEventListener("pointerup", () => this.release())
    this.slider.addEventListener("keydown", (event) => {
      if (event.key.startsWith("Page")) this.key(event, {})
    })
  }

  buildTiles() {
    const tiles = element("div", { class: "tiles", role: "group", "aria-label": "Figures at this threshold" })
    for (const [place, { tile }] of this.tiles.entries()) {
      tile.tile.classList.toggle("rest", place >= FIRST_TILES)
      tile.tile.classList.toggle("later", place >= FIRST_ON_PHONES)
      tiles.append(tile.tile)
    }
    const more = element("button", { type: "button", class: "more", "aria-expanded": "false" }, "More figures")
    more.addEventListener("click", () => {
      const open = tiles.classList.toggle("open")
      more.setAttribute("aria-expanded", String(open))
      more.textContent = open ? "Fewer figures" : "More figures"
    })
    tiles.children[FIRST_TILES - 1].after(more)
    return tiles
  }

  remove() {
    super.remove()
    this.speaker.end()
  }

  /** @param {ControlSent} data @param {import("./live.js").Send} send */
  receive(data, send) {
    this.send = send
    const anew = data.revision !== this.data?.revision
    const told = data.told.sequence !== this.data?.told.sequence
    const threshold = this.positions?.threshold[this.index]
    this.data = data
    if (anew) this.read(data)
    if (told) this.index = this.positions.indexOf(data.told.threshold)
    else if (anew) this.index = this.positions.indexOf(threshold)
    if (told) this.sent = String(data.told.threshold)
    for (const { name, tile } of this.tiles) {
      tile.tile.hidden = data.figures?.includes(name) === false
      tile.name.title = data.meanings[name] ?? ""
    }
    this.tileGroup.classList.toggle("few", data.figures !== null)
    this.presets.draw(data.presets)
    this.presets.block.append(this.exploratory)
    this.overlays.attach()
    this.overlays.recolour(data.quiet)
    this.draw()
    this.say()
  }

  /** @param {ControlSent} data */
  read(data) {
    this.positions = new Positions(data)
    this.shown = this.positions.splits.filter(({ name }) => name === data.shown)[0]
    this.other = this.positions.splits.find(({ name }) => name !== data.shown) ?? null
    this.slider.max = String(this.positions.last)
    write(this.offered, data.offered)
    const markers = Object.entries(data.charts).map(([kind, key]) => new ChartMarkers(kind, key, this))
    for (const marker of markers) marker.trace(this.positions, this.shown)
    this.overlays.replace(markers)
    this.outcome = data.outcome && new Outcome(this.counts, data.outcome)
    this.buildPromise()
  }

  // A new position, drawn with the next frame.
  /** @param {number} index */
  drag(index) {
    this.index = index
    this.redraw()
  }

  /** @param {KeyboardEvent} event @param {import("./positions.js").Steps} steps */
  key(event, steps) {
    const index = this.positions.stepped(event, steps, this.index)
    if (index === null) return
    this.drag(index)
    this.rest()
  }

  value() {
    return this.positions.threshold[this.index]
  }

  /** @param {number} threshold */
  choose(threshold) {
    this.index = this.positions.indexOf(threshold)
    this.draw() // at once: what is said of it must not run ahead of what is seen
    this.release()
  }

  probability() {
    return probability(called(this.value(), this.data.scale))
  }

  words() {
    const { sensitivity, specificity } = this.positions.rates(this.shown, this.index)
    return `${this.data.scale.called} ${this.probability()}, sensitivity ${rate(sensitivity.value)}, specificity ${rate(specificity.value)}`
  }

  // What a screen reader needs; left out while dragging, as it is not seen.
  say() {
    if (!this.positions) return
    const words = this.words()
    this.slider.setAttribute("aria-valuetext", words)
    this.unitPlace.title = `logit ${String(this.value()).replace("-", MINUS)}: ${this.data.meanings.logit}`
    for (const markers of this.overlays.markers) markers.announce(this.index, words)
    const chosen = this.presets.mark(this.value())
    this.exploratory.hidden = chosen || this.data.shown === "validation"
    this.exploratory.textContent = `Set while looking at ${this.data.reported.sentence}: exploratory`
  }

  draw() {
    const { positions, index, shown, other } = this
    const logit = positions.threshold[index]
    /** @type {Figures} */
    const figures = positions.rates(shown, index)
    const counts = positions.counts(shown, index)
    const otherCounts = other && positions.counts(other, index)
    this.slider.value = String(positions.last - index)
    write(this.called, this.probability())
    write(this.unit, namedThreshold(logit, this.data.scale))
    this.drawClinic(logit)
    for (const { name, tile } of this.tiles) tile.draw(figures[name])
    for (const markers of this.overlays.markers) markers.place(index, counts, otherCounts)
    this.outcome?.draw(counts)
    if (other) this.drawPromise(figures, positions.rates(other, index))
    const sizes = positions.sizes(shown, index)
    this.latest = { counts, sizes, run: this.data.run, split: this.data.shown }
    this.speaker.say()
  }

  // What the same threshold is called at each end of the clinic's prevalence.
  /** @param {number} logit */
  drawClinic(logit) {
    const { clinic } = this.data.scale
    const there = clinic.shifts.map((shift) => probability(called(logit, this.data.scale, shift)))
    this.clinicPlace.hidden = !there.length
    write(this.clinic, there.length ? `The same threshold is ${there.join(" to ")} ${clinic.words}.` : "")
  }

  buildPromise() {
    const { data } = this
    if (!this.other) {
      this.promise.replaceChildren(element("p", {}, data.alone))
      return
    }
    this.promiseLines = ["sensitivity", "specificity"].map((name) => {
      const line = element("p")
      return { name, words: text(line), line }
    })
    this.promise.replaceChildren(...this.promiseLines.map(({ line }) => line))
  }

  /** @param {Figures} figures @param {Figures} otherFigures */
  drawPromise(figures, otherFigures) {
    const [validation, reported] = this.data.shown === "validation" ? [figures, otherFigures] : [otherFigures, figures]
    // No verdict: a threshold that is dragged promises nothing, and one that is sought differs somewhere by chance.
    for (const { name, words, line } of this.promiseLines) {
      const gap = difference(reported[name], validation[name])
      const [value, range] = signedDifference(gap)
      write(
        words,
        `Validation shows ${name} ${rate(validation[name].value)} (${interval(validation[name])}). ` +
          `${this.data.reported.title} delivers ${rate(reported[name].value)} (${interval(reported[name])}). ` +
          `Gap ${value} (${range})`,
      )
      line.title = gap.reason ?? ""
    }
  }
}
