// The head of a page laid out for paper: a button that prints it. Such a page is light, whatever the reader's theme.

import { element, part } from "../../core/telling/elements.js"
import { isDark } from "../../core/telling/saving/picture.js"

/** @param {import("../../core/telling/explorer/live.js").Component<null>} component */
export default function ({ parentElement }) {
  const paper = getComputedStyle(part(document, ".stApp", HTMLElement)).backgroundColor
  const address = new URL(location.href)
  if (isDark(paper) && !address.searchParams.has("embed_options")) {
    address.searchParams.set("embed", "true")
    address.searchParams.set("embed_options", "light_theme")
    location.replace(address.href)
    return
  }
  const button = element("button", { type: "button" }, "Print")
  button.addEventListener("click", () => print())
  const row = part(parentElement, ".row", HTMLElement)
  row.className = "row save-row"
  row.replaceChildren(button)
}
