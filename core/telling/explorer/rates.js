// The rates and intervals of core/evaluation/choosing/operating_point.py and intervals.py: the same formulas, the same cases.
// An estimate is { value, low, high, reason }; undefined is NaN with a reason, and so are limits that do not exist. What
// is infinite says so in its reason.

/** @typedef {{ value: number, low: number, high: number, reason?: string | undefined }} Estimate */
/** @typedef {{ tp: number, fp: number, tn: number, fn: number }} Counts */
/**
 * Effective sample sizes by rate, and the correlation of sensitivity and specificity.
 * @typedef {{ sensitivity: number, specificity: number, precision: number, npv: number, accuracy: number, f1: number, correlation: number }} Sizes
 */

const FEW_CLUSTERS = "no interval, as one patient or two have most of the images"
/** @type {(reason: string | undefined) => Estimate} */
export const undefinedFor = (reason) => ({ value: NaN, low: NaN, high: NaN, reason })
/** @type {(value: number, reason?: string) => Estimate} */
export const withoutLimits = (value, reason = FEW_CLUSTERS) => ({ value, low: NaN, high: NaN, reason })
/** @param {Estimate} estimate */
const limited = ({ low, high }) => Number.isFinite(low + high)

// Wilson's score interval with an effective sample size.
/** @param {number} p @param {number} size @param {number} z @returns {[number, number]} */
function wilson(p, size, z) {
  if (Number.isNaN(p) || !(size > 0)) return [NaN, NaN]
  const centre = (p + (z * z) / (2 * size)) / (1 + (z * z) / size)
  const half = (z / (1 + (z * z) / size)) * Math.sqrt((p * (1 - p)) / size + (z * z) / (4 * size * size))
  return [p === 0 ? 0 : Math.max(centre - half, 0), p === 1 ? 1 : Math.min(centre + half, 1)]
}

/** @param {number} hits @param {number} total @param {number} size @param {number} z @param {string} reason @returns {Estimate} */
export function proportion(hits, total, size, z, reason) {
  if (!total) return undefinedFor(reason)
  if (!(size > 0)) return withoutLimits(hits / total)
  const [low, high] = wilson(hits / total, size, z)
  return { value: hits / total, low, high }
}

// a weighted `ofA` plus b weighted `ofB`, of rates of different classes: MOVER from the limits of both and their correlation.
/** @param {Estimate} a @param {number} ofA @param {Estimate} b @param {number} ofB @param {number} correlation @returns {Estimate} */
export function weightedSum(a, ofA, b, ofB, correlation) {
  if (Number.isNaN(a.value + b.value)) return undefinedFor("one class has no images")
  const value = ofA * a.value + ofB * b.value
  if (!limited(a) || !limited(b)) return withoutLimits(value)
  /** @param {(estimate: Estimate) => number} ofEach */
  const reach = (ofEach) => {
    const [x, y] = [ofA * ofEach(a), ofB * ofEach(b)]
    return correlation ? Math.sqrt(Math.max(x * x + y * y + 2 * correlation * x * y, 0)) : Math.hypot(x, y)
  }
  const [below, above] = [reach((rate) => rate.value - rate.low), reach((rate) => rate.high - rate.value)]
  return { value, low: Math.max(value - below, 0), high: Math.min(value + above, 1) }
}

// F1 = 2q / (1 + q) of q = TP / (TP + FP + FN), which is monotone.
/** @param {Estimate} q @returns {Estimate} */
function f1(q) {
  if (Number.isNaN(q.value)) return q
  /** @param {number} x */
  const mapped = (x) => (2 * x) / (1 + x)
  return { value: mapped(q.value), low: mapped(q.low), high: mapped(q.high), reason: q.reason }
}

