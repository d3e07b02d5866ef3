// Saves a Plotly chart of the page. On paper its picture stands in its place: as wide as the page, and light.

import { element, part } from "../../core/telling/elements.js"
import { drawnChart, framed } from "../../core/telling/saving/picture.js"
import { saveRow } from "../../core/telling/saving/row.js"

/** @typedef {{ chart: string, name: string, csv: string, sets: string, threshold: string }} FigureSent */

/** @type {WeakMap<object, () => void>} */
const printed = new WeakMap()

/** @param {import("../../core/telling/explorer/live.js").Component<FigureSent>} component */
export default function ({ data, parentElement }) {
  const drawn = () => drawnChart(data.chart)
  const csv = () => data.csv
  part(parentElement, ".row", HTMLElement).replaceChildren(saveRow({ ...data, drawn, csv }))
  printed.get(parentElement)?.()
  printed.set(parentElement, onPaper(data.chart))
  return () => {
    printed.get(parentElement)?.()
    printed.delete(parentElement)
  }
}

// Lay the picture beside the chart while the page is printed; gives what ends that.
/** @param {string} chart */
function onPaper(chart) {
  /** @type {HTMLElement | null} */
  let laid = null
  const before = () => {
    const found = drawnChart(chart)
    if (!found) return
    const { svg, width } = framed(found, { light: true, lines: [] })
    laid = element("div", { class: "tw-on-paper", "aria-hidden": "true" })
    laid.style.maxWidth = `${width}px`
    svg.removeAttribute("width")
    svg.removeAttribute("height")
    laid.append(svg)
    part(document, `.st-key-${chart} [data-testid="stPlotlyChart"]`, HTMLElement).after(laid)
  }
  const after = () => {
    laid?.remove()
    laid = null
  }
  addEventListener("beforeprint", before)
  addEventListener("afterprint", after)
  return () => {
    after()
    removeEventListener("beforeprint", before)
    removeEventListener("afterprint", after)
  }
}
