// The threshold on the charts: a point on the ROC and the precision-recall curve, a line across the scores.
//
// Plotly draws the curves once; these are elements laid over them, moved by a transform alone. A chart is found by its
// key, its pixels by Plotly's drag rectangle and the ranges of its layout. Where a chart is not found (yet), the rest
// goes on.

import { element } from "../elements.js"

/** @typedef {import("./positions.js").Positions} Positions */
/** @typedef {import("./positions.js").Split} Split */
/** @typedef {import("./positions.js").Steps} Steps */
/** @typedef {import("./rates.js").Counts} Counts */
/** @typedef {[number, number]} Point */
/** @typedef {{ name: string, at?: (counts: Counts) => Point, steps: Steps }} Chart */
/** @typedef {{ drag: (index: number) => void, release: () => void, redraw: () => void, key: (event: KeyboardEvent, steps: Steps) => void }} Listener */
/** @typedef {{ x: number, y: number, width: number, height: number, toX: (value: number) => number, toY: (value: number) => number, fromX: (pixel: number) => number }} Geometry */
/** @typedef {HTMLElement & { on?: (event: string, heard: () => void) => void, layout: { xaxis?: { range?: unknown[] }, yaxis?: { range?: unknown[] } } }} Plot */
/** @typedef {HTMLElement & { drawing: () => string }} Layer its `drawing` is what picture.js asks for */

const MARKER_STYLE = `
  .handle { position: absolute; left: 0; top: 0; will-change: transform; pointer-events: auto; touch-action: none; }
  .handle:focus { outline: none; }
  .point { width: 32px; height: 32px; margin: -16px 0 0 -16px; cursor: grab; }
  .point::before { content: ""; position: absolute; inset: 8px; border-radius: 50%; background: var(--ink);
    box-shadow: 0 0 0 2px var(--paper); }
  .point:focus-visible::before { box-shadow: 0 0 0 2px var(--paper), 0 0 0 5px var(--ink); }
  .line { width: 24px; margin-left: -12px; cursor: ew-resize; }
  .line::before { content: ""; position: absolute; inset: 0 11px; background: var(--ink); pointer-events: none; }
  .line.upper::before { bottom: -100%; }
  .line.lower::before { top: -100%; }
  .line.lower::after { top: auto; bottom: -4px; }
  .word { position: absolute; top: -7px; left: 24px; padding: 0 4px; white-space: nowrap; pointer-events: none;
    z-index: 1; font: 600 12px "Source Sans", sans-serif; color: var(--ink); background: var(--paper); }
  .line.lower .word { top: auto; bottom: -6px; }
  .line.lower .word:not(.turned), .line.upper .word.turned { left: auto; right: 24px; }
  .line::after { content: ""; position: absolute; left: 5px; top: -4px; width: 14px; height: 14px; border-radius: 50%;
    background: var(--ink); box-shadow: 0 0 0 2px var(--paper); }
  .line:focus-visible::after { box-shadow: 0 0 0 2px var(--paper), 0 0 0 5px var(--ink); }
  .other { position: absolute; left: 0; top: 0; width: 12px; height: 12px; margin: -6px 0 0 -6px; border-radius: 50%;
    box-sizing: border-box; will-change: transform; background: var(--paper); border: 2.5px solid var(--quiet); }
  .handle.grabbed { cursor: grabbing; }`

// x and y of a threshold, and where its marker goes by arrow keys: steps down the positions (towards lower thresholds).
/** @type {{ [kind: string]: Chart }} */
const CHARTS = {
  roc: {
    name: "operating point on the ROC curve",
    at: ({ tp, fp, tn, fn }) => [fp / (fp + tn), tp / (tp + fn)],
    steps: { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1 },
  },
  precision_recall: {
    name: "operating point on the precision-recall curve",
    at: ({ tp, fp, fn }) => [tp / (tp + fn), tp / (tp + fp)],
    steps: { ArrowRight: 1, ArrowLeft: -1, ArrowUp: -1, ArrowDown: 1 },
  },
  scores: {
    name: "line on the distribution of scores",
    steps: { ArrowRight: -1, ArrowLeft: 1, ArrowUp: -1, ArrowDown: 1 },
  },
}

const ROOM_OF_A_WORD = 110 // pixels beside a line

