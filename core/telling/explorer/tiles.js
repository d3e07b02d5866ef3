// A figure with its interval and a thin bar from 0 to 1; a ratio has no bar. Drawn with texts and transforms alone.

import { element, text, write } from "../elements.js"
import { interval, rate, ratio, ratioInterval } from "./format.js"

export class Tile {
  /** @param {string} name */
  constructor(name, { isRatio = false } = {}) {
    this.isRatio = isRatio
    this.name = element("span", { class: "small" }, name)
    this.tile = element("div", { class: "tile" }, this.name)
    this.value = text(this.tile.appendChild(element("b")))
    this.limits = text(this.tile.appendChild(element("span", { class: "small quiet" })))
    this.range = element("i")
    this.dot = element("u")
    if (!isRatio) this.tile.append(element("span", { class: "bar", "aria-hidden": "true" }, this.range, this.dot))
  }

  /** @param {import("./rates.js").Estimate} estimate */
  draw(estimate) {
    const { tile, isRatio, range, dot } = this
    write(this.value, (isRatio ? ratio : rate)(estimate.value))
    write(this.limits, (isRatio ? ratioInterval : interval)(estimate))
    const reason = estimate.reason ?? ""
    if (tile.title !== reason) tile.title = reason
    if (isRatio) return
    const known = Number.isFinite(estimate.low + estimate.high)
    range.style.transform = known ? `translateX(${100 * estimate.low}%) scaleX(${estimate.high - estimate.low})` : "scaleX(0)"
    dot.style.transform = `translateX(${known ? 100 * estimate.value : -200}%)`
  }
}
