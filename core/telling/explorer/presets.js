// The buttons that put a threshold where a rule puts it on validation; those with a floor let its x be changed.

import { element, focusedBeside } from "../elements.js"

/** @typedef {{ name: string, label: string, floor: string, threshold: number | null, reason: string, opens?: boolean, handle?: string }} Preset */
/** @typedef {{ threshold: number, button: HTMLButtonElement, opens: boolean }} Offered */
/** @typedef {{ choose: (threshold: number) => void, change: (floor: { name: string, floor: string }) => void }} Told */

export class Presets {
  // A button tells `choose` its threshold, a changed x tells `change` its { name, floor }.
  /** @param {string} label @param {Told} told */
  constructor(label, { choose, change }) {
    this.choose = choose
    this.change = change
    /** @type {Offered[]} */
    this.buttons = []
    this.block = element("div", { class: "presets", role: "group", "aria-label": label })
  }

  /** @param {Preset[]} presets */
  draw(presets) {
    const focused = focusedBeside(this.block)?.getAttribute("data-floor")
    this.buttons = []
    this.block.replaceChildren(...presets.map((preset) => this.build(preset)))
    /** @type {HTMLInputElement | null} */
    const again = this.block.querySelector(`[data-floor="${focused}"]`)
    again?.focus()
  }

  /** @param {Preset} preset */
  build({ name, label, floor, threshold, reason, opens = false }) {
    const none = threshold === null ? " · no such threshold" : ""
    const spoken = `${floor ? `${label} ${floor}` : label}${none}`
    const button = element("button", { type: "button", "data-preset": name, "aria-label": spoken }, label)
    if (none) button.append(element("span", { class: "none" }, none))
    button.disabled = threshold === null
    button.title = reason || spoken // a long name ends in an ellipsis
    if (threshold !== null) {
      button.addEventListener("click", () => this.choose(threshold))
      this.buttons.push({ threshold, button, opens })
    }
    if (!floor) return button
    const input = element("input", {
      type: "number", min: "0.01", max: "1", step: "0.01", value: floor, "data-floor": name, "aria-label": label,
    })
    input.addEventListener("change", () => {
      if (input.checkValidity() && input.value) this.change({ name, floor: input.value })
      else input.value = floor
    })
    input.step = "any"
    return element("span", { class: "with-floor" }, button, input)
  }

  // Presses the buttons of this threshold, and those of the rules that a page opens with while it is `asOpened`; whether
  // there is one.
  /** @param {number} threshold */
  mark(threshold, asOpened = false) {
    /** @param {Offered} preset */
    const pressed = (preset) => preset.threshold === threshold || (asOpened && preset.opens)
    for (const preset of this.buttons) preset.button.setAttribute("aria-pressed", String(pressed(preset)))
    return this.buttons.some(pressed)
  }
}