// LR+ and LR-: plain quotients, with limits by the log method; where a cell is 0, 0.5 is added to all four for these.
/** @param {Estimate} sensitivity @param {Estimate} specificity @param {Sizes} sizes @param {number} z */
function likelihoodRatios(sensitivity, specificity, sizes, z) {
  const [found, cleared] = [sensitivity.value, specificity.value]
  if (Number.isNaN(found + cleared)) {
    const absent = undefinedFor("one class has no images")
    return [absent, absent]
  }
  const few = !(sizes.sensitivity && sizes.specificity)
  let cells = [
    found * sizes.sensitivity,
    (1 - found) * sizes.sensitivity,
    (1 - cleared) * sizes.specificity,
    cleared * sizes.specificity,
  ]
  if (cells.some((cell) => cell === 0)) cells = cells.map((cell) => cell + 0.5)
  const [hits, missed, alarmed, dismissed] = cells
  /** @type {(ofIll: number, ofWell: number) => [number, number]} */
  const limits = (ofIll, ofWell) => logLimits(ofIll, hits + missed, ofWell, alarmed + dismissed, sizes.correlation, z)
  return [
    quotient("positive", found, 1 - cleared, limits(hits, alarmed), few),
    quotient("negative", 1 - found, cleared, limits(missed, dismissed), few),
  ]
}

/** @param {number} a @param {number} ofA @param {number} b @param {number} ofB @param {number} correlation @param {number} z @returns {[number, number]} */
function logLimits(a, ofA, b, ofB, correlation, z) {
  const [x, y] = [Math.max(1 / a - 1 / ofA, 0), Math.max(1 / b - 1 / ofB, 0)]
  const variance = Math.max(x + y + 2 * correlation * Math.sqrt(x * y), 0)
  const [centre, factor] = [a / ofA / (b / ofB), Math.exp(z * Math.sqrt(variance))]
  return [centre / factor, centre * factor]
}

// How many times as often the ill as the well are `called` so, from the two shares; the limits hold the value.
/** @param {string} called @param {number} ofIll @param {number} ofWell @param {[number, number]} limits @param {boolean} few @returns {Estimate} */
function quotient(called, ofIll, ofWell, [low, high], few) {
  if (!(ofIll || ofWell)) return undefinedFor(`no image is called ${called}`)
  const value = ofIll / ofWell
  const reason = ofWell ? undefined : `infinite, as no negative image is called ${called}`
  if (few) return withoutLimits(value, reason && `${reason}; ${FEW_CLUSTERS}`)
  return { value, low: Math.min(low, value), high: Math.max(high, value), reason }
}

// Newcombe's interval of a - b from the limits of both.
/** @param {Estimate} a @param {Estimate} b @returns {Estimate} */
export function difference(a, b) {
  if (Number.isNaN(a.value + b.value)) return undefinedFor("one of the two figures is")
  const value = a.value - b.value
  if (!limited(a) || !limited(b)) return withoutLimits(value)
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
  }
}

// Every rate of one 2x2 table { tp, fp, tn, fn }; `sizes` are effective, with the correlation of sensitivity and specificity.
/** @param {Counts} counts @param {Sizes} sizes @param {number} z */
export function rates({ tp, fp, tn, fn }, sizes, z) {
  const sensitivity = proportion(tp, tp + fn, sizes.sensitivity, z, "no positive images")
  const specificity = proportion(tn, tn + fp, sizes.specificity, z, "no negative images")
  const overlap = proportion(tp, tp + fp + fn, sizes.f1, z, "no positive images, and none called positive")
  const [positive, negative] = likelihoodRatios(sensitivity, specificity, sizes, z)
  return {
    sensitivity,
    specificity,
    precision: proportion(tp, tp + fp, sizes.precision, z, "no image is called positive"),
    npv: proportion(tn, tn + fn, sizes.npv, z, "no image is called negative"),
    accuracy: proportion(tp + tn, tp + fp + tn + fn, sizes.accuracy, z, "no images"),
    balanced_accuracy: weightedSum(sensitivity, 0.5, specificity, 0.5, sizes.correlation),
    f1: f1(overlap),
    lr_positive: positive,
    lr_negative: negative,
  }
}
