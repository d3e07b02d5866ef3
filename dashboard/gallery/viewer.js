// The radiograph and its heat map. The sliders change a filter and an opacity in the browser; nothing is sent for them.

import { element, part, parts, svgElement } from "../../core/telling/elements.js"
import { sameChild } from "./same_child.js"
import { frame, whole, zoomKey, zoomable } from "./zoom.js"

/** @typedef {{ times: number, x: number, y: number }} Seen the middle of what is seen, as shares of width and height */
/** @typedef {{ x: number, y: number }} Spot a point of the picture, as shares of width and height */
/** @typedef {import("../../core/telling/explorer/live.js").Send} Send */
/**
 * `Opened` of viewer.py.
 * @typedef {object} Opened
 * @property {string} image_id
 * @property {number} at
 * @property {number} total
 * @property {string | null} radiograph
 * @property {string} radiograph_problem
 * @property {number} width
 * @property {number} height
 * @property {string} description
 * @property {string | null} heat_map
 * @property {string} heat_map_problem
 * @property {string} heat_map_name
 * @property {string} meaning
 * @property {string[]} colours
 * @property {string} legend
 * @property {string} outline
 * @property {[string, string][]} facts
 * @property {import("./same_child.js").Other[]} others
 * @property {string} others_more
 */
/**
 * @typedef {object} Viewer
 * @property {HTMLElement} box
 * @property {(selector: string) => HTMLElement} find
 * @property {(selector: string) => HTMLButtonElement} button
 * @property {Opened} data
 * @property {Send} send
 * @property {(event: KeyboardEvent) => void} press
 * @property {Seen} seen
 * @property {number} [wanted] the number of the image that was asked for and has not come yet
 * @property {Spot} [held] what the pointer holds
 */

/** @type {WeakMap<Element, Viewer>} */
const viewers = new WeakMap()
/** @type {{ [name: string]: number | boolean } & { window: number, level: number, opacity: number, outline: boolean, invert: boolean }} */
const AS_TAKEN = { window: 256, level: 128, opacity: 80, outline: false, invert: false }
const settings = { ...AS_TAKEN } // kept from image to image
/** @type {("feFuncR" | "feFuncG" | "feFuncB")[]} */
const CHANNELS = ["feFuncR", "feFuncG", "feFuncB"]
/** @type {{ [key: string]: number }} */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 }

/** @param {import("../../core/telling/explorer/live.js").Component<Opened>} component */
export default function ({ data, parentElement, setTriggerValue }) {
  const box = part(parentElement, ".viewer", HTMLElement)
  let viewer = viewers.get(box)
  if (!viewer) {
    viewer = build(box, data, setTriggerValue)
    viewers.set(box, viewer)
    box.focus({ preventScroll: true })
    if (box.getBoundingClientRect().top < 0) box.scrollIntoView({ block: "start" })
  }
  const pressed = viewer.press
  viewer.send = setTriggerValue
  draw(viewer, data)
  return () => {
    document.removeEventListener("keydown", pressed)
    viewers.delete(box)
  }
}

/** @param {HTMLElement} box @param {Opened} data @param {Send} send @returns {Viewer} */
function build(box, data, send) {
  /** @type {Viewer} */
  const viewer = {
    box,
    data,
    send,
    seen: whole(),
    find: (selector) => part(box, selector, HTMLElement),
    button: (selector) => part(box, selector, HTMLButtonElement),
    press: (event) => press(viewer, event),
  }
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

/** @param {Viewer} viewer @param {Opened} data */
function draw(viewer, data) {
  const { find } = viewer
  if (viewer.data.image_id !== data.image_id) viewer.seen = whole()
  viewer.data = data
  if (viewer.wanted === data.at) viewer.wanted = undefined
  place(viewer)
  find(".name").textContent = data.heat_map_name
  find(".meaning").textContent = data.meaning
  find(".legend").textContent = data.legend
  find(".scale i").style.background = `linear-gradient(to right, ${data.colours.join(", ")})`
  find(".scale").hidden = !data.heat_map
  find(".switch").hidden = !data.outline
  find(".radiograph .paper").replaceChildren(picture(data, null) ?? problemOf(data.radiograph_problem))
  const over = data.heat_map && picture(data, data.heat_map)
  find(".heat-map .paper").replaceChildren(over || problemOf(data.heat_map_problem))
  find(".facts").replaceChildren(...data.facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]))
  sameChild(viewer, data)
  frame(viewer)
  apply(viewer)
}

