// The row that saves a picture of the page as PNG and SVG, and its numbers as CSV. What the page is about stands in the
// page itself (`frame.about`): every picture says the same, and every file is named after it.

import { element, part, penOf } from "../elements.js"
import { framed, isDark, withFont } from "./picture.js"

/** @typedef {import("./picture.js").Drawing} Drawing */
/** @typedef {import("./picture.js").Picture} Picture */
/** @typedef {{ name: string, drawn?: (() => Drawing | null) | null, csv?: (() => string) | null, sets?: string, threshold?: string }} Saved */

const SHARPER = 3 // dots of a PNG a pixel of the screen

// `drawn()` gives { svg, width, height } or null, `csv()` a text; null where there is nothing of the kind to save.
// `sets` and `threshold` are said in place of the page's where the picture shows others.
/** @param {Saved} saved */
export function saveRow({ name, drawn = null, csv = null, sets = "", threshold = "" }) {
  const row = element("div", { class: "save-row" }, "Save as")
  const dark = element("input", { type: "checkbox" })
  const picture = async () => {
    const found = drawn?.()
    return found && withFont(framed(found, { light: !dark.checked, lines: said({ sets, threshold }) }))
  }
  /** @type {[string, () => Promise<Blob | null | undefined>][]} */
  const kinds = []
  if (drawn) kinds.push(["PNG", async () => savedPng(await picture())], ["SVG", async () => savedSvg(await picture())])
  if (csv) kinds.push(["CSV", async () => new Blob([csv()], { type: "text/csv;charset=utf-8" })])
  for (const [kind, made] of kinds) {
    const button = element("button", { type: "button", "aria-label": `Save ${name} as ${kind}` }, kind)
    button.addEventListener("click", async () => keep(await made(), `${fileName(name, sets)}.${kind.toLowerCase()}`))
    row.append(button)
  }
  const screenIsDark = isDark(getComputedStyle(part(document, ".stApp", HTMLElement)).backgroundColor)
  if (drawn && screenIsDark) row.append(element("label", {}, dark, " dark, as on screen"))
  return row
}

/** @returns {DOMStringMap} */
function about() {
  /** @type {HTMLElement | null} */
  const place = document.querySelector(".tw-about")
  return place?.dataset ?? {}
}

// What stands under every picture.
/** @param {{ sets: string, threshold: string }} shown */
function said({ sets, threshold }) {
  const page = about()
  const saved = new Date().toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })
  const of = [page.run, sets || page.sets, threshold || page.threshold, `saved ${saved}`].filter(Boolean).join(" · ")
  return [of, page.disclaimer ?? ""].filter(Boolean)
}

// A file is called after the page's split only where that is what it shows.
/** @param {string} name @param {string} sets */
const fileName = (name, sets) => [about().file, sets ? "" : about().sets, name].filter(Boolean).join("-")

/** @param {Picture | null | undefined} picture */
function savedSvg(picture) {
  return picture && svgBlob(picture)
}

/** @param {Picture} picture */
const svgBlob = ({ text }) => new Blob([text], { type: "image/svg+xml;charset=utf-8" })

/** @param {Picture | null | undefined} picture @returns {Promise<Blob | null>} */
async function savedPng(picture) {
  if (!picture) return null
  const url = URL.createObjectURL(svgBlob(picture))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement("canvas")
    canvas.width = picture.width * SHARPER
    canvas.height = picture.height * SHARPER
    penOf(canvas).drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"))
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** @param {Blob | null | undefined} blob @param {string} name */
export function keep(blob, name) {
  if (!blob) return
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
