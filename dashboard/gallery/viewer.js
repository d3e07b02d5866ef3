// The radiograph and its heat map. The sliders change a filter and an opacity in the browser; nothing is sent for them.

const viewers = new WeakMap()
const AS_TAKEN = { window: 256, level: 128, opacity: 80, outline: false, invert: false }
const settings = { ...AS_TAKEN } // kept from image to image
const STEPS = { ArrowLeft: -1, ArrowRight: 1 }
const SVG = "http://www.w3.org/2000/svg"

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".viewer")
  let viewer = viewers.get(box)
  if (!viewer) {
    viewer = build(box)
    viewers.set(box, viewer)
    box.focus({ preventScroll: true })
    if (box.getBoundingClientRect().top < 0) box.scrollIntoView({ block: "start" })
  }
  viewer.send = setTriggerValue
  draw(viewer, data)
  return () => {
    document.removeEventListener("keydown", viewer.press)
    viewers.delete(box)
  }
}

function build(box) {
  const viewer = { box, find: (name) => box.querySelector(name) }
  viewer.press = (event) => press(viewer, event)
  document.addEventListener("keydown", viewer.press)
  viewer.find(".previous").addEventListener("click", () => step(viewer, -1))
  viewer.find(".next").addEventListener("click", () => step(viewer, 1))
  viewer.find(".close").addEventListener("click", () => close(viewer))
  viewer.find(".reset").addEventListener("click", () => {
    Object.assign(settings, AS_TAKEN)
    viewer.seen = whole()
    frame(viewer)
    apply(viewer)
  })
  zoomable(viewer)
  for (const input of box.querySelectorAll("input")) {
    input.addEventListener("input", () => {
      settings[input.name] = input.type === "checkbox" ? input.checked : Number(input.value)
      apply(viewer)
    })
  }
  return viewer
}

function draw(viewer, data) {
  const { find } = viewer
  if (viewer.data?.image_id !== data.image_id) viewer.seen = whole()
  viewer.data = data
  if (viewer.wanted === data.at) viewer.wanted = undefined
  place(viewer)
  find(".name").textContent = data.heat_map_name
  find(".meaning").textContent = data.meaning
  find(".legend").textContent = data.legend
  find(".scale i").style.background = `linear-gradient(to right, ${data.colours.join(", ")})`
  find(".scale").hidden = !data.heat_map
  find(".switch").hidden = !data.outline
  find(".radiograph .paper").replaceChildren(picture(data, null) ?? problem(data.radiograph_problem))
  const over = data.heat_map && picture(data, data.heat_map)
  find(".heat-map .paper").replaceChildren(over || problem(data.heat_map_problem))
  find(".facts").replaceChildren(...data.facts.flatMap(([name, value]) => [text("dt", name), text("dd", value)]))
  sameChild(viewer)
  frame(viewer)
  apply(viewer)
}

function picture(data, heat) {
  if (!data.radiograph) return null
  const { width, height } = data
  const drawing = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" })
  drawing.setAttribute("aria-label", heat ? `${data.heat_map_name} over: ${data.description}` : data.description)
  const id = heat ? "window-over" : "window"
  const filter = shape("filter", { id, x: 0, y: 0, width: 1, height: 1, "color-interpolation-filters": "sRGB" })
  const transfer = filter.appendChild(shape("feComponentTransfer", {}))
  for (const channel of "RGB") transfer.append(shape(`feFunc${channel}`, { type: "linear" }))
  const size = { width, height, preserveAspectRatio: "none" }
  drawing.append(filter, shape("image", { ...size, href: data.radiograph, filter: `url(#${id})` }))
  if (heat) drawing.append(shape("image", { ...size, href: heat, class: "heat" }))
  for (const kind of data.outline ? ["outline under", "outline"] : []) {
    drawing.append(shape("path", { d: data.outline, class: kind, "vector-effect": "non-scaling-stroke" }))
  }
  return drawing
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

function problem(said) {
  const made = text("p", said)
  made.className = "problem"
  return made
}

// Text from files reaches the page only here, as text.
function text(name, said) {
  const made = document.createElement(name)
  made.textContent = said
  return made
}

// Window and level as DICOM has them (PS3.3 C.11.2.1.2): the grey level g, 0 to 255, is shown as
// (g - (level - 0.5)) / (window - 1) + 0.5 in [0, 1]; 256 and 128 show it as it is. Inverted, 1 less that.
function apply(viewer) {
  const sign = settings.invert ? -1 : 1
  const slope = (sign * 255) / (settings.window - 1)
  const intercept = 0.5 - (sign * (settings.level - 0.5)) / (settings.window - 1)
  for (const part of viewer.box.querySelectorAll("feFuncR, feFuncG, feFuncB")) {
    part.setAttribute("slope", slope)
    part.setAttribute("intercept", intercept)
  }
  for (const heat of viewer.box.querySelectorAll(".heat")) heat.style.opacity = settings.opacity / 100
  for (const outline of viewer.box.querySelectorAll(".outline")) outline.style.display = settings.outline ? "" : "none"
  for (const input of viewer.box.querySelectorAll("input")) {
    if (input.type === "checkbox") input.checked = settings[input.name]
    else {
      input.value = settings[input.name]
      input.nextElementSibling.textContent = settings[input.name] + (input.name === "opacity" ? " %" : "")
    }
  }
}

// Keys count where nothing else wants them: in the viewer, or while no element of the page has the focus.
function press(viewer, event) {
  const path = event.composedPath()
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (!path.includes(viewer.box) && path[0] !== document.body) return
  if (event.key === "Escape") close(viewer)
  else if (event.key === "i") {
    settings.invert = !settings.invert
    apply(viewer)
  } else if (zoomKey(viewer, event)) {
    // done there
  } else if (event.key in STEPS && path[0].type !== "range") step(viewer, STEPS[event.key])
  else return
  event.preventDefault()
}

// A number is sent, not a step: of keys pressed faster than the page answers, Streamlit keeps the last.
function step(viewer, by) {
  const to = (viewer.wanted ?? viewer.data.at) + by
  if (to < 0 || to >= viewer.data.total) return
  viewer.wanted = to
  place(viewer)
  viewer.send("go", to)
}

function place(viewer) {
  const { total } = viewer.data
  const at = viewer.wanted ?? viewer.data.at
  const of = total.toLocaleString("en-US")
  viewer.find(".place").textContent =
    at < 0 ? `not among the ${of} looked at` : `${(at + 1).toLocaleString("en-US")} of ${of}`
  viewer.find(".opened").setAttribute("aria-busy", String(viewer.wanted !== undefined))
  viewer.find(".previous").disabled = at <= 0
  viewer.find(".next").disabled = at + 1 >= total
}

// The number goes to the grid as well, which gives that tile the focus.
function close(viewer) {
  const at = viewer.wanted ?? viewer.data.at
  window.galleryClosed = at
  viewer.send("close", at)
}
