// The figures of core/evaluation/choosing/triage.py for one split: what becomes of its images at two positions.

import { weightedSum } from "../../core/telling/explorer/rates.js"
import { predictiveValues } from "../clinic/predictive.js"
import { Between } from "./between.js"

/** @typedef {import("../../core/telling/explorer/positions.js").Positions} Positions */
/** @typedef {import("../../core/telling/explorer/positions.js").Split} Split */
/** @typedef {import("../../core/telling/explorer/rates.js").Estimate} Estimate */
/** @typedef {import("../../core/telling/explorer/rates.js").Counts} Counts */
/** @typedef {{ all: number, ill: number, well: number }} Worth */

export class Triage {
  // `images` (n,): twice the patient's number plus the label, from the highest score down, null where each is the only
  // one of its patient; `worth` of all, ill and well.
  /** @param {Positions} positions @param {Split} split @param {Uint32Array | null} images @param {Worth} worth */
  constructor(positions, split, images, worth) {
    this.positions = positions
    this.split = split
    /** @param {(image: number) => unknown} chosen */
    const patients = (chosen) => images && images.filter(chosen).map((image) => image >>> 1)
    const numbers = images ? images.reduce((most, image) => Math.max(most, (image >>> 1) + 1), 0) : 0
    this.all = new Between(patients(() => true), numbers, split.n_pos + split.n_neg, worth.all)
    this.ill = new Between(patients((image) => image & 1), numbers, split.n_pos, worth.ill)
    this.well = new Between(patients((image) => !(image & 1)), numbers, split.n_neg, worth.well)
    this.ill.beside(this.well)
  }

  // `lower` and `upper` are indices of positions; `prevalence` null is that of the images.
  /** @param {number} lower @param {number} upper @param {number | null} prevalence @returns {import("./moved.js").Found} */
  at(lower, upper, prevalence) {
    const { positions, split } = this
    const [below, above] = [positions.counts(split, lower), positions.counts(split, upper)]
    const [out, into] = [positions.rates(split, lower), positions.rates(split, upper)]
    let [npv, ppv] = [out.npv, into.precision]
    if (prevalence !== null) [npv, ppv] = [this.predictive(lower, out, prevalence)[1], this.predictive(upper, into, prevalence)[0]]
    return {
      ill: [below.fn, below.tp - above.tp, above.tp],
      well: [below.tn, below.fp - above.fp, above.fp],
      figures: {
        npv,
        ppv,
        referred: this.referred(lower === upper, below, above, prevalence),
        missed: complement(out.sensitivity),
        alarmed: complement(into.specificity),
      },
    }
  }

  /** @param {number} index @param {{ sensitivity: Estimate, specificity: Estimate }} found @param {number} prevalence */
  predictive(index, { sensitivity, specificity }, prevalence) {
    const { positions, split } = this
    return predictiveValues(sensitivity.value, specificity.value, positions.sizes(split, index), prevalence, positions.z)
  }

  /** @param {boolean} equal @param {Counts} below @param {Counts} above @param {number | null} prevalence @returns {Estimate} */
  referred(equal, below, above, prevalence) {
    const { z } = this.positions
    const reason = "one class has no images"
    let share
    if (prevalence === null) share = this.all.share(above.tp + above.fp, below.tp + below.fp, z, "no images")
    else {
      const [ill, well] = [this.ill.share(above.tp, below.tp, z, reason), this.well.share(above.fp, below.fp, z, reason)]
      share = weightedSum(ill, prevalence, well, 1 - prevalence, this.ill.correlation(this.well))
    }
    return equal && !Number.isNaN(share.value) ? { value: 0, low: 0, high: 0 } : share
  }
}

/** @type {(rate: Estimate) => Estimate} */
const complement = ({ value, low, high, reason }) => ({ value: 1 - value, low: 1 - high, high: 1 - low, reason })
