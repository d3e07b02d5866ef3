// The other images of the child, each a button that opens it.

import { element } from "../../core/telling/elements.js"

/** @typedef {import("./viewer.js").Viewer} Viewer */
/** @typedef {{ picture: string | null, problem: string, facts: string[] }} Other */

/** @param {Viewer} viewer @param {{ others: Other[], others_more: string }} data */
export function sameChild(viewer, { others, others_more }) {
  viewer.find(".child").hidden = !others.length
  viewer.find(".child ul").replaceChildren(...others.map((other, at) => otherImage(viewer, other, at)))
  viewer.find(".child .more").textContent = others_more
}

/** @param {Viewer} viewer @param {Other} other @param {number} at */
function otherImage(viewer, { picture, problem, facts }, at) {
  const shown = picture ? element("img", { alt: "", src: picture }) : element("p", { class: "problem" }, problem)
  const button = element("button", { type: "button" }, shown, ...facts.map((fact) => element("span", {}, fact)))
  button.addEventListener("click", () => viewer.send("other", at))
  return element("li", {}, button)
}
