// Two thresholds, live: handles that cannot cross, what they mean in children, and the five figures of the pair. On release the pair goes to Python
// once; what follows below the chart hears of it.

import { element, text, write } from "../../core/telling/elements.js"
import { speaker } from "../../core/telling/explorer/channel.js"
import { called, probability, rate } from "../../core/telling/explorer/format.js"
import { Live, mounting } from "../../core/telling/explorer/live.js"
import { Positions } from "../../core/telling/explorer/positions.js"
import { Tile } from "../../core/telling/explorer/tiles.js"
import { Handle } from "./handles.js"
import { PAIR_MOVED } from "./moved.js"
import { FateSentences } from "./sentences.js"
import { Triage } from "./triage.js"

/** @typedef {import("../../core/telling/explorer/presets.js").Preset} Preset */
/**
 * What `pair` of dashboard/two_thresholds sends.
 * @typedef {object} PairOnly
 * @property {{ [set: string]: import("./triage.js").Worth }} worth
 * @property {Preset[]} presets
 * @property {number[]} first
 * @property {{ pair: number[], sequence: number }} told
 * @property {{ scores: string }} charts
 * @property {import("../../core/telling/explorer/outcome.js").CountsSent} counted
 * @property {number | null} prevalence
 * @property {{ [name: string]: string }} meanings
 */
/** @typedef {{ [images_set: string]: import("../../core/telling/explorer/positions.js").Table | null }} Images of each set, as `images_NAME` */
/** @typedef {import("../../core/telling/explorer/positions.js").PositionsSent & import("../../core/telling/explorer/control.js").SeenSent & PairOnly} PairSent */

const FIGURES = [
  ["npv", "NPV of the ruled-out"],
  ["ppv", "PPV of the ruled-in"],
  ["referred", "Referred to a radiologist"],
  ["missed", "Ruled out of the ill"],
  ["alarmed", "Ruled in of the others"],
]

// Null where every image is the only one of its patient.
/** @param {PairSent} data @param {string} set */
function imagesOf(data, set) {
  const { [`images_${set}`]: sent } = /** @type {Images} */ (/** @type {unknown} */ (data))
  return sent && /** @type {Uint32Array} */ (sent.getChild("image").toArray())
}

export class Pair extends Live {
  /** @type {PairSent} */
  data
  /** @type {Positions} */
  positions
  /** @type {Triage[]} */
  triages
  /** @type {import("./moved.js").Found} */
  found

  /** @param {HTMLElement} root */
  constructor(root) {
    super(root, "pair")
    /** @type {import("./moved.js").Moved | null} */
    this.latest = null
    this.speaker = speaker(PAIR_MOVED, () => this.latest)
    this.lower = new Handle("lower", this)
    this.upper = new Handle("upper", this)
    this.handles = [this.lower, this.upper]
    this.tiles = FIGURES.map(([name, title]) => ({ name, tile: new Tile(title) }))
    const tiles = element("div", { class: "tiles few", role: "group", "aria-label": "Figures of the two thresholds" })
    tiles.append(...this.tiles.map(({ tile }) => tile.tile))
    this.sentences = new FateSentences()
    const offered = element("p", { class: "quiet small" })
    this.offered = text(offered)
    this.exploratory = element("p", { class: "small exploratory" })
    const blocks = element("div", { class: "handles" }, ...this.handles.map(({ block }) => block))
    root.replaceChildren(blocks, this.sentences.block, this.exploratory, tiles, offered, this.status)
  }

  remove() {
    super.remove()
    this.speaker.end()
  }

  /** @param {PairSent} data @param {import("../../core/telling/explorer/live.js").Send} send */
  receive(data, send) {
    this.send = send
    const anew = data.revision !== this.data?.revision
    const told = data.told.sequence !== this.data?.told.sequence
    const kept = this.positions ? this.value() : data.told.pair
    this.data = data
    for (const { name, tile } of this.tiles) tile.name.title = data.meanings[name] ?? ""
    if (anew) this.read(data)
    if (told || anew) this.put(told ? data.told.pair : kept)
    if (told) this.sent = String(data.told.pair)
    for (const { name, presets } of this.handles) presets.draw(data.presets.filter(({ handle }) => handle === name))
    this.overlays.attach()
    this.overlays.recolour(data.quiet)
    this.draw()
    this.say()
  }

  /** @param {PairSent} data */
  read(data) {
    this.positions = new Positions(data)
    this.triages = this.positions.splits.map(
      (split) =>
        new Triage(this.positions, split, imagesOf(data, split.name), data.worth[split.name]),
    )
    for (const { slider } of this.handles) slider.max = String(this.positions.last)
    const markers = this.handles.map((handle) => handle.markers(data.charts.scores))
    for (const marker of markers) marker.trace(this.positions, null)
    this.overlays.replace(markers)
    write(this.offered, data.offered)
  }

  value() {
    return this.handles.map(({ threshold }) => threshold)
  }

  /** @param {number[]} thresholds */
  put(thresholds) {
    this.handles.forEach((handle, place) => (handle.index = this.positions.indexOf(thresholds[place])))
  }

  // A handle stops at the other one. Positions run from the highest threshold down.
  /** @param {Handle} handle @param {number} index */
  drag(handle, index) {
    handle.index = handle === this.lower ? Math.max(index, this.upper.index) : Math.min(index, this.lower.index)
    this.redraw()
  }

  // A preset is met exactly; where the other handle is in its way, that is taken along.
  /** @param {Handle} handle @param {number} threshold */
  choose(handle, threshold) {
    handle.index = this.positions.indexOf(threshold)
    if (this.lower.index < this.upper.index) for (const each of this.handles) each.index = handle.index
    this.draw()
    this.release()
  }

  words() {
    const { npv, ppv, referred } = this.found.figures
    const [low, high] = this.value().map((threshold) => probability(called(threshold, this.data.scale)))
    return `ruled out below ${low}, NPV ${rate(npv.value)}; ruled in from ${high}, PPV ${rate(ppv.value)}; referred ${rate(referred.value)}`
  }

  // What a screen reader needs; left out while dragging, as it is not seen.
  say() {
    if (!this.found) return
    const words = this.words()
    const { first } = this.data
    const asOpened = String(this.value()) === String(first)
    this.handles.forEach((handle, place) => handle.say(words, first[place], asOpened))
    this.overlays.markers.forEach((markers, place) => markers.announce(this.handles[place].index, words))
    this.exploratory.textContent = `Set while looking at ${this.data.reported.sentence}: exploratory`
    this.exploratory.hidden = this.data.shown === "validation" || this.handles.every(({ chosen }) => chosen)
  }

  draw() {
    const { data, lower, upper } = this
    const found = this.triages.map((triage) => [triage.split.name, triage.at(lower.index, upper.index, data.prevalence)])
    const splits = Object.fromEntries(found)
    this.found = splits[data.shown]
    for (const handle of this.handles) handle.draw(data.scale)
    this.sentences.draw(this.found, data.counted)
    for (const { name, tile } of this.tiles) tile.draw(this.found.figures[name])
    this.overlays.markers.forEach((markers, place) => markers.place(this.handles[place].index))
    this.latest = { run: data.run, split: data.shown, splits }
    this.speaker.say()
  }
}

export default mounting(Pair)
