// How many images of each patient lie between two thresholds, kept as the thresholds move: only images that are passed
// are counted in or out, so that the effective sample size of the referred share is exact and follows the drag.

import { proportion } from "../../core/telling/explorer/rates.js"

export class Between {
  // `patients` (n,) is the patient of each image, from the highest score down, of so many `numbers`; null where each has
  // one. `worth` is what Student's t of so many patients takes off an effective size, worth_of_many of
  // core/evaluation/estimates/clusters.py.
  /** @param {Uint32Array | null} patients @param {number} numbers @param {number} n @param {number} worth */
  constructor(patients, numbers, n, worth) {
    this.patients = patients
    this.n = n
    this.worth = worth
    this.cells = counted(patients, numbers)
    this.nn = patients ? product(this.cells, this.cells) : n
    this.from = this.to = 0
    this.xx = this.xn = 0 // sums over patients of x^2 and x n, x of their n images between
    /** @type {Between | null} */
    this.other = null
    this.xm = this.xy = this.nm = 0 // of x m, x y and n m, where y of m images of the other class lie between
  }

  // The images of the same patients that are of the other class: what both vary together is kept from now on.
  /** @param {Between} other */
  beside(other) {
    this.other = other
    other.other = this
    this.nm = other.nm = product(this.cells, other.cells)
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
    this.pass(patients, this.to, to, 1)
    this.pass(patients, from, this.from, 1)
    this.pass(patients, to, this.to, -1)
    this.pass(patients, this.from, from, -1)
  }

  // Count the images from place `start` up to `end` in, or out; none where they do not stand in this order. A drag
  // passes ten thousands a frame, so the sums are kept at hand.
  /** @param {Uint32Array} patients @param {number} start @param {number} end @param {number} by */
  pass(patients, start, end, by) {
    const { cells, other } = this
    let { xx, xn, xm, xy } = this
    for (let place = start; place < end; place++) {
      const cell = 2 * patients[place]
      xx += 2 * by * cells[cell + 1] + 1
      xn += by * cells[cell]
      cells[cell + 1] += by
      if (other) {
        xm += by * other.cells[cell]
        xy += by * other.cells[cell + 1]
      }
    }
    Object.assign(this, { xx, xn, xm, xy })
    if (other) other.xy = xy
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
    const [p, q] = [(this.to - this.from) / this.n, (other.to - other.from) / other.n]
    const together = this.xy - q * this.xm - p * other.xm + p * q * this.nm
    const apart = this.spread(p) * other.spread(q)
    return apart > 0 ? Math.min(Math.max(together / Math.sqrt(apart), -1), 1) : 0
  }

  // Sum over patients of (x - p n)^2.
  /** @param {number} p */
  spread(p) {
    return Math.max(this.xx - 2 * p * this.xn + p * p * this.nn, 0)
  }
}

/** @typedef {Uint8Array | Uint32Array} Cells of each patient, beside each other: how many images it has, and how many of them lie between */

// In the smallest numbers that hold them, as a drag goes through them by the thousand.
/** @param {Uint32Array | null} patients @param {number} numbers @returns {Cells} */
function counted(patients, numbers) {
  const cells = new Uint32Array(patients ? 2 * numbers : 0)
  for (const patient of patients ?? []) cells[2 * patient] += 1
  return cells.every((count) => count < 256) ? Uint8Array.from(cells) : cells
}

// The sum over patients of the images that they have of one and of the other.
/** @param {Cells} a @param {Cells} b */
function product(a, b) {
  let sum = 0
  for (let cell = 0; cell < a.length; cell += 2) sum += a[cell] * b[cell]
  return sum
}
