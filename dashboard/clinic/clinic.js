// Your clinic: PPV, NPV and 1,000 children at the reader's prevalence, following the threshold that control.js moves.

import { element, penOf, text, write } from "../../core/telling/elements.js"
import { THRESHOLD_MOVED, listen } from "../../core/telling/explorer/channel.js"
import { alarmsInWords, are, count } from "../../core/telling/explorer/format.js"
import { mounting } from "../../core/telling/explorer/live.js"
import { rates } from "../../core/telling/explorer/rates.js"
import { Tile } from "../../core/telling/explorer/tiles.js"
import { saveRow } from "../../core/telling/saving/row.js"
import { iconPicture } from "./icon_picture.js"
import { IconArray, SHAPES } from "./icons.js"
import { CHILDREN, SET_DIGITS, outlook, percent, predictiveValues } from "./predictive.js"
import { PrevalenceInput } from "./prevalence.js"

/** @typedef {import("../../core/telling/explorer/rates.js").Estimate} Estimate */
/** @typedef {import("../../core/telling/explorer/rates.js").Sizes} Sizes */
/** @typedef {import("../../core/telling/explorer/channel.js").ThresholdMoved} ThresholdMoved */
/** @typedef {import("./icons.js").Children} Children */
/**
 * What `clinic` of dashboard/clinic sends.
 * @typedef {object} ClinicSent
 * @property {string} run
 * @property {string} split
 * @property {number} z
 * @property {{ prevalence: number | null, sequence: number }} told
 * @property {number | null} up_to
 * @property {number} first
 * @property {Estimate} observed
 * @property {{ who: string, classes: [string, string], images: string, outcomes: { [outcome: string]: string } }} words
 * @property {{ [name: string]: string }} meanings
 */

const FIGURES = [["ppv", "PPV in your clinic"], ["npv", "NPV in your clinic"], ["lr_positive", "LR+"], ["lr_negative", "LR−"]]
const UPPER = [["ppv", "PPV at the upper end"], ["npv", "NPV at the upper end"]]
const SAYING_REST = 400 // milliseconds of rest after which the text alternative follows

class Clinic {
  /** @type {ClinicSent} */
  data
  /** @type {import("../../core/telling/explorer/live.js").Send} */
  send

  /** @param {HTMLElement} root */
  constructor(root) {
    this.input = new PrevalenceInput({ moved: (value) => this.move(value), released: () => this.release(), upTo: (value) => this.moveUpper(value) })
    const tiles = element("div", { class: "tiles few", role: "group", "aria-label": "Figures at this prevalence" })
    this.tiles = FIGURES.map(([name, title]) => ({ name, tile: new Tile(title, { isRatio: name.startsWith("lr") }) }))
    tiles.append(...this.tiles.map(({ tile }) => tile.tile))
    this.upperTiles = UPPER.map(([name, title]) => ({ name, tile: new Tile(title) }))
    this.upperFigures = element("div", { class: "tiles few", role: "group", "aria-label": "Figures at the upper end of the range" })
    this.upperFigures.append(...this.upperTiles.map(({ tile }) => tile.tile))
    this.callout = element("p", { class: "promise" })
    this.strong = text(this.callout.appendChild(element("strong")))
    this.rest = text(this.callout)
    this.icons = new IconArray(CHILDREN)
    const [lead, upperLead] = [element("p", { class: "lead" }), element("p", { class: "lead" })]
    this.lead = text(lead)
    this.upperLead = text(upperLead)
    this.saving = this.buildSaving()
    this.legend = Object.keys(SHAPES).map((kind) => this.buildLine(kind))
    this.array = element("div", { class: "array" }, this.icons.block, element("ul", { class: "legend" }, ...this.legend.map(({ line }) => line)))
    this.upperRows = [this.upperFigures, upperLead]
    this.root = root
    root.replaceChildren(this.input.block, tiles, this.callout, lead, this.array, this.saving)
    /** @type {number | null} */
    this.asked = null
    /** @type {number | null} */
    this.sent = null
    /** @type {number | null} */
    this.upper = null
    /** @type {Children | null} */
    this.children = null
    this.saying = 0
    /** @type {ThresholdMoved | null} */
    this.latest = null
    /** @type {(() => void) | null} */
    this.deaf = null
  }

  /** @param {string} kind */
  buildLine(kind) {
    const stamp = element("canvas", { width: 40, height: 40, "aria-hidden": "true" })
    SHAPES[kind](penOf(stamp), 40)
    const line = element("li", { "data-outcome": kind }, stamp)
    return { kind, line, number: text(line.appendChild(element("b"))), words: text(line.appendChild(element("span"))) }
  }

  buildSaving() {
    const drawn = () => this.children && iconPicture(this.children, this.data.words.outcomes, this.lead.data)
    const csv = () => {
      const rows = Object.entries(this.children ?? {}).map(([kind, number]) => `${kind},${number},${this.prevalence}`)
      return ["outcome,children,prevalence", ...rows, ""].join("\n")
    }
    return saveRow({ name: "icon-array", drawn, csv })
  }

  /** @param {ClinicSent} data @param {import("../../core/telling/explorer/live.js").Send} send */
  receive(data, send) {
    this.send = send
    const told = data.told.sequence !== this.data?.told.sequence
    this.data = data
    if (told) this.asked = this.sent = data.told.prevalence
    this.upper = data.up_to
    for (const { name, tile } of [...this.tiles, ...this.upperTiles]) tile.name.title = data.meanings[name]
    this.draw()
    this.deaf ??= listen(THRESHOLD_MOVED, (/** @type {ThresholdMoved} */ latest) => {
      this.latest = latest
      this.draw()
    })
  }

