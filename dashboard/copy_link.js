// Copies the link to what is seen; where the browser does not let us, the link is shown, selected, to be copied by hand.

import { part } from "../core/telling/elements.js"

/** @param {import("../core/telling/explorer/live.js").Component<{ query: string }>} component */
export default ({ data, parentElement }) => {
  const button = part(parentElement, "button", HTMLButtonElement)
  const status = part(parentElement, "[role=status]", HTMLElement)
  const shown = part(parentElement, "input", HTMLInputElement)
  const link = new URL(`?${data.query}`, location.href).href
  if (shown.value !== link) {
    shown.hidden = true
    status.textContent = ""
  }
  shown.value = link
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(link)
      status.textContent = "Copied"
    } catch {
      shown.hidden = false
      shown.select()
      status.textContent = "Copy it from here:"
    }
  }
}
