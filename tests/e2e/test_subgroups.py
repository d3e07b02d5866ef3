"""Subgroups in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.e2e.layout import sideways


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), pytest.param(390, "dark", marks=pytest.mark.long)])
def test_forest_plots_fit_and_comparisons_open(visit, width, scheme):
    page = visit("/subgroups?run=fitted&split=test&threshold=0.5", width=width, scheme=scheme)
    for measure in ("sensitivity", "specificity", "auroc"):
        expect(page.locator(f".st-key-forest_{measure} .main-svg").first).to_be_visible()
    assert sideways(page) == [0, 0]
    expect(page.get_by_text("stand only among images with pneumonia")).to_be_visible()
    page.get_by_text("Every comparison with the rest").click()
    expect(page.get_by_role("columnheader", name="Adjusted p")).to_be_visible()
