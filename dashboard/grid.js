// A listbox of images. The tile with the focus is the browser's own: only opening one or turning the page is sent.

const grids = new WeakMap()
const PER_KEY = { ArrowLeft: -1, ArrowRight: 1 }

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".grid")
  let grid = grids.get(box)
  if (!grid) {
    grid = { box, at: 0 }
    grids.set(box, grid)
    box.setAttribute("role", "listbox")
    box.addEventListener("keydown", (event) => press(grid, event))
    box.addEventListener("click", (event) => {
      const tile = event.target.closest(".tile")
      if (tile) open(grid, [...box.children].indexOf(tile))
    })
    box.addEventListener("focusin", (event) => mark(grid, [...box.children].indexOf(event.target.closest(".tile"))))
  }
  grid.send = setTriggerValue
  draw(grid, data)
}

function draw(grid, data) {
  const text = JSON.stringify(data)
  if (grid.drawn === text) return
  const focused = grid.box.contains(grid.box.getRootNode().activeElement)
  grid.drawn = text
  grid.tiles = data.tiles
  grid.box.setAttribute("aria-label", data.label)
  grid.box.style.setProperty("--positive", data.colours.positive)
  grid.box.style.setProperty("--negative", data.colours.negative)
  grid.box.style.setProperty("--threshold", `${100 * data.threshold}%`)
  grid.box.replaceChildren(...data.tiles.map(tileOf))
  // The viewer leaves the number of the image that it closed, so that the reader is back where they were.
  const left = (window.galleryClosed ?? -1) - data.first
  const back = left >= 0 && left < data.tiles.length
  window.galleryClosed = undefined
  mark(grid, back ? left : 0)
  if (back || focused) focus(grid, back ? left : 0)
}

function tileOf(tile) {
  const box = element("div", "tile")
  box.setAttribute("role", "option")
  box.setAttribute("aria-label", spoken(tile))
  const frame = element("div", "frame", box)
  if (tile.picture) {
    const image = element("img", "", frame)
    image.alt = ""
    image.decoding = "async"
    image.src = tile.picture
  } else element("div", "problem", frame, tile.problem)
  if (tile.mark) element("div", "mark", frame, `✎ ${tile.mark}`)
  element("div", "number", box, tile.probability)
  const bar = element("div", "bar", box)
  element("i", "", bar).style.width = `${100 * tile.share}%`
  element("b", "", bar)
  const truth = element("div", tile.positive ? "truth positive" : "truth negative", box)
  element("i", "", truth)
  element("span", "", truth, tile.truth)
  if (tile.change) element("div", "change", box, tile.change)
  element("div", "fact", box, `patient ${tile.patient}`)
  if (tile.subgroups) element("div", "fact", box, tile.subgroups)
  return box
}

function spoken(tile) {
  const parts = [`probability ${tile.probability}`, tile.truth, `patient ${tile.patient}`, tile.subgroups, tile.change]
  if (tile.mark) parts.push(`marked ${tile.mark}`)
  if (!tile.picture) parts.push(tile.problem)
  return parts.filter(Boolean).join(", ")
}

// Text from files reaches the page only here, as text.
function element(name, kind, parent, text) {
  const made = document.createElement(name)
  if (kind) made.className = kind
  if (text !== undefined) made.textContent = text
  parent?.append(made)
  return made
}

function press(grid, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const last = grid.tiles.length - 1
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

function columns(grid) {
  const top = grid.box.firstElementChild.offsetTop
  const below = [...grid.box.children].findIndex((tile) => tile.offsetTop !== top)
  return below < 0 ? grid.box.children.length : below
}

function mark(grid, at) {
  if (at < 0) return
  grid.at = at
  for (const [i, tile] of [...grid.box.children].entries()) {
    tile.tabIndex = i === at ? 0 : -1
    tile.setAttribute("aria-selected", String(i === at))
  }
}

function focus(grid, at) {
  grid.box.children[at]?.focus()
}

function open(grid, at) {
  if (at >= 0) grid.send("open", grid.tiles[at].image_id)
}
