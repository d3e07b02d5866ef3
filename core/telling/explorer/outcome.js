// The 2x2 table and what it means in children, following the threshold that control.js moves.

import { element, text, write } from "../elements.js"
import { saveRow } from "../saving/row.js"
import { alarmsInWords, are, count, plural } from "./format.js"

/** @typedef {{ run: string, split: string, caption: string, noun: string, classes: [string, string], patients: [string, string] }} CountsSent */

export class Outcome {
  /** @param {HTMLElement} place @param {CountsSent} data */
  constructor(place, data) {
    this.data = data
    /** @type {{ [name: string]: Text }} */
    this.cells = {}
    const csv = () => this.csv()
    const block = element("div", { class: "sentences" })
    const [positive, negative] = ["positive", "negative"].map((kind) => {
      const words = text(block.appendChild(element("p")))
      const share = block.appendChild(element("div", { class: `share ${kind}`, "aria-hidden": "true" }))
      return { words, right: share.appendChild(element("i")) }
    })
    this.sentences = { positive, negative }
    this.alarms = text(block.appendChild(element("p")))
    place.replaceChildren(this.buildTable(), block, saveRow({ name: "counts", csv }))
  }

  // In words that no file gave: a number a cell, by what is true and what it was called.
  csv() {
    const rows = [["positive", "positive", "tp"], ["positive", "negative", "fn"], ["negative", "positive", "fp"], ["negative", "negative", "tn"]]
    const counts = rows.map(([truth, called, name]) => [truth, called, this.cells[name].data.replaceAll(",", "")].join(","))
    return ["truth,called,images", ...counts, ""].join("\n")
  }

  buildTable() {
    const [without, withFinding] = this.data.classes
    /** @param {string} words @param {string} scope */
    const head = (words, scope) => element("th", { scope }, words)
    /** @param {string} name @param {string} kind */
    const cell = (name, kind) => {
      const made = element("td", { class: kind, "data-cell": name })
      this.cells[name] = text(made)
      return made
    }
    /** @param {string} name @param {HTMLElement[]} cells */
    const row = (name, ...cells) => element("tr", {}, head(name, "row"), ...cells)
    return element(
      "table",
      { class: "two-by-two" },
      element("caption", {}, this.data.caption),
      element("thead", {}, element("tr", {}, element("td"), head("called positive", "col"), head("called negative", "col"), head("all", "col"))),
      element(
        "tbody",
        {},
        row(withFinding, cell("tp", "right positive"), cell("fn", "wrong positive"), cell("positives", "sum")),
        row(without, cell("fp", "wrong negative"), cell("tn", "right negative"), cell("negatives", "sum")),
        row("all", cell("called_positive", "sum"), cell("called_negative", "sum"), cell("images", "sum")),
      ),
    )
  }

  /** @param {import("./rates.js").Counts} counts */
  draw({ tp, fp, tn, fn }) {
    const sums = { positives: tp + fn, negatives: fp + tn, called_positive: tp + fp, called_negative: tn + fn, images: tp + fp + tn + fn }
    for (const [name, value] of Object.entries({ tp, fp, tn, fn, ...sums })) write(this.cells[name], count(value))
    const { noun, classes, patients } = this.data
    const { positive, negative } = this.sentences
    write(
      positive.words,
      sums.positives
        ? `Of ${plural(sums.positives, noun)} ${classes[1]} (${patients[1]}), ${are(tp)} found and ${are(fn)} missed.`
        : `There are none ${classes[1]}, so how many are found cannot be known.`,
    )
    write(
      negative.words,
      sums.negatives
        ? `Of ${count(sums.negatives)} ${classes[0]} (${patients[0]}), ${are(tn)} sent home and ${are(fp)} falsely alarmed.`
        : `There are none ${classes[0]}, so how many are falsely alarmed cannot be known.`,
    )
    write(this.alarms, alarmsInWords(tp, tp + fp))
    positive.right.style.transform = `scaleX(${sums.positives ? tp / sums.positives : 0})`
    negative.right.style.transform = `scaleX(${sums.negatives ? tn / sums.negatives : 0})`
  }
}
