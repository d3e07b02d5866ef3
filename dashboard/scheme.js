// Has the page drawn anew once the colour scheme changed under it: charts have the inks of the scheme they were drawn in.

import { part } from "../core/telling/elements.js"

/** @type {WeakMap<object, MutationObserver>} */
const watched = new WeakMap()

/** @param {import("../core/telling/explorer/live.js").Component<unknown>} component */
export default function ({ parentElement, setTriggerValue }) {
  watched.get(parentElement)?.disconnect()
  const app = part(document, ".stApp", HTMLElement)
  const ground = () => getComputedStyle(app).backgroundColor
  let drawn = ground()
  const watch = new MutationObserver(() => {
    if (ground() === drawn) return
    drawn = ground()
    setTriggerValue("changed", drawn)
  })
  watch.observe(app, { attributes: true, attributeFilter: ["class"] })
  watched.set(parentElement, watch)
  return () => watch.disconnect()
}
