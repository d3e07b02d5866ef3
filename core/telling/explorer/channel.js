// What a control says and others on the page hear: they are components of their own, which share the document alone.

/** @typedef {{ run: string, split: string, counts: import("./rates.js").Counts, sizes: import("./rates.js").Sizes }} ThresholdMoved */

export const THRESHOLD_MOVED = "threshold-moved"

/**
 * Says what `latest` gives, whenever `say` is called or somebody begins to listen; null is not said.
 * @template Latest
 * @param {string} name
 * @param {() => Latest | null} latest
 */
export function speaker(name, latest) {
  const say = () => {
    const detail = latest()
    if (detail !== null) document.dispatchEvent(new CustomEvent(name, { detail }))
  }
  document.addEventListener(`${name}-asked`, say)
  return { say, end: () => document.removeEventListener(`${name}-asked`, say) }
}

/**
 * Tells `heard` what is said, beginning with the latest where there is one; gives what ends that.
 * @template Latest
 * @param {string} name
 * @param {(latest: Latest) => void} heard
 */
export function listen(name, heard) {
  /** @param {Event} event */
  const told = (event) => heard(/** @type {CustomEvent<Latest>} */ (event).detail)
  document.addEventListener(name, told)
  document.dispatchEvent(new Event(`${name}-asked`))
  return () => document.removeEventListener(name, told)
}
