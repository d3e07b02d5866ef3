"""Subgroups in a real browser."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_forest_plots_fit_and_comparisons_open(visit, width, scheme):
    page = visit("/subgroups?run=fitted&split=test&threshold=0.5", width=width, scheme=scheme)
    for measure in ("sensitivity", "specificity", "auroc"):
        expect(page.locator(f".st-key-forest_{measure} .main-svg").first).to_be_visible()
    overflow = (
        "() => { const e = document.querySelector('[data-testid=stMain]'); return e.scrollWidth - e.clientWidth }"
    )
    assert page.evaluate(overflow) == 0
    expect(page.get_by_text("stand only among images with pneumonia")).to_be_visible()
    page.get_by_text("Every comparison with the rest").click()
    expect(page.get_by_role("columnheader", name="adjusted p")).to_be_visible()
