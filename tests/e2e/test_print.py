"""On paper: pages have its size, are ink on white, and can be laid out for it. That nothing is cut: test_every_page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.layout import on_paper, settled


@pytest.mark.long
def test_every_page_that_is_printed_has_paper_of_its_own_size(visit):
    page = settled(visit("/?run=fitted", width=1366))
    paper = page.pdf(prefer_css_page_size=True)
    assert b"/MediaBox [0 0 594.95996 841.91998]" in paper or b"/MediaBox [0 0 595" in paper


@pytest.mark.long
def test_print_opens_the_page_light_unfolded_and_without_the_side_bar(visit):
    page = settled(visit("/calibration?run=fitted&split=test", scheme="dark", width=1366))
    with page.context.expect_page() as waiting:
        page.get_by_role("link", name="Print this page").click()
    printed = settled(waiting.value)
    asked = parse_qs(urlsplit(printed.url).query)
    assert (asked["run"], asked["split"], asked["print"]) == (["fitted"], ["test"], ["1"])
    assert printed.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    expect(printed.get_by_test_id("stSidebar")).to_have_count(0)
    assert printed.locator("details").evaluate_all("all => all.every(e => e.open)")
    expect(printed.get_by_text("Threshold now:", exact=False)).to_be_visible()
    widths = printed.locator("[data-testid=stPlotlyChart]").evaluate_all("all => all.map(e => e.clientWidth)")
    assert max(widths) <= 700, "charts are drawn as wide as paper, not made smaller"


@pytest.mark.long
def test_an_address_that_asks_for_print_is_light_whatever_the_readers_theme(visit):
    page = visit("/?run=fitted&print=1", scheme="dark", width=1366, fresh=True)
    page.wait_for_url(lambda url: "light_theme" in url)
    settled(page)
    assert page.locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"


def test_a_dark_page_is_printed_as_ink_on_white(visit):
    page = on_paper(settled(visit("/?run=fitted", scheme="dark", width=1366)))
    assert (
        page.locator("[data-testid=stMain]").evaluate("e => getComputedStyle(e).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    assert page.locator(".tw-sentence").first.evaluate("e => getComputedStyle(e).color") == "rgb(27, 31, 36)"
    paper = page.locator(".tw-on-paper rect").first.evaluate("e => getComputedStyle(e).fill")
    assert paper == "rgb(255, 255, 255)"
