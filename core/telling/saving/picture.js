// A picture of the page as one SVG that stands by itself: its font within, light, and under it what it shows of which
// run. Plotly stacks several <svg class="main-svg"> of one size; copies of them laid over each other are the picture.

import { part, parts, penOf, svgElement } from "../elements.js"

/** @typedef {{ svg: SVGSVGElement, width: number, height: number }} Drawing */
/** @typedef {import("../explorer/markers.js").Plot} Plot */
/** @typedef {import("../explorer/markers.js").Layer} Layer */
/** @typedef {{ text: string, width: number, height: number }} Picture an SVG as text, and its size in pixels */

const ROOM = 10 // pixels on every side, for labels that reach beyond the drawing
const LINE = 16 // pixels from line to line of what stands under it
const GREY = 40 // a colour whose parts differ by less is ink or paper, not a class
const PAINTS = ["fill", "stroke", "color", "stop-color"]

// The chart with the key `chart` as { svg, width, height }; null where it is not drawn (yet).
/** @param {string} chart @returns {Drawing | null} */
export function drawnChart(chart) {
  /** @type {Plot | null} */
  const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`)
  if (!plot?.parentElement) return null
  const layers = parts(plot, "svg.main-svg", SVGSVGElement)
  if (!layers.length) return null
  const [width, height] = [layers[0].width.baseVal.value, layers[0].height.baseVal.value]
  const svg = svgElement("svg", { viewBox: `0 0 ${width} ${height}` })
  for (const layer of layers) {
    const copy = svg.appendChild(/** @type {SVGSVGElement} */ (layer.cloneNode(true)))
    copy.style.overflow = "visible"
    // A stroke that does not grow with its picture is a third as thick in one of three times the size.
    for (const line of parts(copy, "[style*=vector-effect]", SVGElement)) line.style.setProperty("vector-effect", "none")
    renameIds(copy)
  }
  /** @type {NodeListOf<Layer>} */
  const markers = plot.parentElement.querySelectorAll("[data-threshold-layer]")
  for (const marker of markers) svg.insertAdjacentHTML("beforeend", marker.drawing())
  return { svg, width, height }
}

// A copy that stands beside its chart must not be clipped by the chart's own paths.
/** @param {Element} copy */
function renameIds(copy) {
  for (const shape of copy.querySelectorAll("*")) {
    if (shape.id) shape.id = `picture-${shape.id}`
    for (const attribute of shape.attributes) {
      if (attribute.value.includes("url(")) attribute.value = attribute.value.replace(/url\(["']?[^#)]*#/g, "$&picture-")
    }
  }
}

// On paper of its own with `lines` of text beneath; in the colours of the screen only where it is not `light`.
/** @param {Drawing} drawing @param {{ light: boolean, lines: string[] }} how @returns {Drawing} */
export function framed({ svg, width, height }, { light, lines }) {
  const { backgroundColor: paper, color: ink } = getComputedStyle(part(document, ".stApp", HTMLElement))
  const text = lines.flatMap((line) => wrapped(line, width))
  const [fullWidth, fullHeight] = [width + 2 * ROOM, height + (text.length ? LINE * text.length + 3 * ROOM : 2 * ROOM)]
  const frame = svgElement("svg", { viewBox: `0 0 ${fullWidth} ${fullHeight}`, width: fullWidth, height: fullHeight })
  frame.append(svgElement("rect", { width: "100%", height: "100%", fill: paper }))
  for (const [name, value] of Object.entries({ x: ROOM, y: ROOM, width, height })) svg.setAttribute(name, String(value))
  svg.style.overflow = "visible"
  frame.append(svg)
  text.forEach((words, row) => {
    const line = svgElement("text", { x: ROOM, y: height + 3 * ROOM + LINE * row, fill: ink, "font-size": 12 })
    line.style.fontFamily = FONT
    line.textContent = words
    frame.append(line)
  })
  if (light && isDark(paper)) turnLight(frame, paper)
  return { svg: frame, width: fullWidth, height: fullHeight }
}

export const FONT = '"Source Sans", sans-serif'

/** @param {string} text @param {number} width */
export function wrapped(text, width, size = "12px") {
  const pen = penOf(document.createElement("canvas"))
  pen.font = `${size} ${FONT}`
  /** @type {string[]} */
  const none = []
  return text.split(" ").reduce((lines, word) => {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word
    if (lines.length && pen.measureText(longer).width <= width) return [...lines.slice(0, -1), longer]
    return [...lines, word]
  }, none)
}

/** @param {string} colour */
const partsOf = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)

/** @param {string} colour */
export function isDark(colour) {
  const [red, green, blue] = partsOf(colour)
  return red + green + blue < 384
}

// Ink and paper change places, lightness for lightness so that a bluish grey stays bluish; the colours of the classes
// stay, and so does the white of words on them.
/** @param {SVGElement} frame @param {string} paper */
function turnLight(frame, paper) {
  for (const shape of parts(frame, "*", SVGElement)) {
    for (const paint of PAINTS) {
      const given = shape.style.getPropertyValue(paint) || shape.getAttribute(paint)
      if (!given) continue
      shape.removeAttribute(paint)
      shape.style.setProperty(paint, given) // now as rgb(…), whatever it was written as
      const colour = shape.style.getPropertyValue(paint)
      if (colour.startsWith("rgb")) shape.style.setProperty(paint, colour === paper ? "#ffffff" : turned(colour))
    }
  }
}

/** @param {string} colour */
function turned(colour) {
  const [red, green, blue, opacity = 1] = partsOf(colour)
  const primaries = [red, green, blue]
  const [least, most] = [Math.min(...primaries), Math.max(...primaries)]
  if (most - least > GREY || least === 255) return colour
  return `rgb(${primaries.map((primary) => primary + 255 - most - least).join(" ")} / ${opacity})`
}

/** @type {Promise<string> | null} */
let font = null

// The page's font as part of the picture: without it another one is taken, whose labels are wider than their places.
/** @param {Drawing} drawing @returns {Promise<Picture>} */
export async function withFont({ svg, width, height }) {
  const style = svgElement("style", {})
  style.textContent = await (font ??= fontRule())
  svg.prepend(style)
  return { text: new XMLSerializer().serializeToString(svg), width, height }
}

async function fontRule() {
  const faces = [...document.styleSheets].flatMap(rulesOf).flatMap((rule) => (rule instanceof CSSFontFaceRule ? [rule] : []))
  const face = faces.find(({ style }) => style.fontFamily.includes("Source Sans") && style.fontStyle !== "italic")
  const url = face?.style.getPropertyValue("src").match(/url\("?([^")]+)"?\)/)?.[1]
  if (!url) return ""
  const file = await (await fetch(new URL(url, face?.parentStyleSheet?.href ?? document.baseURI))).blob()
  const data = await new Promise((resolve) => {
    const reader = new FileReader()
    reader.addEventListener("load", () => resolve(reader.result))
    reader.readAsDataURL(file)
  })
  return `@font-face { font-family: "Source Sans"; font-weight: 200 900; src: url(${data}) format("woff2"); }`
}

/** @param {CSSStyleSheet} sheet @returns {CSSRule[]} */
function rulesOf(sheet) {
  try {
    return [...sheet.cssRules]
  } catch {
    return [] // of an extension of the browser
  }
}
