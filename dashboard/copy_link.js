// Copies the link to what is seen; where the browser does not let us, the link is shown, selected, to be copied by hand.
export default ({ data, parentElement }) => {
  const [button, status, shown] = ["button", "[role=status]", "input"].map((part) => parentElement.querySelector(part))
  const link = new URL(`?${data.query}`, location.href).href
  if (shown.value !== link) {
    shown.hidden = true
    status.textContent = ""
  }
  shown.value = link
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(link)
      status.textContent = "Copied"
    } catch {
      shown.hidden = false
      shown.select()
      status.textContent = "Copy it from here:"
    }
  }
}
