// The prevalence of the reader's clinic: a slider from 0.1 to 99.9 %, a field for any other, and the way back.

import { element, focusedBeside, text, write } from "../../core/telling/elements.js"
import { percent } from "./predictive.js"

/** @typedef {{ moved: (prevalence: number | null) => void, released: () => void, upTo: (prevalence: number | null) => void }} Told */

const STEPS = 1000
const PREVALENCE_REST = 300 // milliseconds without a key after which a prevalence counts as released

/** @param {string} percents */
const asShare = (percents) => Number((Number(percents) / 100).toPrecision(12))

export class PrevalenceInput {
  // `moved` is told every value, `released` the last one; null is the prevalence of the images themselves. `upTo` is told
  // the upper end of a range, null where there is none.
  /** @param {Told} told */
  constructor({ moved, released, upTo }) {
    this.moved = moved
    this.released = released
    this.upTo = upTo
    this.resting = 0
    this.slider = element("input", { type: "range", min: "1", max: String(STEPS - 1), step: "1", "aria-label": "Prevalence in your clinic" })
    this.field = element("input", { type: "number", min: "0.001", max: "99.999", step: "any", "aria-label": "Prevalence in your clinic in percent" })
    this.upper = element("input", { type: "number", min: "0.001", max: "99.999", step: "any", "aria-label": "Up to a prevalence in percent, where it is a range" })
    this.back = element("button", { type: "button" })
    this.backWords = text(this.back)
    const head = element("div", { class: "head" }, element("span", { class: "label" }, "Prevalence in your clinic"))
    head.append(element("span", { class: "percent" }, this.field, " %"))
    head.append(element("span", { class: "percent" }, "up to ", this.upper, " %"), this.back)
    this.block = element("div", { class: "prevalence" }, head, this.slider)
    this.listen()
  }

  listen() {
    this.slider.addEventListener("input", () => this.moved(Number(this.slider.value) / STEPS))
    this.slider.addEventListener("change", () => {
      clearTimeout(this.resting)
      this.resting = setTimeout(() => this.released(), PREVALENCE_REST)
    })
    this.slider.addEventListener("pointerup", () => {
      clearTimeout(this.resting)
      this.released()
    })
    this.field.addEventListener("change", () => {
      if (this.field.checkValidity() && this.field.value) this.moved(asShare(this.field.value))
      this.released()
    })
    this.upper.addEventListener("change", () => this.upTo(this.upper.value && this.upper.checkValidity() ? asShare(this.upper.value) : null))
    this.back.addEventListener("click", () => {
      this.moved(null)
      this.released()
    })
  }

  // The prevalence in use and how it is `called`; `own` is that of the images, `isOwn` whether it is the one in use;
  // `upper` is how the upper end of a range is called, empty where there is none.
  /** @param {number} prevalence @param {string} called @param {number} own @param {boolean} isOwn @param {string} upper */
  show(prevalence, called, own, isOwn, upper) {
    const end = upper.replace(" %", "")
    if (focusedBeside(this.upper) !== this.upper && this.upper.value !== end) this.upper.value = end
    this.slider.value = String(Math.round(prevalence * STEPS))
    this.slider.setAttribute("aria-valuetext", called)
    const shown = called.replace(" %", "")
    if (focusedBeside(this.field) !== this.field && this.field.value !== shown) this.field.value = shown
    write(this.backWords, Number.isFinite(own) ? `As in these images: ${percent(own)}` : "As in these images")
    this.back.setAttribute("aria-pressed", String(isOwn))
  }

  remove() {
    clearTimeout(this.resting)
  }
}
