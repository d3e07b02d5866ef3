// Three steps for who is new here. That they were dismissed is this browser's own affair: nothing is sent or saved elsewhere.

import { element, part } from "../../core/telling/elements.js"

/** @typedef {{ page: string, name: string, text: string, link: string }} Step */
/** @typedef {{ title: string, dismiss: string, steps: Step[], to_try: string }} StepsSent */
/** @typedef {import("../../core/telling/explorer/live.js").Send} Send */

const NAME = "threshold-workbench.steps"
let dismissed = false // where the browser keeps nothing, until the page is loaded again

/** @param {import("../../core/telling/explorer/live.js").Component<StepsSent>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const box = part(parentElement, ".steps", HTMLElement)
  part(box, ".title", HTMLElement).textContent = data.title
  part(box, ".try", HTMLElement).textContent = data.to_try
  part(box, "ol", HTMLElement).replaceChildren(...data.steps.map((step) => line(step, setTriggerValue)))
  const button = part(box, ".dismiss", HTMLButtonElement)
  button.textContent = data.dismiss
  button.onclick = () => {
    dismissed = true
    keep()
    box.hidden = true
  }
  box.hidden = dismissed || kept()
}

/** @param {Step} step @param {Send} setTriggerValue */
function line({ page, name, text, link }, setTriggerValue) {
  const button = element("button", { type: "button", class: "go" }, link)
  button.onclick = () => setTriggerValue("go", page)
  return element("li", {}, element("strong", {}, name), ` ${text} `, button)
}

function kept() {
  try {
    return localStorage.getItem(NAME) !== null
  } catch {
    return false
  }
}

function keep() {
  try {
    localStorage.setItem(NAME, "dismissed")
  } catch {
    // a browser that keeps nothing shows them again
  }
}
