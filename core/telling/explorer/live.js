// What the live controls share. A control draws with the next frame, and its value is released to Python once: when the
// reader lets go, or rests for a moment after a key. It has `value()`, `words()`, `say()`, `draw()` and `overlays`.

import { element, part } from "../elements.js"
import { Overlays } from "./overlays.js"

const KEY_REST = 300 // milliseconds without a key after which a value counts as released

/**
 * What Streamlit gives a component, and what it gives for a component's end.
 * @template Data
 * @typedef {{ data: Data, parentElement: HTMLElement | ShadowRoot, setStateValue: Send, setTriggerValue: Send }} Component
 */
/** @typedef {(name: string, value: unknown) => void} Send */
/** @typedef {{ threshold: number, sequence: number }} ToldThreshold */

export class Live {
  /** @param {HTMLElement} root @param {string} name */
  constructor(root, name) {
    this.root = root
    this.name = name
    /** @type {Send} */
    this.send = () => {}
    this.sent = ""
    this.resting = 0
    this.frame = 0
    this.status = element("div", { class: "unseen", role: "status" })
    this.overlays = new Overlays(root, () => {
      this.draw()
      this.say()
    })
  }

  /** @returns {number | number[]} */
  value() {
    throw new Error("a control has a value")
  }

  /** @returns {string} */
  words() {
    throw new Error("a control says what it shows")
  }

  say() {}

  draw() {}

  redraw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0
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

/**
 * One control of this kind for each place on the page: Streamlit calls again on every change of data or theme.
 * @template Data
 * @param {new (root: HTMLElement) => { receive(data: Data, send: Send): void, remove(): void }} Kind
 */
export function mounting(Kind) {
  const controls = new WeakMap()
  /** @param {Pick<Component<Data>, "data" | "parentElement" | "setStateValue">} component */
  return ({ data, parentElement, setStateValue }) => {
    let control = controls.get(parentElement)
    if (!control) controls.set(parentElement, (control = new Kind(part(parentElement, ".explorer", HTMLElement))))
    control.receive(data, setStateValue)
    return () => {
      control.remove()
      controls.delete(parentElement)
    }
  }
}
