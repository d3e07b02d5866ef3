// The other images of the child, each a button that opens it.

function sameChild(viewer) {
  const { others, others_more } = viewer.data
  const section = viewer.find(".child")
  section.hidden = !others.length
  section.querySelector("ul").replaceChildren(...others.map((other, at) => otherImage(viewer, other, at)))
  section.querySelector(".more").textContent = others_more
}

function otherImage(viewer, other, at) {
  const item = document.createElement("li")
  const button = item.appendChild(document.createElement("button"))
  button.type = "button"
  if (other.picture) {
    const image = button.appendChild(document.createElement("img"))
    image.alt = ""
    image.src = other.picture
  } else button.append(problem(other.problem))
  button.append(...other.facts.map((fact) => text("span", fact)))
  button.addEventListener("click", () => viewer.send("other", at))
  return item
}
