// Saves a Plotly chart of the page as PNG or SVG, and its numbers as CSV. Reads only what is drawn: Plotly stacks
// several <svg class="main-svg"> of one size, and laying copies of them over each other gives the picture.

const KINDS = { png: savePng, svg: saveSvg, csv: saveCsv }

export default function ({ data, parentElement }) {
  const row = parentElement.querySelector(".row")
  const label = document.createElement("span")
  label.textContent = "Save as"
  const buttons = Object.entries(KINDS).map(([kind, save]) => {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = kind.toUpperCase()
    button.setAttribute("aria-label", `Save ${data.file} as ${kind.toUpperCase()}`)
    button.addEventListener("click", () => save(data))
    return button
  })
  row.replaceChildren(label, ...buttons)
}

function saveCsv(data) {
  save(new Blob([data.csv], { type: "text/csv;charset=utf-8" }), `${data.file}.csv`)
}

function saveSvg(data) {
  const picture = drawn(data.chart)
  if (picture) save(svgBlob(picture), `${data.file}.svg`)
}

async function savePng(data) {
  const picture = drawn(data.chart)
  if (!picture) return
  const url = URL.createObjectURL(svgBlob(picture))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const scale = 3
    const canvas = document.createElement("canvas")
    canvas.width = picture.width * scale
    canvas.height = picture.height * scale
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height)
    canvas.toBlob((blob) => save(blob, `${data.file}.png`), "image/png")
  } finally {
    URL.revokeObjectURL(url)
  }
}

function drawn(chart) {
  const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`)
  const layers = plot ? [...plot.querySelectorAll("svg.main-svg")] : []
  if (!layers.length) return null
  const { width, height } = layers[0].getBoundingClientRect()
  const paper = getComputedStyle(document.querySelector(".stApp")).backgroundColor
  const inner = layers.map((layer) => new XMLSerializer().serializeToString(layer)).join("")
  const markers = [...plot.parentElement.querySelectorAll("[data-threshold-layer]")]
  const threshold = markers.map((marker) => marker.drawing()).join("")
  const outer =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<rect width="100%" height="100%" fill="${paper}"/>${inner}${threshold}</svg>`
  return { text: outer, width, height }
}

function svgBlob(picture) {
  return new Blob([picture.text], { type: "image/svg+xml;charset=utf-8" })
}

function save(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