/** @param {Opened} data @param {string | null} heat */
function picture(data, heat) {
  if (!data.radiograph) return null
  const { width, height } = data
  const drawing = svgElement("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" })
  drawing.setAttribute("aria-label", heat ? `${data.heat_map_name} over: ${data.description}` : data.description)
  const id = heat ? "window-over" : "window"
  const filter = svgElement("filter", { id, x: 0, y: 0, width: 1, height: 1, "color-interpolation-filters": "sRGB" })
  const transfer = filter.appendChild(svgElement("feComponentTransfer"))
  for (const channel of CHANNELS) transfer.append(svgElement(channel, { type: "linear" }))
  const size = { width, height, preserveAspectRatio: "none" }
  drawing.append(filter, svgElement("image", { ...size, href: data.radiograph, filter: `url(#${id})` }))
  if (heat) drawing.append(svgElement("image", { ...size, href: heat, class: "heat" }))
  for (const kind of data.outline ? ["outline under", "outline"] : []) {
    drawing.append(svgElement("path", { d: data.outline, class: kind, "vector-effect": "non-scaling-stroke" }))
  }
  return drawing
}

/** @param {string} said */
const problemOf = (said) => element("p", { class: "problem" }, said)

// Window and level as DICOM has them (PS3.3 C.11.2.1.2): the grey level g, 0 to 255, is shown as
// (g - (level - 0.5)) / (window - 1) + 0.5 in [0, 1]; 256 and 128 show it as it is. Inverted, 1 less that.
/** @param {Viewer} viewer */
function apply(viewer) {
  const sign = settings.invert ? -1 : 1
  const slope = (sign * 255) / (settings.window - 1)
  const intercept = 0.5 - (sign * (settings.level - 0.5)) / (settings.window - 1)
  for (const channel of viewer.box.querySelectorAll(CHANNELS.join(", "))) {
    channel.setAttribute("slope", String(slope))
    channel.setAttribute("intercept", String(intercept))
  }
  for (const heat of parts(viewer.box, ".heat", SVGElement)) heat.style.opacity = String(settings.opacity / 100)
  for (const outline of parts(viewer.box, ".outline", SVGElement)) outline.style.display = settings.outline ? "" : "none"
  for (const input of viewer.box.querySelectorAll("input")) {
    const setting = settings[input.name]
    if (input.type === "checkbox") input.checked = setting === true
    else {
      input.value = String(setting)
      if (input.nextElementSibling) input.nextElementSibling.textContent = `${setting}${input.name === "opacity" ? " %" : ""}`
    }
  }
}

// Keys count where nothing else wants them: in the viewer, or while no element of the page has the focus.
/** @param {Viewer} viewer @param {KeyboardEvent} event */
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
  } else if (event.key in STEPS && !isSlider(path[0])) step(viewer, STEPS[event.key])
  else return
  event.preventDefault()
}

/** @param {EventTarget} target */
const isSlider = (target) => target instanceof HTMLInputElement && target.type === "range"

// A number is sent, not a step: of keys pressed faster than the page answers, Streamlit keeps the last.
/** @param {Viewer} viewer @param {number} by */
function step(viewer, by) {
  const to = (viewer.wanted ?? viewer.data.at) + by
  if (to < 0 || to >= viewer.data.total) return
  viewer.wanted = to
  place(viewer)
  viewer.send("go", to)
}

/** @param {Viewer} viewer */
function place(viewer) {
  const { total } = viewer.data
  const at = viewer.wanted ?? viewer.data.at
  const of = total.toLocaleString("en-US")
  viewer.find(".place").textContent =
    at < 0 ? `not among the ${of} looked at` : `${(at + 1).toLocaleString("en-US")} of ${of}`
  viewer.find(".opened").setAttribute("aria-busy", String(viewer.wanted !== undefined))
  viewer.button(".previous").disabled = at <= 0
  viewer.button(".next").disabled = at + 1 >= total
}

/** @param {Viewer} viewer */
function close(viewer) {
  viewer.send("close", viewer.wanted ?? viewer.data.at)
}
