// The markers of a component on the charts of the page. Charts come when they like, and come anew.

const LOOK_AGAIN = 100 // milliseconds until a chart that is not there is looked for again

/** @typedef {import("./markers.js").ChartMarkers} ChartMarkers */

export class Overlays {
  // `attached` is called when markers were laid over a chart that is new to them.
  /** @param {HTMLElement} root @param {() => void} attached */
  constructor(root, attached) {
    this.root = root
    this.attached = attached
    /** @type {ChartMarkers[]} */
    this.markers = []
    this.looking = 0
    this.quiet = ""
    this.observer = new MutationObserver((changes) => {
      if (changes.some(({ target }) => !(target instanceof SVGElement))) this.attach()
    })
    this.observer.observe(document.querySelector(".stMain") ?? document.body, { childList: true, subtree: true })
  }

  /** @param {ChartMarkers[]} markers */
  replace(markers) {
    for (const old of this.markers) old.remove()
    this.markers = markers
  }

  attach() {
    clearTimeout(this.looking)
    if (this.markers.filter((markers) => markers.attach()).length) {
      this.recolour()
      this.attached()
    }
    if (this.markers.some(({ plot }) => !plot)) this.looking = setTimeout(() => this.attach(), LOOK_AGAIN)
  }

  recolour(quiet = this.quiet) {
    this.quiet = quiet
    const style = getComputedStyle(this.root)
    const [ink, paper] = ["--st-text-color", "--st-background-color"].map((name) => style.getPropertyValue(name))
    for (const markers of this.markers) markers.colour({ ink, paper, quiet })
  }

  remove() {
    this.observer.disconnect()
    clearTimeout(this.looking)
    this.replace([])
  }
}
