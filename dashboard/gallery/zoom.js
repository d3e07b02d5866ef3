// Zoom and pan of the opened picture: the part of it that is seen is the viewBox of the radiograph and of its heat map.

const LARGEST = 8
const PER_STEP = Math.SQRT2
const PANS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

function zoomable(viewer) {
  viewer.seen = whole()
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

function whole() {
  return { times: 1, x: 0.5, y: 0.5 } // the middle of what is seen, as shares of width and height
}

// The wheel alone scrolls the page; with Ctrl, and by a pinch on a touch pad, which browsers report so, it zooms.
function wheel(viewer, event) {
  if (!event.ctrlKey || !event.target.closest("svg")) return
  event.preventDefault()
  zoom(viewer, event.deltaY < 0 ? PER_STEP : 1 / PER_STEP, event)
}

// The point under the pointer stays where it is; without one, the middle does.
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

function pointed(viewer, event) {
  const drawing = event.target.closest("svg")
  if (!drawing) return undefined
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM().inverse())
  return { x: x / viewer.data.width, y: y / viewer.data.height }
}

function grip(viewer, event) {
  if (viewer.seen.times === 1 || event.button !== 0 || !event.target.closest("svg")) return
  viewer.held = pointed(viewer, event)
  viewer.box.classList.add("held")
  event.target.setPointerCapture?.(event.pointerId)
}

function drag(viewer, event) {
  const now = viewer.held && pointed(viewer, event)
  if (now) pan(viewer, viewer.held.x - now.x, viewer.held.y - now.y)
}

function pan(viewer, x, y) {
  viewer.seen.x += x
  viewer.seen.y += y
  frame(viewer)
}

// Keys that zoom or pan; whether the key was one of them.
function zoomKey(viewer, event) {
  const step = 0.2 / viewer.seen.times
  if (event.shiftKey && event.key in PANS) pan(viewer, ...PANS[event.key].map((way) => way * step))
  else if (event.key === "+" || event.key === "=") zoom(viewer, PER_STEP)
  else if (event.key === "-") zoom(viewer, 1 / PER_STEP)
  else if (event.key === "0") zoom(viewer, 0)
  else return false
  return true
}

function frame(viewer) {
  const { seen, data, find } = viewer
  const half = 0.5 / seen.times
  for (const way of "xy") seen[way] = Math.min(Math.max(seen[way], half), 1 - half)
  const { width, height } = data
  const part = [(seen.x - half) * width, (seen.y - half) * height, width / seen.times, height / seen.times]
  for (const drawing of viewer.box.querySelectorAll(".paper svg")) drawing.setAttribute("viewBox", part.join(" "))
  viewer.box.classList.toggle("zoomed", seen.times > 1)
  find(".times").textContent = `${seen.times.toFixed(1)} ×`
  find(".out").disabled = seen.times === 1
  find(".in").disabled = seen.times === LARGEST
}
