// What a pair of thresholds means in children, in two sentences and their shares.

import { element, text, write } from "../../core/telling/elements.js"
import { are, count, plural } from "../../core/telling/explorer/format.js"

export class FateSentences {
  constructor() {
    this.block = element("div", { class: "sentences" })
    this.of = { positive: this.build("positive"), negative: this.build("negative") }
  }

  /** @param {string} kind */
  build(kind) {
    const part = this.block.appendChild(element("div"))
    const words = text(part.appendChild(element("p")))
    const share = part.appendChild(element("div", { class: `share three ${kind}`, "aria-hidden": "true" }))
    return { words, right: share.appendChild(element("i")), referred: share.appendChild(element("u")) }
  }

  // `ill` and `well`: images ruled out, referred and ruled in.
  /** @param {import("./moved.js").Found} found @param {import("../../core/telling/explorer/outcome.js").CountsSent} counted */
  draw({ ill, well }, { noun, classes, patients }) {
    /** @param {number[]} counts */
    const sum = (counts) => counts.reduce((total, value) => total + value, 0)
    write(
      this.of.positive.words,
      `Of ${plural(sum(ill), noun)} ${classes[1]} (${patients[1]}), ${are(ill[2])} ruled in, ${are(ill[1])} referred and ${are(ill[0])} ruled out, which means missed.`,
    )
    write(
      this.of.negative.words,
      `Of ${count(sum(well))} ${classes[0]} (${patients[0]}), ${are(well[0])} ruled out, ${are(well[1])} referred and ${are(well[2])} ruled in, which means falsely alarmed.`,
    )
    for (const { part, counts, place } of [{ part: this.of.positive, counts: ill, place: 2 }, { part: this.of.negative, counts: well, place: 0 }]) {
      const { right, referred } = part
      const [certain, sent] = [counts[place] / sum(counts) || 0, counts[1] / sum(counts) || 0]
      right.style.transform = `scaleX(${certain})`
      referred.style.transform = `translateX(${100 * certain}%) scaleX(${sent})`
    }
  }
}
