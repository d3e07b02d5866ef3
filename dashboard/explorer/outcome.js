// Below the charts: the 2x2 table and what it means in children, following the threshold that control.js moves.

const outcomes = new WeakMap()
const source = (globalThis.thresholdChannel ??= new EventTarget())

export default function ({ data, parentElement }) {
  outcomes.get(parentElement)?.remove()
  const outcome = new Outcome(parentElement.querySelector(".explorer"), data)
  outcomes.set(parentElement, outcome)
  return () => {
    outcome.remove()
    outcomes.delete(parentElement)
  }
}

class Outcome {
  constructor(root, data) {
    this.data = data
    this.cells = {}
    root.replaceChildren(this.buildTable(), this.buildSentences())
    this.draw = this.draw.bind(this)
    source.addEventListener("moved", this.draw)
    this.draw()
  }

  remove() {
    source.removeEventListener("moved", this.draw)
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
    return block
  }

  draw() {
    const { latest } = source
    if (latest?.run !== this.data.run || latest.split !== this.data.split) return
    const { tp, fp, tn, fn } = latest.counts
    const sums = { positives: tp + fn, negatives: fp + tn, called_positive: tp + fp, called_negative: tn + fn, images: tp + fp + tn + fn }
    for (const [name, value] of Object.entries({ tp, fp, tn, fn, ...sums })) write(this.cells[name], count(value))
    const { noun, classes, patients } = this.data
    const [positive, negative] = this.sentences
    write(
      positive.words,
      `Of ${plural(sums.positives, noun)} ${classes[1]} (${patients[1]}), ${are(tp)} found and ${are(fn)} missed.`,
    )
    write(
      negative.words,
      `Of ${count(sums.negatives)} ${classes[0]} (${patients[0]}), ${are(tn)} sent home and ${are(fp)} falsely alarmed.`,
    )
    positive.right.style.transform = `scaleX(${sums.positives ? tp / sums.positives : 0})`
    negative.right.style.transform = `scaleX(${sums.negatives ? tn / sums.negatives : 0})`
  }
}
