// The thresholds that can be stepped to, from the highest down, with the exact counts of every split at each.

import { rates } from "./rates.js"

/** @typedef {Float64Array | Uint32Array | number[]} Column */
/** @typedef {{ getChild(name: string): { toArray(): Column } }} Table */
/** @typedef {keyof import("./rates.js").Sizes} Rate */
/** @typedef {{ name: string, n_pos: number, n_neg: number }} SplitSent */
/** @typedef {SplitSent & { tp: Column, fp: Column, sizes: { [rate: string]: Column }, correlation: Column }} Split */
/** @typedef {{ positions: Table, splits: SplitSent[], z: number }} PositionsSent */
/** @typedef {{ [key: string]: number }} Steps */

const PAGE_SHARE = 0.05
/** @type {Exclude<Rate, "correlation">[]} */
const RATES_WITH_SIZE = ["sensitivity", "specificity", "precision", "npv", "accuracy", "f1"]

export class Positions {
  /** @param {PositionsSent} data */
  constructor({ positions, splits, z }) {
    /** @param {string} name */
    const column = (name) => positions.getChild(name).toArray()
    this.z = z
    this.threshold = column("threshold")
    this.splits = splits.map((split) => ({
      ...split,
      tp: column(`${split.name}_tp`),
      fp: column(`${split.name}_fp`),
      sizes: Object.fromEntries(RATES_WITH_SIZE.map((rate) => [rate, column(`${split.name}_size_${rate}`)])),
      correlation: column(`${split.name}_correlation`),
    }))
  }

  get last() {
    return this.threshold.length - 1
  }

  // Python keeps every threshold that it names among the positions, so this finds it; else the one just below.
  /** @param {number} threshold */
  indexOf(threshold) {
    let [low, high] = [0, this.last]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.threshold[middle] > threshold) low = middle + 1
      else high = middle
    }
    return low
  }

  /** @param {number} threshold */
  nearest(threshold) {
    const below = this.indexOf(threshold)
    const above = Math.max(below - 1, 0)
    return this.threshold[above] - threshold < threshold - this.threshold[below] ? above : below
  }

  // Where a key leads from `index`, by `steps` of its own and those of every slider; null where it is no such key.
  /** @param {KeyboardEvent} event @param {Steps} steps @param {number} index */
  stepped(event, steps, index) {
    const page = Math.max(1, Math.round(this.last * PAGE_SHARE))
    /** @type {Steps} */
    const moves = { ...steps, PageUp: -page, PageDown: page, Home: this.last, End: -this.last }
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return null
    event.preventDefault()
    event.stopPropagation()
    return Math.min(Math.max(index + moves[event.key], 0), this.last)
  }

  /** @param {Split} split @param {number} index */
  counts(split, index) {
    const [tp, fp] = [split.tp[index], split.fp[index]]
    return { tp, fp, tn: split.n_neg - fp, fn: split.n_pos - tp }
  }

  // The effective size of each rate, and the correlation of sensitivity and specificity.
  /** @param {Split} split @param {number} index @returns {import("./rates.js").Sizes} */
  sizes(split, index) {
    const sizes = [...RATES_WITH_SIZE.map((rate) => [rate, split.sizes[rate][index]]), ["correlation", split.correlation[index]]]
    return Object.fromEntries(sizes)
  }

  /** @param {Split} split @param {number} index */
  rates(split, index) {
    return rates(this.counts(split, index), this.sizes(split, index), this.z)
  }
}
