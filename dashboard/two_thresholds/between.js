// How many images of each patient lie between two thresholds, kept as the thresholds move: only images that are passed
// are counted in or out, so that the effective sample size of the referred share is exact and follows the drag.

import { proportion } from "../../core/telling/explorer/rates.js"

export class Between {
  // `patients` (n,) is the patient of each image, from the highest score down, null where each has one; `worth` is what
  // Student's t of so many patients takes off an effective size, worth_of_many of core/evaluation/estimates/clusters.py.
  /** @param {Uint32Array | null} patients @param {number} n @param {number} worth */
  constructor(patients, n, worth) {
    this.patients = patients
    this.n = n
    this.worth = worth
    const numbers = patients ? patients.reduce((most, patient) => Math.max(most, patient + 1), 0) : 0
    this.images = new Uint32Array(numbers)
    this.inside = new Uint32Array(numbers)
    for (const patient of patients ?? []) this.images[patient] += 1
    this.nn = patients ? this.images.reduce((sum, images) => sum + images * images, 0) : n
    this.from = this.to = 0
    this.xx = this.xn = 0 // sums over patients of x^2 and x n, x of their n images between
    /** @type {number[] | null} */
    this.shared = null
  }

  // The share of images from place `from` up to `to`: Wilson with patients as clusters.
  /** @param {number} from @param {number} to @param {number} z @param {string} reason */
  share(from, to, z, reason) {
    if (this.patients) this.count(this.patients, from, to)
    this.from = from
    this.to = to
    return proportion(to - from, this.n, this.size(to - from), z, reason)
  }

  /** @param {Uint32Array} patients @param {number} from @param {number} to */
  count(patients, from, to) {
    while (this.to < to) this.pass(patients[this.to++], 1)
    while (this.from > from) this.pass(patients[--this.from], 1)
    while (this.to > to) this.pass(patients[--this.to], -1)
    while (this.from < from) this.pass(patients[this.from++], -1)
  }

  /** @param {number} patient @param {number} by */
  pass(patient, by) {
    this.xx += 2 * by * this.inside[patient] + 1
    this.xn += by * this.images[patient]
    this.inside[patient] += by
  }

  // effective_size of core/evaluation/estimates/clusters.py for the images that are inside.
  /** @param {number} x */
  size(x) {
    const { n, worth, nn } = this
    if (nn === n || !worth) return worth * n
    const clusters = (n * n) / nn
    if (x === 0 || x === n) return clusters
    const p = x / n
    const design = (this.spread(p) / (x * (1 - p))) * ((1 - 1 / n) / (1 - 1 / clusters))
    return (n / Math.max(design, 1)) * worth
  }

  // That of the shares of two classes' images over the patients that have both, as in core/evaluation/estimates/both_classes.py.
  /** @param {Between} other */
  correlation(other) {
    const [n, m] = [this.n, other.n]
    const [p, q] = [(this.to - this.from) / n, (other.to - other.from) / m]
    this.shared ??= [...this.images.keys()].filter((patient) => this.images[patient] && other.images[patient])
    const together = this.shared.reduce(
      (sum, patient) => sum + (this.inside[patient] - p * this.images[patient]) * (other.inside[patient] - q * other.images[patient]),
      0,
    )
    const apart = this.spread(p) * other.spread(q)
    return apart > 0 ? Math.min(Math.max(together / Math.sqrt(apart), -1), 1) : 0
  }

  // Sum over patients of (x - p n)^2.
  /** @param {number} p */
  spread(p) {
    return Math.max(this.xx - 2 * p * this.xn + p * p * this.nn, 0)
  }
}
