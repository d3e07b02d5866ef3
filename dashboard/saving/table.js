// Saves a table of the page as CSV.

export default function ({ data, parentElement }) {
  parentElement.querySelector(".row").replaceChildren(saveRow({ ...data, csv: () => data.csv }))
}
