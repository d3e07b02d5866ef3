// Puts the page's own address in the place of the one that led here. Streamlit hears of it as of a step in the history.
/** @param {import("../core/telling/explorer/live.js").Component<{ address: string }>} component */
export default ({ data }) => {
  const there = new URL(data.address, document.baseURI)
  for (const [name, value] of new URLSearchParams(location.search)) if (name.startsWith("embed")) there.searchParams.append(name, value)
  if (there.href === location.href) return
  history.replaceState({}, "", there)
  dispatchEvent(new PopStateEvent("popstate"))
}
