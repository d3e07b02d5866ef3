// Below the chart: what validation promised and test delivered of the pair, the 3 x 2 table, and the same in sentences.

const fates = new WeakMap()
const source = (globalThis.triageChannel ??= new EventTarget())
const PROMISES = [["npv", "NPV of the ruled-out"], ["ppv", "PPV of the ruled-in"], ["referred", "Referred share"]]
const FATES = ["ruled out", "referred", "ruled in"]

export default function ({ data, parentElement }) {
  fates.get(parentElement)?.remove()
  const fate = new Fates(parentElement.querySelector(".explorer"), data)
  fates.set(parentElement, fate)
  return () => {
    fate.remove()
    fates.delete(parentElement)
  }
}

const head = (words, scope) => element("th", { scope }, words)

class Fates {
  constructor(root, data) {
    this.data = data
    const below = element("div", { class: "below" }, this.buildTable(), this.buildSentences())
    root.replaceChildren(data.alone ? element("p", { class: "promise" }, data.alone) : this.buildPromises(), below)
    this.draw = this.draw.bind(this)
    source.addEventListener("moved", this.draw)
    this.draw()
  }

  remove() {
    source.removeEventListener("moved", this.draw)
  }

  buildPromises() {
    this.promises = PROMISES.map(([name, title]) => {
      const row = element("tr", { "data-promise": name }, head(title, "row"))
      const cells = ["validation", "test", "gap"].map(() => {
        const cell = row.appendChild(element("td"))
        return [text(cell.appendChild(element("b"))), text(cell.appendChild(element("span", { class: "small quiet" })))]
      })
      return { name, row, cells }
    })
    const columns = ["", "Validation", "Test", "Gap: test − validation"]
    return element(
      "table",
      { class: "promises" },
      element("thead", {}, element("tr", {}, ...columns.map((name) => (name ? head(name, "col") : element("td"))))),
      element("tbody", {}, ...this.promises.map(({ row }) => row)),
    )
  }

  buildTable() {
    const [without, withFinding] = this.data.classes
    this.cells = FATES.map(() => ({}))
    this.cells.push({})
    const cell = (place, name, kind) => {
      const made = element("td", { class: kind, "data-cell": `${name} ${place}` })
      this.cells[place][name] = text(made)
      return made
    }
    const kinds = { ill: ["wrong positive", "sum", "right positive"], well: ["right negative", "sum", "wrong negative"] }
    const rows = [...FATES, "all"].map((name, place) =>
      element("tr", {}, head(name, "row"), cell(place, "ill", kinds.ill[place] ?? "sum"), cell(place, "well", kinds.well[place] ?? "sum"), cell(place, "all", "sum")),
    )
    return element(
      "table",
      { class: "two-by-two" },
      element("caption", {}, this.data.caption),
      element("thead", {}, element("tr", {}, element("td"), head(withFinding, "col"), head(without, "col"), head("all", "col"))),
      element("tbody", {}, ...rows),
    )
  }

  buildSentences() {
    const block = element("div", { class: "sentences" })
    this.sentences = ["positive", "negative"].map((kind) => {
      const words = text(block.appendChild(element("p")))
      const share = block.appendChild(element("div", { class: `share three ${kind}`, "aria-hidden": "true" }))
      return { words, right: share.appendChild(element("i")), referred: share.appendChild(element("u")) }
    })
    return block
  }

  draw() {
    const { latest } = source
    if (latest?.run !== this.data.run || latest.split !== this.data.split) return
    const { ill, well } = latest.splits[latest.split]
    const sum = (counts) => counts.reduce((total, value) => total + value, 0)
    const columns = { ill: [...ill, sum(ill)], well: [...well, sum(well)] }
    this.cells.forEach((cells, place) => {
      const [a, b] = [columns.ill[place], columns.well[place]]
      for (const [name, value] of Object.entries({ ill: a, well: b, all: a + b })) write(cells[name], count(value))
    })
    this.drawSentences(ill, well, sum)
    if (this.promises) this.drawPromises(latest.splits)
  }

  drawSentences(ill, well, sum) {
    const { noun, classes, patients } = this.data
    const [positive, negative] = this.sentences
    write(
      positive.words,
      `Of ${plural(sum(ill), noun)} ${classes[1]} (${patients[1]}), ${are(ill[2])} ruled in, ${are(ill[1])} referred and ${are(ill[0])} ruled out, which means missed.`,
    )
    write(
      negative.words,
      `Of ${count(sum(well))} ${classes[0]} (${patients[0]}), ${are(well[0])} ruled out, ${are(well[1])} referred and ${are(well[2])} ruled in, which means falsely alarmed.`,
    )
    for (const [{ right, referred }, counts, place] of [[positive, ill, 2], [negative, well, 0]]) {
      const [certain, sent] = [counts[place] / sum(counts) || 0, counts[1] / sum(counts) || 0]
      right.style.transform = `scaleX(${certain})`
      referred.style.transform = `translateX(${100 * certain}%) scaleX(${sent})`
    }
  }

  drawPromises({ validation, test }) {
    for (const { name, row, cells } of this.promises) {
      const gap = difference(test[name], validation[name])
      const shown = [validation[name], test[name]].map((found) => [rate(found.value), interval(found)])
      shown.push(signedDifference(gap))
      shown.forEach((words, place) => words.forEach((part, line) => write(cells[place][line], part)))
      row.title = gap.reason ?? ""
    }
  }
}
