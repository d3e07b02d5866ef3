// The 2x2 table and what it means in children, following the threshold that control.js moves.
class Outcome {
  constructor(place, data) {
    this.data = data
    this.cells = {}
    const csv = () => this.csv()
    place.replaceChildren(this.buildTable(), this.buildSentences(), saveRow({ name: "counts", csv }))
  }

  // In words that no file gave: a number a cell, by what is true and what it was called.
  csv() {
    const rows = [["positive", "positive", "tp"], ["positive", "negative", "fn"], ["negative", "positive", "fp"], ["negative", "negative", "tn"]]
    const counts = rows.map(([truth, called, name]) => [truth, called, this.cells[name].data.replaceAll(",", "")].join(","))
    return ["truth,called,images", ...counts, ""].join("\n")
  }

  buildTable() {
    const [without, withFinding] = this.data.classes
    const head = (words, scope) => element("th", { scope }, words)
    const cell = (name, kind) => {
      const made = element("td", { class: kind, "data-cell": name })
      this.cells[name] = text(made)
      return made
    }
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

  buildSentences() {
    const block = element("div", { class: "sentences" })
    this.sentences = ["positive", "negative"].map((kind) => {
      const words = text(block.appendChild(element("p")))
      const share = block.appendChild(element("div", { class: `share ${kind}`, "aria-hidden": "true" }))
      return { words, right: share.appendChild(element("i")) }
    })
    this.alarms = text(block.appendChild(element("p")))
    return block
  }

  draw({ tp, fp, tn, fn }) {
    const sums = { positives: tp + fn, negatives: fp + tn, called_positive: tp + fp, called_negative: tn + fn, images: tp + fp + tn + fn }
    for (const [name, value] of Object.entries({ tp, fp, tn, fn, ...sums })) write(this.cells[name], count(value))
    const { noun, classes, patients } = this.data
    const [positive, negative] = this.sentences
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
