// Saves a Plotly chart of the page. On paper its picture stands in its place: as wide as the page, and light.

const printed = new WeakMap()

export default function ({ data, parentElement }) {
  const drawn = () => drawnChart(data.chart)
  const csv = () => data.csv
  parentElement.querySelector(".row").replaceChildren(saveRow({ ...data, drawn, csv }))
  printed.get(parentElement)?.()
  printed.set(parentElement, onPaper(data.chart))
  return () => {
    printed.get(parentElement)?.()
    printed.delete(parentElement)
  }
}

// Lay the picture beside the chart while the page is printed; gives what ends that.
function onPaper(chart) {
  let laid = null
  const before = () => {
    const found = drawnChart(chart)
    if (!found) return
    const { svg, width } = framed(found, { light: true, lines: [] })
    laid = saveElement("div", { class: "tw-on-paper", "aria-hidden": "true" })
    laid.style.maxWidth = `${width}px`
    svg.removeAttribute("width")
    svg.removeAttribute("height")
    laid.append(svg)
    document.querySelector(`.st-key-${chart} [data-testid="stPlotlyChart"]`).after(laid)
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
