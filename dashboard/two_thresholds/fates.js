// Below the chart: what validation promised and test delivered of the pair, and the 3 x 2 table.

import { element, text, write } from "../../core/telling/elements.js"
import { listen } from "../../core/telling/explorer/channel.js"
import { count, interval, rate, signedDifference } from "../../core/telling/explorer/format.js"
import { difference } from "../../core/telling/explorer/rates.js"
import { mounting } from "../../core/telling/explorer/live.js"
import { saveRow } from "../../core/telling/saving/row.js"
import { PAIR_MOVED } from "./moved.js"

/** @typedef {import("./moved.js").Moved} Moved */
/** @typedef {import("./moved.js").Found} Found */
/** @typedef {{ ill: Text, well: Text, all: Text }} Row */
/** @typedef {import("../../core/telling/explorer/outcome.js").CountsSent & { alone: string, reported: { name: string, title: string, sentence: string } }} FatesSent */
const PROMISES = [["npv", "NPV of the ruled-out"], ["ppv", "PPV of the ruled-in"], ["referred", "Referred share"]]
const FATES = ["ruled out", "referred", "ruled in"]

/** @type {(words: string, scope: string) => HTMLElement} */
const head = (words, scope) => element("th", { scope }, words)

class Fates {
  /** @type {FatesSent} */
  data
  /** @type {Row[]} */
  cells
  /** @type {{ name: string, row: HTMLElement, cells: Text[][] }[]} */
  promises

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    /** @type {Moved | null} */
    this.latest = null
    this.deaf = () => {}
  }

  /** @param {FatesSent} data */
  receive(data) {
    this.data = data
    this.promises = []
    const promises = data.alone
      ? [element("p", { class: "promise" }, data.alone)]
      : [this.buildPromises(), saveRow({ name: "promises", csv: () => (this.latest ? this.promisesCsv(this.latest.splits) : "") })]
    const table = [this.buildTable(), saveRow({ name: "fates", csv: () => (this.latest ? this.fatesCsv(this.latest.splits[this.latest.split]) : "") })]
    this.root.replaceChildren(element("div", { class: "below" }, ...[promises, table].map((part) => element("div", {}, ...part))))
    this.deaf()
    this.deaf = listen(PAIR_MOVED, (/** @type {Moved} */ latest) => {
      this.latest = latest
      this.draw()
    })
  }

  remove() {
    this.deaf()
  }

  buildPromises() {
    this.promises = PROMISES.map(([name, title]) => {
      const row = element("tr", { "data-promise": name }, head(title, "row"))
      const cells = ["validation", "reported", "gap"].map(() => {
        const cell = row.appendChild(element("td"))
        return [text(cell.appendChild(element("b"))), text(cell.appendChild(element("span", { class: "small quiet" })))]
      })
      return { name, row, cells }
    })
    const columns = ["", "Validation", this.data.reported.title, `Gap: ${this.data.reported.sentence} − validation`]
    return element(
      "table",
      { class: "promises" },
      element("thead", {}, element("tr", {}, ...columns.map((name) => (name ? head(name, "col") : element("td"))))),
      element("tbody", {}, ...this.promises.map(({ row }) => row)),
    )
  }

  // In words that no file gave, but for the name of a site, which is letters, digits, ".", "_" and "-" alone.
  /** @param {{ [set: string]: Found }} splits */
  promisesCsv(splits) {
    const rows = PROMISES.flatMap(([name, title]) =>
      ["validation", this.data.reported.name].map((set) => {
        const { value, low, high } = splits[set].figures[name]
        return [title, set, ...[value, low, high].map((number) => (Number.isFinite(number) ? number : ""))].join(",")
      }),
    )
    return ["figure,set,value,low,high", ...rows, ""].join("\n")
  }

  /** @param {Found} found */
  fatesCsv({ ill, well }) {
    const rows = FATES.flatMap((fate, place) => [`${fate},positive,${ill[place]}`, `${fate},negative,${well[place]}`])
    return ["fate,truth,images", ...rows, ""].join("\n")
  }

  buildTable() {
    const [without, withFinding] = this.data.classes
    this.cells = []
    const kinds = { ill: ["wrong positive", "sum", "right positive"], well: ["right negative", "sum", "wrong negative"] }
    const rows = [...FATES, "all"].map((name, place) => {
      const row = element("tr", {}, head(name, "row"))
      /** @type {(kind: string, look: string) => Text} */
      const cell = (kind, look) => text(row.appendChild(element("td", { class: look, "data-cell": `${kind} ${place}` })))
      this.cells.push({
        ill: cell("ill", kinds.ill[place] ?? "sum"),
        well: cell("well", kinds.well[place] ?? "sum"),
        all: cell("all", "sum"),
      })
      return row
    })
    return element(
      "table",
      { class: "two-by-two" },
      element("caption", {}, this.data.caption),
      element("thead", {}, element("tr", {}, element("td"), head(withFinding, "col"), head(without, "col"), head("all", "col"))),
      element("tbody", {}, ...rows),
    )
  }

  draw() {
    const { latest } = this
    if (latest?.run !== this.data.run || latest.split !== this.data.split) return
    const { ill, well } = latest.splits[latest.split]
    /** @param {number[]} counts */
    const sum = (counts) => counts.reduce((total, value) => total + value, 0)
    const columns = { ill: [...ill, sum(ill)], well: [...well, sum(well)] }
    this.cells.forEach((cells, place) => {
      const [a, b] = [columns.ill[place], columns.well[place]]
      write(cells.ill, count(a))
      write(cells.well, count(b))
      write(cells.all, count(a + b))
    })
    this.drawPromises(latest.splits)
  }

  /** @param {{ [set: string]: Found }} splits */
  drawPromises({ validation, [this.data.reported.name]: reported }) {
    for (const { name, row, cells } of this.promises) {
      const [promised, delivered] = [validation.figures[name], reported.figures[name]]
      const gap = difference(delivered, promised)
      const shown = [promised, delivered].map((found) => [rate(found.value), interval(found)])
      shown.push(signedDifference(gap))
      shown.forEach((words, place) => words.forEach((part, line) => write(cells[place][line], part)))
      row.title = gap.reason ?? ""
    }
  }
}

export default mounting(Fates)
