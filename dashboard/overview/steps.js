// Three steps for who is new here. That they were dismissed is this browser's own affair: nothing is sent or saved elsewhere.

const NAME = "threshold-workbench.steps"
let dismissed = false // where the browser keeps nothing, until the page is loaded again

export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".steps")
  box.querySelector(".title").textContent = data.title
  box.querySelector(".try").textContent = data.to_try
  box.querySelector("ol").replaceChildren(...data.steps.map((step) => line(step, setTriggerValue)))
  const button = box.querySelector(".dismiss")
  button.textContent = data.dismiss
  button.onclick = () => {
    dismissed = true
    keep()
    box.hidden = true
  }
  box.hidden = dismissed || kept()
}

function line({ page, name, text, link }, setTriggerValue) {
  const item = document.createElement("li")
  const strong = item.appendChild(document.createElement("strong"))
  strong.textContent = name
  item.append(` ${text} `)
  const button = item.appendChild(document.createElement("button"))
  button.type = "button"
  button.className = "go"
  button.textContent = link
  button.onclick = () => setTriggerValue("go", page)
  return item
}

function kept() {
  try {
    return localStorage.getItem(NAME) !== null
  } catch {
    return false
  }
}

function keep() {
  try {
    localStorage.setItem(NAME, "dismissed")
  } catch {
    // a browser that keeps nothing shows them again
  }
}
