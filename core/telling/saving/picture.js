// A picture of the page as one SVG that stands by itself: its font within, light, and under it what it shows of which
// run. Plotly stacks several <svg class="main-svg"> of one size; copies of them laid over each other are the picture.

const ROOM = 10 // pixels on every side, for labels that reach beyond the drawing
const LINE = 16 // pixels from line to line of what stands under it
const GREY = 40 // a colour whose parts differ by less is ink or paper, not a class
const PAINTS = ["fill", "stroke", "color", "stop-color"]

// The chart with the key `chart` as { svg, width, height }; null where it is not drawn (yet).
function drawnChart(chart) {
  const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`)
  const layers = plot ? [...plot.querySelectorAll("svg.main-svg")] : []
  if (!layers.length) return null
  const [width, height] = [layers[0].width.baseVal.value, layers[0].height.baseVal.value]
  const svg = svgElement("svg", { viewBox: `0 0 ${width} ${height}` })
  for (const layer of layers) {
    const copy = svg.appendChild(layer.cloneNode(true))
    copy.style.overflow = "visible"
    // A stroke that does not grow with its picture is a third as thick in one of three times the size.
    for (const line of copy.querySelectorAll("[style*=vector-effect]")) line.style.vectorEffect = "none"
    renameIds(copy)
  }
  for (const marker of plot.parentElement.querySelectorAll("[data-threshold-layer]")) {
    svg.insertAdjacentHTML("beforeend", marker.drawing())
  }
  return { svg, width, height }
}

// A copy that stands beside its chart must not be clipped by the chart's own paths.
function renameIds(copy) {
  for (const part of copy.querySelectorAll("*")) {
    if (part.id) part.id = `picture-${part.id}`
    for (const attribute of part.attributes) {
      if (attribute.value.includes("url(")) attribute.value = attribute.value.replace(/url\(["']?[^#)]*#/g, "$&picture-")
    }
  }
}

// On paper of its own with `lines` of text beneath; in the colours of the screen only where it is not `light`.
function framed({ svg, width, height }, { light, lines }) {
  const [paper, ink] = ["backgroundColor", "color"].map((name) => getComputedStyle(document.querySelector(".stApp"))[name])
  const text = lines.flatMap((line) => wrapped(line, width))
  const [fullWidth, fullHeight] = [width + 2 * ROOM, height + (text.length ? LINE * text.length + 3 * ROOM : 2 * ROOM)]
  const frame = svgElement("svg", { viewBox: `0 0 ${fullWidth} ${fullHeight}`, width: fullWidth, height: fullHeight })
  frame.append(svgElement("rect", { width: "100%", height: "100%", fill: paper }))
  for (const [name, value] of Object.entries({ x: ROOM, y: ROOM, width, height })) svg.setAttribute(name, value)
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

const FONT = '"Source Sans", sans-serif'

function wrapped(text, width, size = "12px") {
  const pen = document.createElement("canvas").getContext("2d")
  pen.font = `${size} ${FONT}`
  return text.split(" ").reduce((lines, word) => {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word
    if (lines.length && pen.measureText(longer).width <= width) return [...lines.slice(0, -1), longer]
    return [...lines, word]
  }, [])
}

const partsOf = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)

function isDark(colour) {
  const [red, green, blue] = partsOf(colour)
  return red + green + blue < 384
}

// Ink and paper change places, the colours of the classes stay, and so does the white of words on them.
function turnLight(frame, paper) {
  for (const part of frame.querySelectorAll("*")) {
    for (const paint of PAINTS) {
      const given = part.style.getPropertyValue(paint) || part.getAttribute(paint)
      if (!given) continue
      part.removeAttribute(paint)
      part.style.setProperty(paint, given) // now as rgb(…), whatever it was written as
      const colour = part.style.getPropertyValue(paint)
      if (colour.startsWith("rgb")) part.style.setProperty(paint, colour === paper ? "#ffffff" : turned(colour))
    }
  }
}

function turned(colour) {
  const [red, green, blue, opacity = 1] = partsOf(colour)
  const parts = [red, green, blue]
  if (Math.max(...parts) - Math.min(...parts) > GREY || parts.every((part) => part === 255)) return colour
  return `rgb(${parts.map((part) => 255 - part).join(" ")} / ${opacity})`
}

// The page's font as part of the picture: without it another one is taken, whose labels are wider than their places.
async function withFont({ svg, width, height }) {
  const style = svgElement("style", {})
  style.textContent = await (globalThis.fontOfPictures ??= fontRule())
  svg.prepend(style)
  return { text: new XMLSerializer().serializeToString(svg), width, height }
}

async function fontRule() {
  const faces = [...document.styleSheets].flatMap(rulesOf).filter((rule) => rule instanceof CSSFontFaceRule)
  const face = faces.find(({ style }) => style.fontFamily.includes("Source Sans") && style.fontStyle !== "italic")
  const url = face?.style.getPropertyValue("src").match(/url\("?([^")]+)"?\)/)?.[1]
  if (!url) return ""
  const font = await (await fetch(new URL(url, face.parentStyleSheet.href ?? document.baseURI))).blob()
  const data = await new Promise((resolve) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result)
    reader.readAsDataURL(font)
  })
  return `@font-face { font-family: "Source Sans"; font-weight: 200 900; src: url(${data}) format("woff2"); }`
}

function rulesOf(sheet) {
  try {
    return [...sheet.cssRules]
  } catch {
    return [] // of an extension of the browser
  }
}

function svgElement(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  return made
}
