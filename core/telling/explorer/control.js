// The live threshold: slider, presets, tiles, counts and the markers on the charts, moved without asking the server.
//
// A position is an index into `Positions`. It changes by drag, key, slider or preset; on release its threshold goes to
// Python once. Python's own changes (a link, another split) come as `data.told`, numbered, so that an answer to an older
// release never overwrites a newer drag.

const TILES = [
  ["sensitivity", "Sensitivity"],
  ["specificity", "Specificity"],
  ["precision", "Precision (PPV)"],
  ["npv", "NPV"],
  ["balanced_accuracy", "Balanced accuracy"],
  ["accuracy", "Accuracy"],
  ["f1", "F1"],
  ["lr_positive", "LR+"],
  ["lr_negative", "LR−"],
]
const FIRST_TILES = 5
const FIRST_ON_PHONES = 4

const controls = new WeakMap()
// What the figures below it (clinic.js) listen to.
const channel = (globalThis.thresholdChannel ??= new EventTarget())

class Control extends Live {
  constructor(root) {
    super(root, "threshold")
    this.build()
  }

  build() {
    const { root } = this
    this.slider = element("input", { type: "range", min: "0", step: "1", "aria-label": "Threshold" })
    this.called = text(element("output", { class: "called" }))
    this.unit = text(element("span", { class: "quiet" }))
    this.clinic = text(element("p", { class: "quiet small clinic" }))
    this.offered = text(element("p", { class: "quiet small" }))
    this.presets = new Presets("Thresholds chosen on validation", {
      choose: (threshold) => this.choose(threshold),
      change: (floor) => this.send("floor", floor),
    })
    this.exploratory = element("span", { class: "small exploratory" })
    this.counts = element("div", { class: "outcome" })
    this.promise = element("div", { class: "promise" })
    const head = element("div", { class: "head" }, element("span", { class: "label" }, "Threshold"))
    head.append(this.called.parentNode, this.unit.parentNode)
    root.replaceChildren(head, this.clinic.parentNode, this.slider, this.offered.parentNode, this.presets.block, this.buildTiles(), this.counts, this.promise, this.status)
    this.slider.addEventListener("input", () => this.drag(this.positions.last - Number(this.slider.value)))
    this.slider.addEventListener("change", () => this.rest())
    this.slider.addEventListener("pointerup", () => this.release())
    this.slider.addEventListener("keydown", (event) => {
      if (event.key.startsWith("Page")) this.key(event, {})
    })
  }

  buildTiles() {
    const tiles = element("div", { class: "tiles", role: "group", "aria-label": "Figures at this threshold" })
    this.tileGroup = tiles
    this.tiles = TILES.map(([name, title], place) => {
      const tile = new Tile(title, { isRatio: name.startsWith("lr") })
      tile.tile.classList.toggle("rest", place >= FIRST_TILES)
      tile.tile.classList.toggle("later", place >= FIRST_ON_PHONES)
      tiles.append(tile.tile)
      return { name, tile }
    })
    const more = element("button", { type: "button", class: "more", "aria-expanded": "false" }, "More figures")
    more.addEventListener("click", () => {
      const open = tiles.classList.toggle("open")
      more.setAttribute("aria-expanded", open)
      more.textContent = open ? "Fewer figures" : "More figures"
    })
    tiles.children[FIRST_TILES - 1].after(more)
    return tiles
  }

  receive(data, setStateValue) {
    this.send = setStateValue
    const anew = data.revision !== this.data?.revision
    const told = data.told.sequence !== this.data?.told.sequence
    const threshold = this.positions?.threshold[this.index]
    this.data = data
    if (anew) this.read(data)
    if (told) this.index = this.positions.indexOf(data.told.threshold)
    else if (anew) this.index = this.positions.indexOf(threshold)
    if (told) this.sent = String(data.told.threshold)
    for (const { name, tile } of this.tiles) {
      tile.tile.hidden = data.figures?.includes(name) === false
      tile.name.title = data.meanings[name] ?? ""
    }
    this.tileGroup.classList.toggle("few", data.figures !== null)
    this.presets.draw(data.presets)
    this.presets.block.append(this.exploratory)
    this.overlays.attach()
    this.overlays.recolour(data.quiet)
    this.draw()
    this.say()
  }

