// The live threshold as a component of the page.

import { Control } from "../../core/telling/explorer/control.js"
import { mounting } from "../../core/telling/explorer/live.js"

export default mounting(Control)
