// Saves a table of the page as CSV.

import { part } from "../../core/telling/elements.js"
import { saveRow } from "../../core/telling/saving/row.js"

/** @param {import("../../core/telling/explorer/live.js").Component<{ name: string, csv: string }>} component */
export default function ({ data, parentElement }) {
  part(parentElement, ".row", HTMLElement).replaceChildren(saveRow({ ...data, csv: () => data.csv }))
}
