"""Every page, opened once as it is laid out for paper: nothing is wrong or cut, and each table is saved whole."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard import theme
from tests.e2e.axe import broken
from tests.e2e.layout import address_of, saved, settled
from tests.e2e.test_every_page import SEEN, cut_on_paper, named

_TABLES = """all => all.map(t => [t.tBodies[0].rows.length,
    Math.max(...[...t.rows].map(r => [...r.cells].reduce((n, c) => n + c.colSpan, 0)))])"""


SHORT = ("subgroups",)
"""These pages always; the others are among the tests that take long."""


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Each file that a page laid out for paper has saved until now -> the page."""
    return {}


@pytest.mark.parametrize(
    "name", [one if one in SHORT else pytest.param(one, marks=pytest.mark.long) for one in theme.PAGES]
)
def test_laid_out_for_paper_nothing_is_cut_and_every_table_is_saved_whole(visit, axe, name, tmp_path, files):
    page = settled(visit(f"{address_of(name)}?{SEEN}&print=1", width=1366))
    found = {"rules": broken(page, axe)} | cut_on_paper(page)
    page.set_viewport_size({"width": 1366, "height": 900})
    seen = settled(page).locator("table.tw-table:not(.tw-for-paper *)").evaluate_all(_TABLES)
    rows = page.locator("[class*=_table_downloads] .save-row button").evaluate_all("all => all.map(e => e.ariaLabel)")
    tables = {
        label.removeprefix("Save ").removesuffix(" as CSV"): shape for label, shape in zip(rows, seen, strict=True)
    }
    assert tables.keys() <= set(named(page, "CSV"))
    for one in named(page, "CSV"):
        file = saved(page, one, "CSV", tmp_path)
        if one in tables and (shape := list(pd.read_csv(file).shape)) != tables[one]:
            found[f"saved of {one}"] = [f"{shape} of {tables[one]}"]
        if (other := files.setdefault(file.name, f"{name}: {one}")) != f"{name}: {one}":
            found[f"name of {one}"] = [f"{file.name} is that of {other}"]
    assert {what: wrong for what, wrong in found.items() if wrong} == {}
