// Numbers as theme.py writes them; `toFixed` and theme.py both round half up from the exact value.
const EM_DASH = "—"
const MINUS = "−"
const CLASS_COLOURS = { negative: "#0072B2", positive: "#D55E00" }

const grouped = new Intl.NumberFormat("en-US")
const count = (number) => grouped.format(number)
const rate = (value) => (Number.isFinite(value) ? value.toFixed(3) : EM_DASH)
const interval = (estimate) => limits(estimate, rate)

// A value without an interval says so; what is undefined has neither.
function limits({ value, low, high }, written) {
  if (Number.isFinite(low + high)) return `${written(low)} to ${written(high)}`
  if (high === Infinity) return `${written(low)} or more`
  return Number.isNaN(value) ? "" : "no interval"
}

function signed(value, places = 3) {
  if (!Number.isFinite(value)) return EM_DASH
  return (value < 0 ? "" : "+") + value.toFixed(places).replace("-", MINUS)
}

// A difference and its interval, in as many decimals (six at most) as tell a limit from 0.
function signedDifference({ value, low, high }) {
  if (!Number.isFinite(low + high)) return [signed(value), limits({ value, low, high }, signed)]
  const looksLikeZero = (limit, places) => Math.abs(limit) >= 0.5e-6 && !Number(limit.toFixed(places))
  let places = 3
  while (places < 6 && (looksLikeZero(low, places) || looksLikeZero(high, places))) places += 1
  return [signed(value, places), `${signed(low, places)} to ${signed(high, places)}`]
}

function ratio(value) {
  if (value === Infinity) return "∞"
  if (!Number.isFinite(value)) return EM_DASH
  if (value > 0 && value < 0.0001) return "<0.0001"
  if (value >= 999999.5) return ">999,999"
  if (value >= 999.5) return grouped.format(value.toFixed(0))
  const places = value > 0 ? 2 - Math.floor(Math.log10(value)) : 2
  const text = value.toFixed(places)
  return text.replace(".", "").replace(/^0+/, "").length <= 3 ? text : value.toFixed(places - 1)
}

const ratioInterval = (estimate) => limits(estimate, ratio)

function probability(value) {
  if (value > 0 && value < 0.0001) return "<0.0001"
  if (value > 0.9999 && value < 1) return ">0.9999"
  return value.toFixed(4)
}

// What a logit is called, stable at both ends like scipy's expit; `shift` leads to another prevalence.
function called(logit, temperature, shift = 0) {
  const x = logit / temperature + shift
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))
}

const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`
const are = (number) => `${count(number)} ${number === 1 ? "is" : "are"}`

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

// A text whose node stays: setting `data` moves no element, which keeps a drag at 60 frames a second.
function text(parent) {
  return parent.appendChild(document.createTextNode(""))
}

function write(node, words) {
  if (node.data !== words) node.data = words
}
