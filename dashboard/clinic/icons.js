// A thousand children as a thousand shapes, grouped by outcome. Colour is the class, shape what it was called: filled
// circles found, rings missed, hatched squares falsely alarmed, quiet dots sent home.

import { element, penOf } from "../../core/telling/elements.js"
import { CLASS_COLOURS } from "../../core/telling/explorer/format.js"

/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {{ [outcome: string]: number }} Children how many of them come to each outcome */

export const COLUMNS = 40
const NOT_DRAWN = 255

/** @type {{ [outcome: string]: (context: Pen, size: number) => void }} */
export const SHAPES = {
  found: (context, size) => circle(context, size, CLASS_COLOURS.positive, true),
  missed: (context, size) => circle(context, size, CLASS_COLOURS.positive, false),
  alarmed: (context, size) => square(context, size, CLASS_COLOURS.negative),
  cleared: (context, size) => dot(context, size, CLASS_COLOURS.negative),
}

/** @param {Pen} context @param {number} size @param {string} colour @param {boolean} filled */
function circle(context, size, colour, filled) {
  const width = size * 0.17
  context.beginPath()
  context.arc(size / 2, size / 2, size * 0.42 - (filled ? 0 : width / 2), 0, 2 * Math.PI)
  Object.assign(context, { fillStyle: colour, strokeStyle: colour, lineWidth: width })
  if (filled) context.fill()
  else context.stroke()
}

/** @param {Pen} context @param {number} size @param {string} colour */
function square(context, size, colour) {
  const [edge, width] = [size * 0.14, size * 0.11]
  Object.assign(context, { strokeStyle: colour, lineWidth: width })
  context.beginPath()
  context.rect(edge, edge, size - 2 * edge, size - 2 * edge)
  context.moveTo(edge, size - edge)
  context.lineTo(size - edge, edge)
  context.stroke()
}

/** @param {Pen} context @param {number} size @param {string} colour */
function dot(context, size, colour) {
  Object.assign(context, { fillStyle: colour, globalAlpha: 0.8 })
  context.beginPath()
  context.arc(size / 2, size / 2, size * 0.2, 0, 2 * Math.PI)
  context.fill()
}

export class IconArray {
  /** @param {number} children */
  constructor(children) {
    this.kinds = Object.keys(SHAPES)
    this.shown = new Uint8Array(children).fill(NOT_DRAWN)
    this.canvas = element("canvas", { role: "img", "aria-label": "Icon array" })
    this.block = element("div", { class: "icons" }, this.canvas)
    /** @type {HTMLCanvasElement[]} */
    this.stamps = []
    /** @type {Children | null} */
    this.counts = null
    this.size = 0
    this.observer = new ResizeObserver(() => this.fit())
    this.observer.observe(this.block)
  }

  remove() {
    this.observer.disconnect()
  }

  // Whole device pixels a shape, so that all of them are equally sharp.
  fit() {
    const density = devicePixelRatio || 1
    const size = Math.floor((this.block.clientWidth * density) / COLUMNS)
    if (size < 1 || size === this.size) return
    this.size = size
    this.canvas.width = size * COLUMNS
    this.canvas.height = size * Math.ceil(this.shown.length / COLUMNS)
    this.canvas.style.width = `${this.canvas.width / density}px`
    this.stamps = this.kinds.map((kind) => {
      const stamp = element("canvas", { width: size, height: size })
      SHAPES[kind](penOf(stamp), size)
      return stamp
    })
    this.shown.fill(NOT_DRAWN)
    if (this.counts) this.draw(this.counts)
  }

  // Only the shapes that change are drawn anew.
  /** @param {Children} counts */
  draw(counts) {
    this.counts = counts
    if (!this.size) return
    const context = penOf(this.canvas)
    let place = 0
    this.kinds.forEach((kind, number) => {
      for (const end = place + counts[kind]; place < end; place++) {
        if (this.shown[place] === number) continue
        this.shown[place] = number
        const [x, y] = [(place % COLUMNS) * this.size, Math.floor(place / COLUMNS) * this.size]
        context.clearRect(x, y, this.size, this.size)
        context.drawImage(this.stamps[number], x, y)
      }
    })
  }

  /** @param {string} words */
  say(words) {
    this.canvas.setAttribute("aria-label", words)
  }
}
