// Numbers as theme.py writes them; `toFixed` and theme.py both round half up from the exact value.

/** @typedef {import("./rates.js").Estimate} Estimate */
/** @typedef {(value: number) => string} Written */
/**
 * How thresholds are called, `scale_of` of live.py.
 * @typedef {object} Scale
 * @property {string} called
 * @property {boolean} isProbability
 * @property {number} temperature
 * @property {number} midpoint
 * @property {string} unit
 * @property {string} named
 * @property {{ shifts: number[], words: string }} clinic
 */

const EM_DASH = "—"
export const MINUS = "−"
export const CLASS_COLOURS = { negative: "#0072B2", positive: "#D55E00" }

const grouped = new Intl.NumberFormat("en-US")
/** @type {Written} */
export const count = (number) => grouped.format(number)
/** @type {Written} */
export const rate = (value) => (Number.isFinite(value) ? value.toFixed(3) : EM_DASH)
/** @param {Estimate} estimate */
export const interval = (estimate) => limits(estimate, rate)

// A value without an interval says so; what is undefined has neither.
/** @param {Estimate} estimate @param {Written} written */
function limits({ value, low, high }, written) {
  if (Number.isFinite(low + high)) return `${written(low)} to ${written(high)}`
  if (high === Infinity) return `${written(low)} or more`
  return Number.isNaN(value) ? "" : "no interval"
}

/** @param {number} value */
function signed(value, places = 3) {
  if (!Number.isFinite(value)) return EM_DASH
  return (value < 0 ? "" : "+") + value.toFixed(places).replace("-", MINUS)
}

// A difference and its interval, in as many decimals (six at most) as tell a limit from 0.
/** @param {Estimate} estimate @returns {[string, string]} */
export function signedDifference({ value, low, high }) {
  if (!Number.isFinite(low + high)) return [signed(value), limits({ value, low, high }, signed)]
  /** @type {(limit: number, places: number) => boolean} */
  const looksLikeZero = (limit, places) => Math.abs(limit) >= 0.5e-6 && !Number(limit.toFixed(places))
  let places = 3
  while (places < 6 && (looksLikeZero(low, places) || looksLikeZero(high, places))) places += 1
  return [signed(value, places), `${signed(low, places)} to ${signed(high, places)}`]
}

// "Of 10 alarms, 2 are real (46 of 231)."; of more alarms where ten would make a certainty of it that it is not.
/** @param {number} real @param {number} alarms */
export function alarmsInWords(real, alarms) {
  if (!alarms) return "Nobody is called positive, so there is no alarm."
  const among = [10, 100, 1000, 10000].find((many) => real % alarms === 0 || Math.round((many * real) / alarms) % many)
  return `Of ${count(among ?? alarms)} alarms, ${are(Math.round(((among ?? alarms) * real) / alarms))} real (${count(real)} of ${count(alarms)}).`
}

/** @param {number} value */
export function ratio(value) {
  if (value === Infinity) return "∞"
  if (!Number.isFinite(value)) return EM_DASH
  if (value > 0 && value < 0.0001) return "<0.0001"
  if (value >= 999999.5) return ">999,999"
  if (value >= 999.5) return count(Number(value.toFixed(0)))
  const places = value > 0 ? 2 - Math.floor(Math.log10(value)) : 2
  const text = value.toFixed(places)
  return text.replace(".", "").replace(/^0+/, "").length <= 3 ? text : value.toFixed(places - 1)
}

/** @param {Estimate} estimate */
export const ratioInterval = (estimate) => limits(estimate, ratio)

/** @param {number} value */
export function probability(value) {
  if (value > 0 && value < 0.0001) return "<0.0001"
  if (value > 0.9999 && value < 1) return ">0.9999"
  return value.toFixed(4)
}

// What a logit is called, stable at both ends like scipy's expit; `shift` leads to another prevalence. A score that is
// no probability is called by itself.
/** @param {number} logit @param {Scale} scale */
export function called(logit, scale, shift = 0) {
  if (!scale.isProbability) return logit
  const x = (logit - scale.midpoint) / scale.temperature + shift
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))
}

// How a threshold is called, and what it is on the axis that it lies on.
/** @param {number} threshold @param {Scale} scale */
export function namedThreshold(threshold, scale) {
  return `${scale.named} · ${scale.unit} ${threshold.toFixed(4).replace("-", MINUS)}`
}

/** @param {number} number @param {string} noun */
export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`
/** @param {number} number */
export const are = (number) => `${count(number)} ${number === 1 ? "is" : "are"}`
