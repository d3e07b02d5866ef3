// The buttons that put a threshold where a rule puts it on validation; those with a floor let its x be changed.
class Presets {
  // A button tells `choose` its threshold, a changed x tells `change` its { name, floor }.
  constructor(label, { choose, change }) {
    Object.assign(this, { choose, change, buttons: [] })
    this.block = element("div", { class: "presets", role: "group", "aria-label": label })
  }

  draw(presets) {
    const focused = this.block.getRootNode().activeElement?.dataset?.floor
    this.buttons = []
    this.block.replaceChildren(...presets.map((preset) => this.build(preset)))
    if (focused) this.block.querySelector(`[data-floor="${focused}"]`)?.focus()
  }

  build({ name, label, floor, threshold, reason, opens = false }) {
    const none = threshold === null ? " · no such threshold" : ""
    const spoken = `${floor ? `${label} ${floor}` : label}${none}`
    const button = element("button", { type: "button", "data-preset": name, "aria-label": spoken }, label)
    if (none) button.append(element("span", { class: "none" }, none))
    button.disabled = threshold === null
    button.title = reason || spoken // a long name ends in an ellipsis
    button.addEventListener("click", () => this.choose(threshold))
    if (threshold !== null) this.buttons.push({ threshold, button, opens })
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
  mark(threshold, asOpened = false) {
    const pressed = (preset) => preset.threshold === threshold || (asOpened && preset.opens)
    for (const preset of this.buttons) preset.button.setAttribute("aria-pressed", pressed(preset))
    return this.buttons.some(pressed)
  }
}
