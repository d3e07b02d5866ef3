// The head of a page laid out for paper: a button that prints it. Such a page is light, whatever the reader's theme.

export default function ({ parentElement }) {
  const paper = getComputedStyle(document.querySelector(".stApp")).backgroundColor.match(/\d+/g)
  const address = new URL(location.href)
  if (Number(paper[0]) < 128 && !address.searchParams.has("embed_options")) {
    address.searchParams.set("embed", "true")
    address.searchParams.set("embed_options", "light_theme")
    location.replace(address)
    return
  }
  const button = document.createElement("button")
  button.type = "button"
  button.textContent = "Print"
  button.addEventListener("click", () => window.print())
  const row = parentElement.querySelector(".row")
  row.className = "row save-row"
  row.replaceChildren(button)
}
