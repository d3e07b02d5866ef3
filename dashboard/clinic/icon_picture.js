// The icon array as a picture of its own: the same shapes, drawn as SVG, under a heading and over their legend.

import { part, svgElement } from "../../core/telling/elements.js"
import { CLASS_COLOURS } from "../../core/telling/explorer/format.js"
import { FONT, wrapped } from "../../core/telling/saving/picture.js"
import { COLUMNS } from "./icons.js"

const PICTURE_CELL = 14 // pixels a shape

/** @type {{ [outcome: string]: () => SVGElement }} */
const PICTURE_SHAPES = {
  found: () => svgElement("circle", { cx: 7, cy: 7, r: 5.9, fill: CLASS_COLOURS.positive }),
  missed: () => svgElement("circle", { cx: 7, cy: 7, r: 4.7, fill: "none", stroke: CLASS_COLOURS.positive, "stroke-width": 2.4 }),
  alarmed: () => svgElement("path", { d: "M2 2H12V12H2ZM2 12L12 2", fill: "none", stroke: CLASS_COLOURS.negative, "stroke-width": 1.5 }),
  cleared: () => svgElement("circle", { cx: 7, cy: 7, r: 2.8, fill: CLASS_COLOURS.negative, opacity: 0.8 }),
}

// `counts` by outcome, `legend` the words of each.
/** @param {import("./icons.js").Children} counts @param {{ [outcome: string]: string }} legend @param {string} heading @returns {import("../../core/telling/saving/picture.js").Drawing} */
export function iconPicture(counts, legend, heading) {
  const ink = getComputedStyle(part(document, ".stApp", HTMLElement)).color
  const svg = svgElement("svg")
  /** @type {(words: string, x: number, y: number, weight?: number) => void} */
  const write = (words, x, y, weight = 400) => {
    const line = svg.appendChild(svgElement("text", { x, y, fill: ink, "font-size": 13, "font-weight": weight }))
    line.style.fontFamily = FONT
    line.textContent = words
  }
  /** @type {(kind: string, x: number, y: number) => void} */
  const put = (kind, x, y) => {
    const shape = svg.appendChild(PICTURE_SHAPES[kind]())
    shape.setAttribute("transform", `translate(${x} ${y})`)
  }
  const width = COLUMNS * PICTURE_CELL
  const lines = wrapped(heading, width, "600 13px")
  lines.forEach((line, row) => write(line, 0, 14 + 18 * row, 600))
  const top = 18 * lines.length + 10
  const kinds = Object.keys(PICTURE_SHAPES).flatMap((kind) => Array(counts[kind]).fill(kind))
  kinds.forEach((kind, place) => put(kind, (place % COLUMNS) * PICTURE_CELL, top + Math.floor(place / COLUMNS) * PICTURE_CELL))
  const bottom = top + Math.ceil(kinds.length / COLUMNS) * PICTURE_CELL + 10
  Object.keys(PICTURE_SHAPES).forEach((kind, row) => {
    put(kind, 0, bottom + 20 * row)
    write(`${counts[kind]} ${legend[kind]}`, 22, bottom + 12 + 20 * row)
  })
  const height = bottom + 20 * Object.keys(PICTURE_SHAPES).length
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
  return { svg, width, height }
}
