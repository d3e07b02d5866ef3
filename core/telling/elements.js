// Elements of a page, and texts that change where they stand.

/** @typedef {{ [name: string]: string | number }} Attributes */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {(Node | string)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  made.append(...children)
  return made
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 */
export function svgElement(tag, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  return made
}

/**
 * The element that is there because the page's own HTML has it.
 * @template {Element} Kind
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} kind
 */
export function part(root, selector, kind) {
  const found = root.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`${selector} is not there`)
}

/**
 * All elements of this kind that are there.
 * @template {Element} Kind
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => Kind} kind
 */
export function parts(root, selector, kind) {
  return [...root.querySelectorAll(selector)].flatMap((found) => (found instanceof kind ? [found] : []))
}

/**
 * A text whose node stays: setting `data` moves no element, which keeps a drag at 60 frames a second.
 * @param {Node} parent
 */
export function text(parent) {
  return parent.appendChild(document.createTextNode(""))
}

/**
 * A number and its percent sign stay on one line.
 * @param {Text} node
 * @param {string} words
 */
export function write(node, words) {
  const drawn = words.includes(" %") ? words.replace(/(\d) %/g, "$1\u00a0%") : words
  if (node.data !== drawn) node.data = drawn
}

/**
 * What has the focus in the document, or in the shadow tree, that `node` stands in.
 * @param {Node} node
 */
export function focusedBeside(node) {
  const root = node.getRootNode()
  return root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null
}

/** @param {HTMLCanvasElement} canvas */
export function penOf(canvas) {
  const pen = canvas.getContext("2d")
  if (pen) return pen
  throw new Error("this browser draws no canvas")
}
