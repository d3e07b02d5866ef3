// The formulas of core/evaluation: PPV and NPV at a known prevalence, and what is to be expected of 1,000
// children. The whole numbers are the same, as both do the same operations in the same order.

import { undefinedFor, withoutLimits } from "../../core/telling/explorer/rates.js"

/** @typedef {import("../../core/telling/explorer/rates.js").Estimate} Estimate */

export const CHILDREN = 1000

// PPV and NPV, logit method of Mercaldo, Lau and Zhou (2007); `sizes` as of rates.js. Undefined is NaN with a reason.
/** @param {number} sensitivity @param {number} specificity @param {import("../../core/telling/explorer/rates.js").Sizes} sizes @param {number} prevalence @param {number} z @returns {[Estimate, Estimate]} */
export function predictiveValues(sensitivity, specificity, sizes, prevalence, z) {
  if (Number.isNaN(sensitivity + specificity)) {
    const absent = undefinedFor("one class has no images")
    return [absent, absent]
  }
  const { correlation } = sizes
  const positive = ofCalled(sensitivity, specificity, sizes.sensitivity, sizes.specificity, prevalence, correlation, z)
  const negative = ofCalled(specificity, sensitivity, sizes.specificity, sizes.sensitivity, 1 - prevalence, correlation, z)
  return [positive ?? undefinedFor("no image is called positive"), negative ?? undefinedFor("no image is called negative")]
}

// Of the images called as one class, the share that is; `rate` and `share` are that class's own.
/** @param {number} rate @param {number} other @param {number} ofRate @param {number} ofOther @param {number} share @param {number} correlation @param {number} z @returns {Estimate | null} */
function ofCalled(rate, other, ofRate, ofOther, share, correlation, z) {
  const [right, wrong] = [share * rate, (1 - share) * (1 - other)]
  if (!(right + wrong)) return null
  const value = right / (right + wrong)
  if (!(ofRate && ofOther)) return withoutLimits(value)
  if ([0, 1].includes(rate) || [0, 1].includes(other)) {
    ;[rate, ofRate] = adjusted(rate, ofRate, z)
    ;[other, ofOther] = adjusted(other, ofOther, z)
  }
  const logit = Math.log((share * rate) / ((1 - share) * (1 - other)))
  const [x, y] = [(1 - rate) / (rate * ofRate), other / ((1 - other) * ofOther)]
  const half = z * Math.sqrt(Math.max(x + y + 2 * correlation * Math.sqrt(x * y), 0))
  const [low, high] = [logit - half, logit + half].map((end) => 1 / (1 + Math.exp(-end)))
  return { value, low: Math.min(low, value), high: Math.max(high, value) }
}

/** @param {number} rate @param {number} size @param {number} z */
function adjusted(rate, size, z) {
  return [(rate * size + (z * z) / 2) / (size + z * z), size + z * z]
}

// Largest remainders twice: into ill and well, then each by what it is called. Null where a rate is undefined.
/** @param {number} sensitivity @param {number} specificity @param {number} prevalence */
export function outlook(sensitivity, specificity, prevalence, children = CHILDREN) {
  if (Number.isNaN(sensitivity + specificity)) return null
  const ill = largestRemainder(children, prevalence)
  const well = children - ill
  const [found, cleared] = [largestRemainder(ill, sensitivity), largestRemainder(well, specificity)]
  return { found, missed: ill - found, alarmed: well - cleared, cleared }
}

/** @param {number} total @param {number} share */
function largestRemainder(total, share) {
  const quota = total * share
  const whole = Math.floor(quota)
  return whole + (quota - whole >= 0.5 ? 1 : 0)
}

// A prevalence that somebody set is written in five digits wherever it stands, one that was estimated in three.
export const SET_DIGITS = 5
/** @type {(share: number, digits?: number) => string} */
export const percent = (share, digits = 3) => `${Number((100 * share).toPrecision(digits))} %`
