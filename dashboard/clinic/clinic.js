// Your clinic: PPV, NPV and 1,000 children at the reader's prevalence, following the threshold that control.js moves.

const clinics = new WeakMap()
const source = (globalThis.thresholdChannel ??= new EventTarget())
const FIGURES = [["ppv", "PPV in your clinic"], ["npv", "NPV in your clinic"], ["lr_positive", "LR+"], ["lr_negative", "LR−"]]
const UPPER = [["ppv", "PPV at the upper end"], ["npv", "NPV at the upper end"]]
const SAYING_REST = 400 // milliseconds of rest after which the text alternative follows

export default function ({ data, parentElement, setStateValue }) {
  let clinic = clinics.get(parentElement)
  if (!clinic) clinics.set(parentElement, (clinic = new Clinic(parentElement.querySelector(".explorer"))))
  clinic.receive(data, setStateValue)
  return () => {
    clinic.remove()
    clinics.delete(parentElement)
  }
}

class Clinic {
  constructor(root) {
    this.input = new PrevalenceInput({ moved: (value) => this.move(value), released: () => this.release(), upTo: (value) => this.moveUpper(value) })
    const tiles = element("div", { class: "tiles few", role: "group", "aria-label": "Figures at this prevalence" })
    this.tiles = FIGURES.map(([name, title]) => [name, new Tile(title, { isRatio: name.startsWith("lr") })])
    tiles.append(...this.tiles.map(([, { tile }]) => tile))
    this.upperTiles = UPPER.map(([name, title]) => [name, new Tile(title)])
    this.upperFigures = element("div", { class: "tiles few", role: "group", "aria-label": "Figures at the upper end of the range" })
    this.upperFigures.append(...this.upperTiles.map(([, { tile }]) => tile))
    this.callout = element("p", { class: "promise" })
    this.strong = text(this.callout.appendChild(element("strong")))
    this.rest = text(this.callout)
    this.icons = new IconArray(CHILDREN)
    this.lead = text(element("p", { class: "lead" }))
    this.upperLead = text(element("p", { class: "lead" }))
    this.saving = this.buildSaving()
    this.rows = [this.input.block, tiles, this.callout, this.lead.parentNode, this.buildArray(), this.saving]
    this.upperRows = [this.upperFigures, this.upperLead.parentNode]
    this.root = root
    root.replaceChildren(...this.rows)
    this.draw = this.draw.bind(this)
    source.addEventListener("moved", this.draw)
  }

  buildArray() {
    const legend = element("ul", { class: "legend" })
    this.legend = Object.keys(SHAPES).map((kind) => {
      const line = element("li", { "data-outcome": kind })
      const stamp = line.appendChild(element("canvas", { width: 40, height: 40, "aria-hidden": "true" }))
      SHAPES[kind](stamp.getContext("2d"), 40)
      const number = text(line.appendChild(element("b")))
      const words = text(line.appendChild(element("span")))
      legend.append(line)
      return { kind, number, words }
    })
    return (this.array = element("div", { class: "array" }, this.icons.block, legend))
  }

  buildSaving() {
    const drawn = () => this.children && iconPicture(this.children, this.data.words.outcomes, this.lead.data)
    const csv = () => {
      const rows = Object.keys(SHAPES).map((kind) => `${kind},${this.children[kind]},${this.prevalence}`)
      return ["outcome,children,prevalence", ...rows, ""].join("\n")
    }
    return saveRow({ name: "icon-array", drawn, csv })
  }

  receive(data, setStateValue) {
    this.send = setStateValue
    const told = data.told.sequence !== this.data?.told.sequence
    this.data = data
    if (told) this.asked = this.sent = data.told.prevalence
    this.upper = data.up_to
    for (const [name, tile] of [...this.tiles, ...this.upperTiles]) tile.name.title = data.meanings[name]
    this.draw()
  }

  remove() {
    source.removeEventListener("moved", this.draw)
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

  move(value) {
    this.asked = value
    this.draw()
  }

  moveUpper(value) {
    this.upper = value
    this.draw()
    this.send("up_to", value ?? "one alone")
  }

  // The upper end of the range, where one was stated that is one.
  get end() {
    return this.asked !== null && this.upper > this.asked ? this.upper : null
  }

  release() {
    if (this.asked === this.sent) return
    this.sent = this.asked
    this.send("prevalence", this.asked ?? "as in the images")
  }

  draw() {
    const { latest } = source
    const { data, prevalence } = this
    if (latest?.run !== data.run || latest.split !== data.split) return
    const { counts, sizes } = latest
    const { tp, fp, tn, fn } = counts
    const found = rates(counts, sizes, data.z)
    const [sensitivity, specificity] = [found.sensitivity.value, found.specificity.value]
    const [ppv, npv] = predictiveValues(sensitivity, specificity, sizes, prevalence, data.z)
    const figures = { ...found, ppv, npv }
    for (const [name, tile] of this.tiles) tile.draw(figures[name])
    this.input.show(prevalence, this.called, data.observed.value, this.asked === null, this.end === null ? "" : percent(this.end, SET_DIGITS))
    this.drawUpper(sensitivity, specificity, sizes)
    this.drawDistance()
    this.drawChildren(outlook(sensitivity, specificity, prevalence), { found: tp, missed: fn, alarmed: fp, cleared: tn })
  }

  // PPV, NPV and 1,000 children at the upper end of the range, beneath those at the lower one.
  drawUpper(sensitivity, specificity, sizes) {
    const { end, root } = this
    if (end === null) return this.upperRows.forEach((row) => row.remove())
    if (!this.upperFigures.isConnected) root.append(...this.upperRows)
    const values = predictiveValues(sensitivity, specificity, sizes, end, this.data.z)
    this.upperTiles.forEach(([, tile], place) => tile.draw(values[place]))
    const children = outlook(sensitivity, specificity, end)
    write(this.upperLead, children ? `At ${percent(end, SET_DIGITS)}: ${this.inWords(children)}` : "")
  }

  // What becomes of 1,000 children.
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
