// Zoom and pan of the opened picture: the part of it that is seen is the viewBox of the radiograph and of its heat map.

/** @typedef {import("./viewer.js").Viewer} Viewer */
/** @typedef {import("./viewer.js").Seen} Seen */
/** @typedef {import("./viewer.js").Spot} Spot */

const LARGEST = 8
const PER_STEP = Math.SQRT2
/** @type {{ [key: string]: [number, number] }} */
const PANS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

/** @param {Viewer} viewer */
export function zoomable(viewer) {
  const { box, find } = viewer
  find(".in").addEventListener("click", () => zoom(viewer, PER_STEP))
  find(".out").addEventListener("click", () => zoom(viewer, 1 / PER_STEP))
  const pictures = find(".pictures")
  pictures.addEventListener("dblclick", (event) => zoom(viewer, 2, event))
  pictures.addEventListener("wheel", (event) => wheel(viewer, event), { passive: false })
  pictures.addEventListener("pointerdown", (event) => grip(viewer, event))
  pictures.addEventListener("pointermove", (event) => drag(viewer, event))
  for (const end of ["pointerup", "pointercancel"]) {
    pictures.addEventListener(end, () => {
      viewer.held = undefined
      box.classList.remove("held")
    })
  }
}

/** @returns {Seen} */
export function whole() {
  return { times: 1, x: 0.5, y: 0.5 } // the middle of what is seen, as shares of width and height
}

// The wheel alone scrolls the page; with Ctrl, and by a pinch on a touch pad, which browsers report so, it zooms.
/** @param {Viewer} viewer @param {WheelEvent} event */
function wheel(viewer, event) {
  if (!event.ctrlKey || !drawingUnder(event)) return
  event.preventDefault()
  zoom(viewer, event.deltaY < 0 ? PER_STEP : 1 / PER_STEP, event)
}

// The point under the pointer stays where it is; without one, the middle does.
/** @param {Viewer} viewer @param {number} by @param {MouseEvent} [event] */
function zoom(viewer, by, event) {
  const { seen } = viewer
  const times = Math.min(Math.max(seen.times * by, 1), LARGEST)
  const point = event && pointed(viewer, event)
  if (point) {
    seen.x = point.x + ((seen.x - point.x) * seen.times) / times
    seen.y = point.y + ((seen.y - point.y) * seen.times) / times
  }
  seen.times = times
  frame(viewer)
}

/** @param {Event} event */
const drawingUnder = ({ target }) => (target instanceof Element ? target.closest("svg") : null)

/** @param {Viewer} viewer @param {MouseEvent} event @returns {Spot | undefined} */
function pointed(viewer, event) {
  const matrix = drawingUnder(event)?.getScreenCTM()
  if (!matrix) return undefined
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse())
  return { x: x / viewer.data.width, y: y / viewer.data.height }
}

/** @param {Viewer} viewer @param {PointerEvent} event */
function grip(viewer, event) {
  if (viewer.seen.times === 1 || event.button !== 0 || !drawingUnder(event)) return
  viewer.held = pointed(viewer, event)
  viewer.box.classList.add("held")
  if (event.target instanceof Element) event.target.setPointerCapture(event.pointerId)
}

/** @param {Viewer} viewer @param {PointerEvent} event */
function drag(viewer, event) {
  const { held } = viewer
  const now = held && pointed(viewer, event)
  if (now) pan(viewer, held.x - now.x, held.y - now.y)
}

/** @param {Viewer} viewer @param {number} x @param {number} y */
function pan(viewer, x, y) {
  viewer.seen.x += x
  viewer.seen.y += y
  frame(viewer)
}

// Keys that zoom or pan; whether the key was one of them.
/** @param {Viewer} viewer @param {KeyboardEvent} event */
export function zoomKey(viewer, event) {
  const step = 0.2 / viewer.seen.times
  if (event.shiftKey && event.key in PANS) pan(viewer, PANS[event.key][0] * step, PANS[event.key][1] * step)
  else if (event.key === "+" || event.key === "=") zoom(viewer, PER_STEP)
  else if (event.key === "-") zoom(viewer, 1 / PER_STEP)
  else if (event.key === "0") zoom(viewer, 0)
  else return false
  return true
}

/** @param {Viewer} viewer */
export function frame(viewer) {
  const { seen, data, find, button } = viewer
  const half = 0.5 / seen.times
  seen.x = Math.min(Math.max(seen.x, half), 1 - half)
  seen.y = Math.min(Math.max(seen.y, half), 1 - half)
  const { width, height } = data
  const part = [(seen.x - half) * width, (seen.y - half) * height, width / seen.times, height / seen.times]
  for (const drawing of viewer.box.querySelectorAll(".paper svg")) drawing.setAttribute("viewBox", part.join(" "))
  viewer.box.classList.toggle("zoomed", seen.times > 1)
  find(".times").textContent = `${seen.times.toFixed(1)} ×`
  button(".out").disabled = seen.times === 1
  button(".in").disabled = seen.times === LARGEST
}