// Of two lines on one chart, the `half` that is grabbed tells them apart where they lie on each other: "upper" or "lower".
export class ChartMarkers {
  /** @param {string} kind @param {string} key @param {Listener} listener */
  constructor(kind, key, listener, { name = kind, label = `Threshold: ${CHARTS[kind].name}`, half = "", word = "" } = {}) {
    this.selector = `.st-key-${key} .js-plotly-plot`
    this.listener = listener
    this.chart = CHARTS[kind]
    this.half = half
    /** @type {Plot | null} */
    this.plot = null
    /** @type {Geometry | null} */
    this.geometry = null
    /** @type {Point | null} */
    this.spot = null
    /** @type {Point | null} */
    this.otherSpot = null
    /** @type {Positions | null} */
    this.positions = null
    this.x = new Float64Array()
    this.y = new Float64Array()
    this.dragging = false
    this.layer = Object.assign(element("div", { "data-threshold-layer": name }), { drawing: () => this.drawing() })
    this.layer.style.cssText = "position:absolute;inset:0;pointer-events:none;overflow:hidden;z-index:1;contain:strict"
    const shadow = this.layer.attachShadow({ mode: "open" })
    shadow.append(element("style", {}, MARKER_STYLE))
    this.other = element("div", { class: "other", hidden: "" })
    if (this.chart.at) shadow.append(this.other)
    this.handle = shadow.appendChild(
      element("div", {
        class: `handle ${this.chart.at ? "point" : `line ${half}`}`,
        role: "slider",
        tabindex: "0",
        "aria-label": label,
        "aria-valuemin": "0",
      }),
    )
    this.word = element("span", { class: "word", "aria-hidden": "true" }, word)
    if (word) this.handle.append(this.word)
    if (half === "lower") this.layer.style.zIndex = "2" // its word may lie over the other line
    this.listen()
  }

