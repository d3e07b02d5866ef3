// One of the two thresholds: its slider, its line on the scores, its presets. The pair keeps the two in order.

import { element, text, write } from "../../core/telling/elements.js"
import { called, namedThreshold, probability } from "../../core/telling/explorer/format.js"
import { ChartMarkers } from "../../core/telling/explorer/markers.js"
import { Presets } from "../../core/telling/explorer/presets.js"

/** @type {{ [name: string]: { title: string, line: string, word: string } }} */
const HANDLES = {
  lower: { title: "Rule out below", line: "Rule out below this line on the distribution of scores", word: "← ruled out" },
  upper: { title: "Rule in from", line: "Rule in from this line on the distribution of scores", word: "ruled in →" },
}

export class Handle {
  /** @param {string} name @param {import("./pair.js").Pair} pair */
  constructor(name, pair) {
    this.name = name
    this.pair = pair
    this.index = 0
    this.chosen = false
    const { title } = HANDLES[name]
    this.slider = element("input", { type: "range", min: "0", step: "1", "aria-label": title, "data-handle": name })
    this.presets = new Presets(`${title}: chosen on validation`, {
      choose: (threshold) => pair.choose(this, threshold),
      change: (floor) => pair.send("floor", floor),
    })
    const head = element("div", { class: "head" }, element("span", { class: "label" }, title))
    this.called = text(head.appendChild(element("output", { class: "called" })))
    this.unit = text(head.appendChild(element("span", { class: "quiet small" })))
    this.block = element("div", { class: `handle-block ${name}` }, head, this.slider, this.presets.block)
    this.slider.addEventListener("input", () => this.drag(pair.positions.last - Number(this.slider.value)))
    this.slider.addEventListener("change", () => pair.rest())
    this.slider.addEventListener("pointerup", () => pair.release())
    this.slider.addEventListener("keydown", (event) => {
      if (event.key.startsWith("Page")) this.key(event, {})
    })
  }

  /** @param {string} key */
  markers(key) {
    const { line, word } = HANDLES[this.name]
    return new ChartMarkers("scores", key, this, { name: `scores_${this.name}`, label: line, half: this.name, word })
  }

  // What ChartMarkers asks of its listener.
  /** @param {number} index */
  drag(index) {
    this.pair.drag(this, index)
  }

  /** @param {KeyboardEvent} event @param {import("../../core/telling/explorer/positions.js").Steps} steps */
  key(event, steps) {
    const index = this.pair.positions.stepped(event, steps, this.index)
    if (index === null) return
    this.drag(index)
    this.pair.rest()
  }

  release() {
    this.pair.release()
  }

  redraw() {
    this.pair.redraw()
  }

  get threshold() {
    return this.pair.positions.threshold[this.index]
  }

  /** @param {import("../../core/telling/explorer/format.js").Scale} scale */
  draw(scale) {
    const place = String(this.pair.positions.last - this.index)
    if (this.slider.value !== place) this.slider.value = place // to set it costs as much as all tiles
    write(this.called, probability(called(this.threshold, scale)))
    write(this.unit, namedThreshold(this.threshold, scale))
  }

  // `asOpened`: the pair is that of the rules a run opens with, which are exchanged where they would cross. Whether
  // validation chose the threshold that is seen, or somebody locked it.
  /** @param {string} words @param {number} first @param {boolean} asOpened */
  say(words, first, asOpened) {
    this.slider.setAttribute("aria-valuetext", words)
    this.chosen = this.presets.mark(this.threshold, asOpened) || this.threshold === first
  }
}
