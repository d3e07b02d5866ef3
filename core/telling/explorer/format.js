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

// "Of 10 alarms, 2 are real (46 of 231)."; of more alarms where ten would make a certainty of it that it is not.
function alarmsInWords(real, alarms) {
  if (!alarms) return "Nobody is called positive, so there is no alarm."
  const among = [10, 100, 1000, 10000].find((many) => real % alarms === 0 || Math.round((many * real) / alarms) % many)
  return `Of ${count(among ?? alarms)} alarms, ${are(Math.round(((among ?? alarms) * real) / alarms))} real (${count(real)} of ${count(alarms)}).`
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

// What a logit is called, stable at both ends like scipy's expit; `shift` leads to another prevalence. A score that is
// no probability is called by itself.
function called(logit, scale, shift = 0) {
  if (!scale.isProbability) return logit
  const x = (logit - scale.midpoint) / scale.temperature + shift
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))
}

// How a threshold is called, and what it is on the axis that it lies on.
function namedThreshold(threshold, scale) {
  return `${scale.named} · ${scale.unit} ${threshold.toFixed(4).replace("-", MINUS)}`
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

// A number and its percent sign stay on one line.
function write(node, words) {
  const drawn = words.replace(/(\d) %/g, "$1\u00a0%")
  if (node.data !== drawn) node.data = drawn
}