  listen() {
    const { handle, listener } = this
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return
      event.preventDefault()
      event.stopPropagation()
      handle.setPointerCapture(event.pointerId)
      handle.focus(/** @type {FocusOptions} */ ({ focusVisible: false }))
      handle.classList.add("grabbed")
      this.dragging = true
    })
    handle.addEventListener("pointermove", (event) => {
      if (!this.dragging) return
      event.stopPropagation()
      const index = this.indexUnder(event)
      if (index !== null) listener.drag(index)
    })
    for (const end of ["pointerup", "pointercancel"]) {
      handle.addEventListener(end, () => {
        if (!this.dragging) return
        this.dragging = false
        handle.classList.remove("grabbed")
        listener.release()
      })
    }
    handle.addEventListener("keydown", (event) => listener.key(event, this.chart.steps))
  }

  // Lay the markers over the chart, again whenever React has made it anew; true when that was needed.
  attach() {
    /** @type {Plot | null} */
    const plot = document.querySelector(this.selector)
    if (plot === this.plot && this.layer.isConnected) return false
    this.geometry = null
    this.plot = null
    if (!plot?.querySelector(".nsewdrag") || !plot.on || !plot.parentElement) return false
    this.plot = plot
    plot.parentElement.style.position = "relative"
    plot.parentElement.append(this.layer)
    for (const event of ["plotly_relayout", "plotly_afterplot"]) {
      plot.on(event, () => {
        this.geometry = null
        this.listener.redraw()
      })
    }
    return true
  }

  remove() {
    this.layer.remove()
    this.plot = null
  }

  /** @param {{ ink: string, quiet: string, paper: string }} colours */
  colour({ ink, quiet, paper }) {
    for (const [name, value] of Object.entries({ ink, quiet, paper })) this.layer.style.setProperty(`--${name}`, value)
  }

  // Where the curve of the split that is seen passes, in the units of the axes: what a drag looks through.
  /** @param {Positions} positions @param {Split | null} split */
  trace(positions, split) {
    this.positions = positions
    this.handle.setAttribute("aria-valuemax", String(positions.last))
    if (!this.chart.at || !split) return
    this.x = new Float64Array(positions.threshold.length)
    this.y = new Float64Array(positions.threshold.length)
    for (let i = 0; i < this.x.length; i++) [this.x[i], this.y[i]] = this.chart.at(positions.counts(split, i))
  }

  /** @returns {Geometry | null} */
  measure() {
    if (this.geometry || !this.plot) return this.geometry
    const area = this.plot.querySelector(".nsewdrag")
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(area?.getAttribute(name)))
    const { xaxis, yaxis } = this.plot.layout
    if (!(width > 0) || !xaxis?.range || !yaxis?.range) return null
    const [left, right] = xaxis.range.map(Number)
    const [bottom, top] = yaxis.range.map(Number)
    this.geometry = {
      x, y, width, height,
      toX: (value) => x + ((value - left) / (right - left)) * width,
      toY: (value) => y + ((top - value) / (top - bottom)) * height,
      fromX: (pixel) => left + ((pixel - x) / width) * (right - left),
    }
    this.handle.style.height = this.chart.at ? "" : `${this.half ? height / 2 : height}px`
    return this.geometry
  }

  // `counts` of the split that is seen and of the other one, null where there is none.
  /** @param {number} index @param {Counts | null} [counts] @param {Counts | null} [otherCounts] */
  place(index, counts, otherCounts) {
    const geometry = this.measure()
    if (!geometry) return
    if (this.chart.at && counts) {
      this.spot = this.move(this.handle, geometry, this.chart.at(counts))
      this.otherSpot = otherCounts ? this.move(this.other, geometry, this.chart.at(otherCounts)) : null
      if (!otherCounts) this.other.hidden = true
    } else if (this.positions) {
      const x = geometry.toX(this.positions.threshold[index])
      const inside = x >= geometry.x - 1 && x <= geometry.x + geometry.width + 1
      this.spot = inside ? [x, geometry.y] : null
      this.handle.hidden = !inside
      this.word.classList.toggle("turned", this.turned(x, geometry))
      this.handle.style.transform = `translate(${x}px, ${geometry.y + (this.half === "lower" ? geometry.height / 2 : 0)}px)`
    }
  }

  // Whether a word stands on the other side of its line, as it would lie on an axis or be cut on its own.
  /** @param {number} x @param {Geometry} geometry */
  turned(x, geometry) {
    return (this.half === "lower" ? x - geometry.x : geometry.x + geometry.width - x) < ROOM_OF_A_WORD
  }

  /** @param {HTMLElement} marker @param {Geometry} geometry @param {Point} point @returns {Point | null} */
  move(marker, geometry, [x, y]) {
    const [left, top] = [geometry.toX(x), geometry.toY(y)]
    const inside =
      left >= geometry.x - 1 && left <= geometry.x + geometry.width + 1 &&
      top >= geometry.y - 1 && top <= geometry.y + geometry.height + 1
    if (marker.hidden === inside) marker.hidden = !inside
    if (inside) marker.style.transform = `translate(${left}px, ${top}px)`
    return inside ? [left, top] : null
  }

  /** @param {number} index @param {string} words */
  announce(index, words) {
    if (this.positions) this.handle.setAttribute("aria-valuenow", String(this.positions.last - index))
    this.handle.setAttribute("aria-valuetext", words)
  }

  // The position nearest to the pointer on the screen.
  /** @param {PointerEvent} event */
  indexUnder(event) {
    const geometry = this.measure()
    if (!geometry || !this.plot || !this.positions) return null
    const corner = this.plot.getBoundingClientRect()
    const [px, py] = [event.clientX - corner.left, event.clientY - corner.top]
    if (!this.chart.at) return this.positions.nearest(geometry.fromX(px))
    const [x0, y0] = [geometry.toX(0), geometry.toY(0)]
    const [xPer, yPer] = [geometry.toX(1) - x0, geometry.toY(1) - y0]
    /** @type {number | null} */
    let nearest = null
    let least = Infinity
    for (let i = 0; i < this.x.length; i++) {
      const [dx, dy] = [x0 + xPer * this.x[i] - px, y0 + yPer * this.y[i] - py]
      const distance = dx * dx + dy * dy
      if (distance < least) {
        nearest = i
        least = distance
      }
    }
    return nearest
  }

  // The markers as SVG, for a picture that is saved.
  drawing() {
    const style = getComputedStyle(this.layer)
    const [ink, quiet, paper] = ["--ink", "--quiet", "--paper"].map((name) => style.getPropertyValue(name))
    /** @type {(at: Point, radius: number, fill: string, stroke: string) => string} */
    const dot = ([cx, cy], radius, fill, stroke) =>
      `<circle cx="${cx}" cy="${cy}" r="${radius}" fill="${fill}" stroke="${stroke}" stroke-width="2.5"/>`
    const other = this.otherSpot ? dot(this.otherSpot, 5, paper, quiet) : ""
    if (!this.spot || !this.geometry) return other
    if (this.chart.at) return other + dot(this.spot, 8, ink, paper)
    const [x] = this.spot
    const { y, height } = this.geometry
    const knob = this.half === "lower" ? y + height - 3 : y + 3
    const line = `<line x1="${x}" x2="${x}" y1="${y}" y2="${y + height}" stroke="${ink}" stroke-width="2"/>`
    return line + dot([x, knob], 7, ink, paper) + (this.word.textContent ? this.drawnWord(x, knob, this.turned(x, this.geometry), ink, paper) : "")
  }

  /** @param {number} x @param {number} y @param {boolean} turned @param {string} ink @param {string} paper */
  drawnWord(x, y, turned, ink, paper) {
    const onTheLeft = (this.half === "lower") !== turned
    const [side, anchor] = onTheLeft ? [-14, "end"] : [14, "start"]
    return `<text x="${x + side}" y="${y + 4}" text-anchor="${anchor}" fill="${ink}" stroke="${paper}" stroke-width="4" paint-order="stroke" style="font: 600 12px 'Source Sans', sans-serif">${this.word.textContent}</text>`
  }
}