  read(data) {
    this.positions = new Positions(data)
    this.shown = this.positions.splits.find(({ name }) => name === data.shown)
    this.other = this.positions.splits.find(({ name }) => name !== data.shown) ?? null
    this.slider.max = this.positions.last
    write(this.offered, data.offered)
    const markers = Object.entries(data.charts).map(([kind, key]) => new ChartMarkers(kind, key, this))
    for (const marker of markers) marker.trace(this.positions, this.shown)
    this.overlays.replace(markers)
    this.outcome = data.outcome && new Outcome(this.counts, data.outcome)
    this.buildPromise()
  }

  // A new position, drawn with the next frame.
  drag(index) {
    this.index = index
    this.redraw()
  }

  key(event, steps) {
    const index = this.positions.stepped(event, steps, this.index)
    if (index === null) return
    this.drag(index)
    this.rest()
  }

  value() {
    return this.positions.threshold[this.index]
  }

  choose(threshold) {
    this.index = this.positions.indexOf(threshold)
    this.draw() // at once: what is said of it must not run ahead of what is seen
    this.release()
  }

  probability() {
    return probability(called(this.value(), this.data.scale))
  }

  words() {
    const { sensitivity, specificity } = this.positions.rates(this.shown, this.index)
    return `${this.data.scale.called} ${this.probability()}, sensitivity ${rate(sensitivity.value)}, specificity ${rate(specificity.value)}`
  }

  // What a screen reader needs; left out while dragging, as it is not seen.
  say() {
    if (!this.positions) return
    const words = this.words()
    this.slider.setAttribute("aria-valuetext", words)
    this.unit.parentNode.title = `logit ${String(this.value()).replace("-", MINUS)}: ${this.data.meanings.logit}`
    for (const markers of this.overlays.markers) markers.announce(this.index, words)
    const chosen = this.presets.mark(this.value())
    this.exploratory.hidden = chosen || this.data.shown === "validation"
    this.exploratory.textContent = `Set while looking at ${this.data.reported.sentence}: exploratory`
  }

  draw() {
    const { positions, index, shown, other } = this
    const logit = positions.threshold[index]
    const figures = positions.rates(shown, index)
    const counts = positions.counts(shown, index)
    const otherCounts = other && positions.counts(other, index)
    this.slider.value = positions.last - index
    write(this.called, this.probability())
    write(this.unit, namedThreshold(logit, this.data.scale))
    this.drawClinic(logit)
    for (const { name, tile } of this.tiles) tile.draw(figures[name])
    for (const markers of this.overlays.markers) markers.place(index, counts, otherCounts)
    this.outcome?.draw(counts)
    if (other) this.drawPromise(figures, positions.rates(other, index))
    const sizes = positions.sizes(shown, index)
    channel.latest = { counts, sizes, run: this.data.run, split: this.data.shown }
    channel.dispatchEvent(new Event("moved"))
  }

  // What the same threshold is called at each end of the clinic's prevalence.
  drawClinic(logit) {
    const { clinic } = this.data.scale
    const there = clinic.shifts.map((shift) => probability(called(logit, this.data.scale, shift)))
    this.clinic.parentNode.hidden = !there.length
    write(this.clinic, there.length ? `The same threshold is ${there.join(" to ")} ${clinic.words}.` : "")
  }

  buildPromise() {
    const { data } = this
    if (!this.other) {
      this.promise.replaceChildren(element("p", {}, data.alone))
      return
    }
    this.promiseLines = ["sensitivity", "specificity"].map((name) => {
      const line = element("p")
      return { name, words: text(line), line }
    })
    this.promise.replaceChildren(...this.promiseLines.map(({ line }) => line))
  }

  drawPromise(figures, otherFigures) {
    const [validation, reported] = this.data.shown === "validation" ? [figures, otherFigures] : [otherFigures, figures]
    // No verdict: a threshold that is dragged promises nothing, and one that is sought differs somewhere by chance.
    for (const { name, words, line } of this.promiseLines) {
      const gap = difference(reported[name], validation[name])
      const [value, range] = signedDifference(gap)
      write(
        words,
        `Validation shows ${name} ${rate(validation[name].value)} (${interval(validation[name])}). ` +
          `${this.data.reported.title} delivers ${rate(reported[name].value)} (${interval(reported[name])}). ` +
          `Gap ${value} (${range})`,
      )
      line.title = gap.reason ?? ""
    }
  }
}

export default (component) => mounted(controls, Control, component)
