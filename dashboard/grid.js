// A listbox of images. The tile with the focus is the browser's own: only opening one or turning the page is sent.

import { element, focusedBeside, part } from "../core/telling/elements.js"

/**
 * `Tile` of grid.py.
 * @typedef {object} Tile
 * @property {string} image_id
 * @property {string | null} picture
 * @property {string} problem
 * @property {string} probability
 * @property {number} share
 * @property {boolean} positive
 * @property {string} truth
 * @property {string} patient
 * @property {string} subgroups
 * @property {string} change
 * @property {string} mark
 */
/** @typedef {{ label: string, threshold: number, colours: { negative: string, positive: string }, tiles: Tile[], back: [number, number] | null }} GridSent */
/** @typedef {{ box: HTMLElement, at: number, drawn: string, comings: number, tiles: Tile[], boxes: HTMLElement[], send: import("../core/telling/explorer/live.js").Send }} Grid */

/** @type {WeakMap<Element, Grid>} */
const grids = new WeakMap()
/** @type {{ [key: string]: number }} */
const PER_KEY = { ArrowLeft: -1, ArrowRight: 1 }

/** @param {import("../core/telling/explorer/live.js").Component<GridSent>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const box = part(parentElement, ".grid", HTMLElement)
  const grid = grids.get(box) ?? build(box)
  grid.send = setTriggerValue
  draw(grid, data)
}

/** @param {HTMLElement} box */
function build(box) {
  /** @type {Grid} */
  const grid = { box, at: 0, drawn: "", comings: 0, tiles: [], boxes: [], send: () => {} }
  grids.set(box, grid)
  box.setAttribute("role", "listbox")
  box.addEventListener("keydown", (event) => press(grid, event))
  box.addEventListener("click", (event) => open(grid, numberUnder(grid, event)))
  box.addEventListener("focusin", (event) => mark(grid, numberUnder(grid, event)))
  return grid
}

// Which tile an event is of, -1 where it is of none.
/** @param {Grid} grid @param {Event} event */
function numberUnder({ boxes }, { target }) {
  return boxes.findIndex((tile) => target instanceof Node && tile.contains(target))
}

/** @param {Grid} grid @param {GridSent} data */
function draw(grid, data) {
  const { back, ...shown } = data
  const [place, coming] = back ?? [0, grid.comings]
  const comesBack = coming !== grid.comings
  const text = JSON.stringify(shown)
  if (grid.drawn !== text) {
    const focused = grid.box.contains(focusedBeside(grid.box))
    grid.drawn = text
    show(grid, data)
    mark(grid, place)
    if (focused) focus(grid, place)
  }
  // From an image that was closed the reader comes back to its tile, also where the grid still stands.
  if (comesBack) focus(grid, place)
  grid.comings = coming
}

/** @param {Grid} grid @param {GridSent} data */
function show(grid, data) {
  grid.tiles = data.tiles
  grid.box.setAttribute("aria-label", data.label)
  grid.box.style.setProperty("--positive", data.colours.positive)
  grid.box.style.setProperty("--negative", data.colours.negative)
  grid.box.style.setProperty("--threshold", `${100 * data.threshold}%`)
  grid.boxes = data.tiles.map(tileOf)
  grid.box.replaceChildren(...grid.boxes)
}

/** @type {(kind: string, ...children: (Node | string)[]) => HTMLElement} */
const block = (kind, ...children) => element("div", { class: kind }, ...children)

/** @param {Tile} tile */
function tileOf(tile) {
  const shown = tile.picture ? element("img", { alt: "", decoding: "async", src: tile.picture }) : block("problem", tile.problem)
  const bar = element("i")
  bar.style.width = `${100 * tile.share}%`
  return element(
    "div",
    { class: "tile", role: "option", "aria-label": spoken(tile) },
    block("frame", shown, ...(tile.mark ? [block("mark", `✎ ${tile.mark}`)] : [])),
    block("number", tile.probability),
    block("bar", bar, element("b")),
    block(tile.positive ? "truth positive" : "truth negative", element("i"), element("span", {}, tile.truth)),
    ...(tile.change ? [block("change", tile.change)] : []),
    block("fact", `patient ${tile.patient}`),
    ...(tile.subgroups ? [block("fact", tile.subgroups)] : []),
  )
}

/** @param {Tile} tile */
function spoken(tile) {
  const parts = [`probability ${tile.probability}`, tile.truth, `patient ${tile.patient}`, tile.subgroups, tile.change]
  if (tile.mark) parts.push(`marked ${tile.mark}`)
  if (!tile.picture) parts.push(tile.problem)
  return parts.filter(Boolean).join(", ")
}

/** @param {Grid} grid @param {KeyboardEvent} event */
function press(grid, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const last = grid.tiles.length - 1
  /** @type {{ [key: string]: number }} */
  const steps = { ...PER_KEY, ArrowUp: -columns(grid), ArrowDown: columns(grid), Home: -last, End: last }
  if (event.key in steps) {
    const next = grid.at + steps[event.key]
    // Up and down keep their column; where there is no row, they stay.
    const bounded = event.key.startsWith("Arrow") ? (next < 0 || next > last ? grid.at : next) : next
    focus(grid, Math.min(Math.max(bounded, 0), last))
  } else if (event.key === "Enter" || event.key === " ") open(grid, grid.at)
  else if (event.key === "PageDown" || event.key === "PageUp") grid.send("turn", event.key === "PageDown" ? 1 : -1)
  else return
  event.preventDefault()
}

/** @param {Grid} grid */
function columns(grid) {
  const below = grid.boxes.findIndex((tile) => tile.offsetTop !== grid.boxes[0].offsetTop)
  return below < 0 ? grid.boxes.length : below
}

/** @param {Grid} grid @param {number} at */
function mark(grid, at) {
  if (at < 0) return
  grid.at = at
  for (const [i, tile] of grid.boxes.entries()) {
    tile.tabIndex = i === at ? 0 : -1
    tile.setAttribute("aria-selected", String(i === at))
  }
}

/** @param {Grid} grid @param {number} at */
function focus(grid, at) {
  grid.boxes[at]?.focus()
}

/** @param {Grid} grid @param {number} at */
function open(grid, at) {
  if (at >= 0) grid.send("open", grid.tiles[at].image_id)
}
