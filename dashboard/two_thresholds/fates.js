// Below the chart: what validation promised and test delivered of the pair, and the 3 x 2 table.

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
    const promises = data.alone
      ? [element("p", { class: "promise" }, data.alone)]
      : [this.buildPromises(), saveRow({ name: "promises", csv: () => this.promisesCsv() })]
    const table = [this.buildTable(), saveRow({ name: "fates", csv: () => this.fatesCsv() })]
    root.replaceChildren(element("div", { class: "below" }, ...[promises, table].map((part) => element("div", {}, ...part))))
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
  promisesCsv() {
    const rows = PROMISES.flatMap(([name, title]) =>
      ["validation", this.data.reported.name].map((set) => {
        const { value, low, high } = source.latest.splits[set][name]
        return [title, set, ...[value, low, high].map((number) => (Number.isFinite(number) ? number : ""))].join(",")
      }),
    )
    return ["figure,set,value,low,high", ...rows, ""].join("\n")
  }

  fatesCsv() {
    const { ill, well } = source.latest.splits[source.latest.split]
    const rows = FATES.flatMap((fate, place) => [`${fate},positive,${ill[place]}`, `${fate},negative,${well[place]}`])
    return ["fate,truth,images", ...rows, ""].join("\n")
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
    if (this.promises) this.drawPromises(latest.splits)
  }

  drawPromises({ validation, [this.data.reported.name]: reported }) {
    for (const { name, row, cells } of this.promises) {
      const gap = difference(reported[name], validation[name])
      const shown = [validation[name], reported[name]].map((found) => [rate(found.value), interval(found)])
      shown.push(signedDifference(gap))
      shown.forEach((words, place) => words.forEach((part, line) => write(cells[place][line], part)))
      row.title = gap.reason ?? ""
    }
  }
}