  remove() {
    this.deaf?.()
    clearTimeout(this.saying)
    this.input.remove()
    this.icons.remove()
    this.release()
  }

  get prevalence() {
    return this.asked ?? this.data.first
  }

  // As the field and every sentence write it.
  get called() {
    return this.asked === null ? percent(this.prevalence) : percent(this.prevalence, SET_DIGITS)
  }

  /** @param {number | null} value */
  move(value) {
    this.asked = value
    this.draw()
  }

  /** @param {number | null} value */
  moveUpper(value) {
    this.upper = value
    this.draw()
    this.send("up_to", value ?? "one alone")
  }

  // The upper end of the range, where one was stated that is one.
  get end() {
    return this.asked !== null && (this.upper ?? 0) > this.asked ? this.upper : null
  }

  release() {
    if (this.asked === this.sent) return
    this.sent = this.asked
    this.send("prevalence", this.asked ?? "as in the images")
  }

  draw() {
    const { data, prevalence, latest } = this
    if (latest?.run !== data.run || latest.split !== data.split) return
    const { counts, sizes } = latest
    const { tp, fp, tn, fn } = counts
    const found = rates(counts, sizes, data.z)
    const [sensitivity, specificity] = [found.sensitivity.value, found.specificity.value]
    const [ppv, npv] = predictiveValues(sensitivity, specificity, sizes, prevalence, data.z)
    /** @type {{ [name: string]: Estimate }} */
    const figures = { ...found, ppv, npv }
    for (const { name, tile } of this.tiles) tile.draw(figures[name])
    this.input.show(prevalence, this.called, data.observed.value, this.asked === null, this.end === null ? "" : percent(this.end, SET_DIGITS))
    this.drawUpper(sensitivity, specificity, sizes)
    this.drawDistance()
    this.drawChildren(outlook(sensitivity, specificity, prevalence), { found: tp, missed: fn, alarmed: fp, cleared: tn })
  }

  // PPV, NPV and 1,000 children at the upper end of the range, beneath those at the lower one.
  /** @param {number} sensitivity @param {number} specificity @param {Sizes} sizes */
  drawUpper(sensitivity, specificity, sizes) {
    const { end, root } = this
    if (end === null) {
      for (const row of this.upperRows) row.remove()
      return
    }
    if (!this.upperFigures.isConnected) root.append(...this.upperRows)
    const values = predictiveValues(sensitivity, specificity, sizes, end, this.data.z)
    this.upperTiles.forEach(({ tile }, place) => tile.draw(values[place]))
    const children = outlook(sensitivity, specificity, end)
    write(this.upperLead, children ? `At ${percent(end, SET_DIGITS)}: ${this.inWords(children)}` : "")
  }

  // What becomes of 1,000 children.
  /** @param {Children} children */
  inWords(children) {
    const { who, classes } = this.data.words
    const [ill, well] = [children.found + children.missed, children.alarmed + children.cleared]
    return (
      `Of ${count(CHILDREN)} ${who}, ${count(ill)} come ${classes[1]}: ${are(children.found)} found and ${are(children.missed)} missed. ` +
      `${count(well)} come ${classes[0]}: ${are(children.cleared)} rightly sent home and ${are(children.alarmed)} falsely alarmed. ` +
      alarmsInWords(children.found, children.found + children.alarmed)
    )
  }

  // How far the clinic is from the images, against the interval of their prevalence.
  drawDistance() {
    const { observed, words } = this.data
    const { prevalence } = this
    const known = Number.isFinite(observed.low)
    const outside = known && (prevalence < observed.low || prevalence > observed.high)
    const range = known ? `${percent(observed.value)} (95 % interval ${percent(observed.low)} to ${percent(observed.high)})` : ""
    const gap = percent(Math.abs(observed.value - prevalence)).replace(" %", " points")
    this.callout.hidden = !known
    this.callout.classList.toggle("far", outside)
    write(this.strong, outside ? "Your clinic is not like these images. " : "")
    write(
      this.rest,
      outside
        ? `Of ${words.images}, ${range} come ${words.classes[1]}; in your clinic ${this.called}, which is ${gap} ` +
            `${prevalence < observed.value ? "less" : "more"} and outside the interval. PPV and NPV allow for that. ` +
            "Sensitivity and specificity are carried over as they are and may not hold: where illness is " +
            `${prevalence < observed.value ? "rarer" : "more common"}, the ill are ill to another degree and the others differ too (spectrum).`
        : `The prevalence of your clinic, ${this.called}, agrees with that of ${words.images}: ${range}.`,
    )
  }

  // `counted` are the images behind each share: an outcome that occurs is never shown as one that cannot.
  /** @param {Children | null} children @param {Children} counted */
  drawChildren(children, counted) {
    this.children = children
    this.array.hidden = this.saving.hidden = !children
    if (!children) {
      write(this.lead, "What becomes of 1,000 children cannot be said: one class has no images.")
      return
    }
    const lead = this.inWords(children)
    write(this.lead, lead)
    this.icons.draw(children)
    for (const { kind, number, words } of this.legend) {
      write(number, count(children[kind]))
      const few = !children[kind] && counted[kind] ? " (fewer than one, but some)" : ""
      write(words, this.data.words.outcomes[kind] + few)
    }
    clearTimeout(this.saying)
    this.saying = setTimeout(() => this.icons.say(`Icon array. ${lead}`), SAYING_REST)
  }
}

export default mounting(Clinic)
