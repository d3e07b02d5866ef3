// How what is said of the pair to the tables below is called.

/** @typedef {import("../../core/telling/explorer/rates.js").Estimate} Estimate */
/** @typedef {[number, number, number]} Fates images ruled out, referred and ruled in */
/** @typedef {{ ill: Fates, well: Fates, figures: { [name: string]: Estimate } }} Found what becomes of both classes, and the figures of the pair */
/** @typedef {{ run: string, split: string, splits: { [name: string]: Found } }} Moved */

export const PAIR_MOVED = "pair-moved"
