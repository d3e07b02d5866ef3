"""Every page, opened once as it is and once laid out for paper: in both schemes, on a phone, on A4, and its tables.

axe-core finds nothing wrong in what we draw; what is Streamlit's own is listed. No page asks for anything that its
policy forbids.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
import streamlit
from playwright.sync_api import expect

from dashboard import theme
from tests.e2e.axe import STREAMLITS_OWN, broken
from tests.e2e.layout import A4, address_of, in_both_schemes, off_paper, on_paper, saved, settled, sideways
from tests.e2e.policy import Watch

# Whatever is seen and reaches beyond the page, in components too. What a chart clips has a box as well, so of charts
# only the picture as a whole and its words count.
_CUT_ON_PAPER = """width => {
    const deep = root => [...root.querySelectorAll("*")].flatMap(e => [e, ...(e.shadowRoot ? deep(e.shadowRoot) : [])])
    const seen = e => e.checkVisibility({visibilityProperty: true})
        && !e.closest("[data-testid=stPlotlyChart], .unseen") && !(e.matches("svg") && e.parentElement.closest("svg"))
    return deep(document.querySelector("[data-testid=stMain]"))
        .filter(e => e.matches("table, th, td, svg, text, p, li, canvas, img, input, .tile, .tw-on-paper") && seen(e))
        .map(e => [e.tagName, e.textContent.slice(0, 60), e.getBoundingClientRect()])
        .filter(([, , box]) => box.width > 0 && (box.left < -1 || box.right > width + 1))
        .map(([tag, text, box]) => `${tag} ${text} ${box.left.toFixed()} to ${box.right.toFixed()}`)
}"""
_HIDDEN_BY_SCROLLING = """() => [...document.querySelectorAll(".tw-scroll, .tw-stack")]
    .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 60))"""
_WORDS_CUT = """() => [...document.querySelectorAll("[data-testid=stPlotlyChart] .main-svg text")]
    .filter(e => e.checkVisibility() && e.textContent.trim())
    .map(e => [e.textContent, e.getBoundingClientRect(), e.closest(".main-svg").getBoundingClientRect()])
    .filter(([, box, frame]) => box.width > 0 && (box.left < frame.left - 1 || box.right > frame.right + 1))
    .map(([words]) => words)"""
_SWITCHES_CUT = """() => [...document.querySelectorAll("[data-testid=stButtonGroup] > div")]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"""
_TABLES = """all => all.map(t => [t.tBodies[0].rows.length,
    Math.max(...[...t.rows].map(r => [...r.cells].reduce((n, c) => n + c.colSpan, 0)))])"""


def test_the_list_is_of_the_version_that_is_installed():
    """With another version of Streamlit what it breaks itself is looked at again."""
    own = json.loads(STREAMLITS_OWN.read_text())
    assert own["streamlit"] == streamlit.__version__
    assert sum(map(len, own["rules"].values())) <= 2, "the list may only shrink"


def test_charts_take_the_inks_of_a_scheme_that_changes_under_an_open_page(visit):
    page = settled(visit("/overview?run=fitted", scheme="dark"))
    tick = page.locator("[data-testid=stPlotlyChart] .xtick text").first
    for scheme in in_both_schemes(page):
        ink = bytes.fromhex(theme.quiet_ink(dark=scheme == "dark").removeprefix("#"))
        expect(tick).to_have_css("fill", f"rgb({ink[0]}, {ink[1]}, {ink[2]})")


@pytest.mark.parametrize("name", list(theme.PAGES))
def test_nothing_is_wrong_blocked_or_cut_in_either_scheme_on_paper_or_on_a_phone(visit, axe, name):
    watches: list[Watch] = []
    page = settled(
        visit(
            f"{address_of(name)}?run=fitted", scheme="dark", width=1366, first=lambda page: watches.append(Watch(page))
        )
    )
    found = {"policy": watches[0].broken(visit.address)}
    found |= {scheme: broken(page, axe) for scheme in in_both_schemes(page)}
    found |= cut_on_paper(page)
    page.set_viewport_size({"width": 800, "height": 900})
    found["a tablet's tables"] = settled(page).evaluate(_HIDDEN_BY_SCROLLING)
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    found |= {"words": page.evaluate(_WORDS_CUT), "switches": page.evaluate(_SWITCHES_CUT)}
    found["phone"] = broken(page, axe)
    found["wider than the phone"] = [pixels for pixels in sideways(page) if pixels > 0]
    assert {what: wrong for what, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("name", list(theme.PAGES))
def test_laid_out_for_paper_nothing_is_cut_and_every_table_is_saved_whole(visit, axe, name, tmp_path):
    page = settled(visit(f"{address_of(name)}?run=fitted&print=1", width=1366))
    found = {"rules": broken(page, axe)} | cut_on_paper(page)
    assert {what: wrong for what, wrong in found.items() if wrong} == {}
    page.set_viewport_size({"width": 1366, "height": 900})
    seen = settled(page).locator("table.tw-table:not(.tw-for-paper *)").evaluate_all(_TABLES)
    rows = page.locator("[class*=_table_downloads] .save-row button").evaluate_all("all => all.map(e => e.ariaLabel)")
    assert len(rows) == len(seen)
    for label, shape in zip(rows, seen, strict=True):
        file = saved(page, label.removeprefix("Save ").removesuffix(" as CSV"), "CSV", tmp_path)
        assert list(pd.read_csv(file).shape) == shape, label


def cut_on_paper(page: Any) -> dict[str, list[str]]:
    """What does not fit on A4; the page is as before afterwards, and as wide as A4."""
    charts = page.locator("[data-testid=stPlotlyChart]").count()
    on_paper(page)
    found = {"cut": page.evaluate(_CUT_ON_PAPER, A4), "hidden by scrolling": page.evaluate(_HIDDEN_BY_SCROLLING)}
    assert not any(button.is_visible() for button in page.get_by_test_id("stFormSubmitButton").all())
    assert page.locator(".tw-on-paper svg").count() >= charts, "a picture stands in the place of every chart"
    assert page.get_by_test_id("stSidebar").count() == 0 or not page.get_by_test_id("stSidebar").is_visible()
    off_paper(page)
    assert page.locator(".tw-on-paper").count() == 0
    return found
