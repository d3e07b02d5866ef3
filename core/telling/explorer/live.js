// What the live controls share. A control draws with the next frame, and its value is released to Python once: when the
// reader lets go, or rests for a moment after a key. It has `value()`, `words()`, `say()`, `draw()` and `overlays`.

const KEY_REST = 300 // milliseconds without a key after which a value counts as released

class Live {
  constructor(root, name) {
    this.root = root
    this.name = name
    this.status = element("div", { class: "unseen", role: "status" })
    this.overlays = new Overlays(root, () => {
      this.draw()
      this.say()
    })
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null
      this.draw()
    })
  }

  rest() {
    this.say()
    clearTimeout(this.resting)
    this.resting = setTimeout(() => this.release(), KEY_REST)
  }

  release() {
    clearTimeout(this.resting)
    this.say()
    const value = this.value()
    if (String(value) === this.sent) return
    this.sent = String(value)
    this.status.textContent = this.words()
    this.send(this.name, value)
  }

  remove() {
    cancelAnimationFrame(this.frame)
    this.release()
    this.overlays.remove()
  }
}

// One control for each place on the page: Streamlit calls again on every change of data or theme.
function mounted(controls, Kind, { data, parentElement, setStateValue }) {
  let control = controls.get(parentElement)
  if (!control) controls.set(parentElement, (control = new Kind(parentElement.querySelector(".explorer"))))
  control.receive(data, setStateValue)
  return () => {
    control.remove()
    controls.delete(parentElement)
  }
}
