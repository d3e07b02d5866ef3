// The row that saves a picture of the page as PNG and SVG, and its numbers as CSV. What the page is about stands in the
// page itself (`frame.about`): every picture says the same, and every file is named after it.

const SHARPER = 3 // dots of a PNG a pixel of the screen

// `drawn()` gives { svg, width, height } or null, `csv()` a text; null where there is nothing of the kind to save.
// `sets` and `threshold` are said in place of the page's where the picture shows others.
function saveRow({ name, drawn = null, csv = null, sets = "", threshold = "" }) {
  const row = saveElement("div", { class: "save-row" }, "Save as")
  const dark = saveElement("input", { type: "checkbox" })
  const picture = async () => {
    const found = drawn()
    return found && withFont(framed(found, { light: !dark.checked, lines: said({ sets, threshold }) }))
  }
  const kinds = {
    ...(drawn && { PNG: async () => savedPng(await picture()), SVG: async () => savedSvg(await picture()) }),
    ...(csv && { CSV: () => new Blob([csv()], { type: "text/csv;charset=utf-8" }) }),
  }
  for (const [kind, made] of Object.entries(kinds)) {
    const button = saveElement("button", { type: "button", "aria-label": `Save ${name} as ${kind}` }, kind)
    button.addEventListener("click", async () => keep(await made(), `${fileName(name, sets)}.${kind.toLowerCase()}`))
    row.append(button)
  }
  const screenIsDark = isDark(getComputedStyle(document.querySelector(".stApp")).backgroundColor)
  if (drawn && screenIsDark) row.append(saveElement("label", {}, dark, " dark, as on screen"))
  return row
}

const about = () => document.querySelector(".tw-about")?.dataset ?? {}

// What stands under every picture.
function said({ sets, threshold }) {
  const page = about()
  const saved = new Date().toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })
  const of = [page.run, sets || page.sets, threshold || page.threshold, `saved ${saved}`].filter(Boolean).join(" · ")
  return [of, page.disclaimer].filter(Boolean)
}

// A file is called after the page's split only where that is what it shows.
const fileName = (name, sets) => [about().file, sets ? "" : about().sets, name].filter(Boolean).join("-")

function savedSvg(picture) {
  return picture && new Blob([picture.text], { type: "image/svg+xml;charset=utf-8" })
}

async function savedPng(picture) {
  if (!picture) return null
  const url = URL.createObjectURL(savedSvg(picture))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement("canvas")
    canvas.width = picture.width * SHARPER
    canvas.height = picture.height * SHARPER
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"))
  } finally {
    URL.revokeObjectURL(url)
  }
}

function keep(blob, name) {
  if (!blob) return
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

function saveElement(name, attributes, ...children) {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  made.append(...children)
  return made
}
