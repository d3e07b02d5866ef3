// How many images of each patient lie between two thresholds, kept as the thresholds move: only images that are passed
// are counted in or out, so that the effective sample size of the referred share is exact and follows the drag.

class Between {
  // `patients` (n,) is the patient of each image, from the highest score down.
  constructor(patients) {
    this.patients = patients
    const numbers = patients.reduce((most, patient) => Math.max(most, patient + 1), 0)
    this.images = new Uint32Array(numbers)
    this.inside = new Uint32Array(numbers)
    for (const patient of patients) this.images[patient] += 1
    this.contributing = this.images.reduce((sum, n) => sum + (n > 0), 0)
    this.nn = this.images.reduce((sum, n) => sum + n * n, 0)
    this.from = this.to = 0
    this.xx = this.xn = 0 // sums over patients of x^2 and x n, x of their n images between
  }

  // The share of images from place `from` up to `to`: Wilson with patients as clusters.
  share(from, to, z, reason) {
    while (this.to < to) this.pass(this.to++, 1)
    while (this.from > from) this.pass(--this.from, 1)
    while (this.to > to) this.pass(--this.to, -1)
    while (this.from < from) this.pass(this.from++, -1)
    return proportion(to - from, this.patients.length, this.size(to - from), z, reason)
  }

  pass(place, by) {
    const patient = this.patients[place]
    this.xx += 2 * by * this.inside[patient] + 1
    this.xn += by * this.images[patient]
    this.inside[patient] += by
  }

  // effective_size of core/evaluation/estimates/clusters.py for the images that are inside.
  size(x) {
    const n = this.patients.length
    const p = x / n
    const spread = this.xx - 2 * p * this.xn + p * p * this.nn
    const binomial = x > 0 && x < n && spread > 1e-12 * this.xx && this.contributing < n
    return binomial ? (x * (n - x)) / spread : this.contributing
  }
}
