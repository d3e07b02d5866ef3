"""Every page, opened once as it is: in both schemes, on a phone, on A4, and the pictures that it saves.

axe-core finds nothing wrong in what we draw; what is Streamlit's own is listed. No page asks for anything that its
policy forbids. A picture says what it shows of which run. Laid out for paper: test_every_page_on_paper.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import streamlit
from playwright.sync_api import expect

from dashboard import theme
from tests.e2e.axe import STREAMLITS_OWN, broken
from tests.e2e.layout import A4, address_of, in_both_schemes, off_paper, on_paper, painted, saved, settled, sideways
from tests.e2e.policy import check

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
TEXT = "{http://www.w3.org/2000/svg}text"
# The words of an SVG that reach beyond it, when it is drawn as a picture of the page.
_CUT_IN_PICTURE = """text => {
    const place = document.body.appendChild(document.createElement("div"))
    place.innerHTML = text
    const frame = place.querySelector("svg"), box = frame.getBoundingClientRect()
    const cut = [...frame.querySelectorAll("text")].filter(e => e.checkVisibility())
        .map(e => [e.textContent, e.getBoundingClientRect()])
        .filter(([, { left, right, top, bottom }]) =>
            left < box.left - 1 || right > box.right + 1 || top < box.top - 1 || bottom > box.bottom + 1)
        .map(([words]) => words)
    place.remove()
    return cut
}"""
SEEN = "run=synthetic&threshold=1.25&split=validation"


def test_the_list_is_of_the_version_that_is_installed():
    """With another version of Streamlit what it breaks itself is looked at again."""
    own = json.loads(STREAMLITS_OWN.read_text())
    assert own["streamlit"] == streamlit.__version__
    assert sum(map(len, own["rules"].values())) <= 2, "the list may only shrink"


@pytest.mark.long
def test_charts_take_the_inks_of_a_scheme_that_changes_under_an_open_page(visit):
    page = settled(visit("/overview?run=fitted", scheme="dark"))
    tick = page.locator("[data-testid=stPlotlyChart] .xtick text").first
    for scheme in in_both_schemes(page):
        ink = bytes.fromhex(theme.quiet_ink(dark=scheme == "dark").removeprefix("#"))
        expect(tick).to_have_css("fill", f"rgb({ink[0]}, {ink[1]}, {ink[2]})")


def test_every_answer_to_a_page_has_the_policy(visit):
    settled(visit("/operating_point?run=fitted", fresh=True))
    assert len(visit.answers) > 20
    for answer in visit.answers:
        check(answer.headers)


@pytest.mark.parametrize("name", list(theme.PAGES))
def test_nothing_is_wrong_blocked_or_cut_in_either_scheme_on_paper_or_on_a_phone(visit, axe, name, tmp_path):
    page = settled(visit(f"{address_of(name)}?{SEEN}", scheme="dark", width=1366))
    found = {"dark, on a desk": broken(page, axe)}
    painted(page, "light")
    for chart in named(page, "SVG"):
        found |= wrong_in_picture(page, saved(page, chart, "SVG", tmp_path), name)
    found |= cut_on_paper(page)
    page.set_viewport_size({"width": 800, "height": 900})
    found["a tablet's tables"] = settled(page).evaluate(_HIDDEN_BY_SCROLLING)
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    found |= {"words": page.evaluate(_WORDS_CUT), "switches": page.evaluate(_SWITCHES_CUT)}
    found["light, on a phone"] = broken(page, axe)
    found["wider than the phone"] = [pixels for pixels in sideways(page) if pixels > 0]
    found["policy"] = page.evaluate("window.blocked.splice(0)")
    for answer in visit.answers:
        check(answer.headers)
    assert {what: wrong for what, wrong in found.items() if wrong} == {}


@pytest.mark.long
@pytest.mark.parametrize("name", list(theme.PAGES))
def test_no_rule_is_broken_in_light_on_a_desk_or_in_the_dark_on_a_phone(visit, axe, name):
    page = settled(visit(f"{address_of(name)}?{SEEN}", width=1366))
    found = {"light, on a desk": broken(page, axe)}
    painted(page, "dark")
    page.set_viewport_size({"width": 390, "height": 844})
    found["dark, on a phone"] = broken(settled(page), axe)
    assert {what: wrong for what, wrong in found.items() if wrong} == {}


def named(page: Any, kind: str) -> list[str]:
    """What the page saves as files of this kind."""
    labels = page.locator(f".save-row button[aria-label$=' as {kind}']").evaluate_all(
        "all => all.map(e => e.ariaLabel)"
    )
    return [label.removeprefix("Save ").removesuffix(f" as {kind}") for label in labels]


def wrong_in_picture(page: Any, file: Path, name: str) -> dict[str, list[str]]:
    """What a saved picture of the page called ``name`` does not say, or has cut."""
    text = file.read_text(encoding="utf-8")
    words = words_of(file)
    holds = {
        "its name": file.name.startswith(f"synthetic-{theme.PAGES[name].lower().replace(' ', '-')}-"),
        "the run": "synthetic, run of" in words and ", synthetic ·" in words,
        "the set": "validation" in words or "test" in words,
        "the threshold": "threshold" in words and "saved" in words,
        "what it is for": "Research use only. Not for diagnosis." in words,
        "lines": "non-scaling-stroke" not in text,
        "its fonts": "font/woff2" in text,
    }
    missing = [what for what, said in holds.items() if not said]
    return {f"missing in {file.name}": missing, f"cut in {file.name}": page.evaluate(_CUT_IN_PICTURE, text)}


def words_of(file: Path) -> str:
    return " ".join("".join(node.itertext()) for node in ET.parse(file).getroot().iter(TEXT))


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
