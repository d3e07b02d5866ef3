// The formulas of the browser, where a page of the tests finds them.

import { interval, rate, ratio, ratioInterval } from "../../core/telling/explorer/format.js"
import { rates } from "../../core/telling/explorer/rates.js"
import { outlook, predictiveValues } from "../../dashboard/clinic/predictive.js"

Object.assign(globalThis, { interval, outlook, predictiveValues, rate, rates, ratio, ratioInterval })
