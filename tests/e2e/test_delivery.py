"""Promise and delivery in a real browser."""

import pandas as pd
import pytest
from playwright.sync_api import expect

from core.runs.store import read_run
from tests.e2e.layout import contrasts, in_both_schemes, one_below_the_other, saved, settled


def opened(page):
    expect(page.get_by_text("Test, from its scores alone")).to_be_visible()
    expect(page.locator(".st-key-distributions .main-svg").first).to_be_visible()
    return page


def test_rule_and_floor_are_changed_by_keyboard(visit):
    page = opened(visit("/delivery?run=fitted"))
    expect(page.get_by_text("The promise is broken: specificity")).to_be_visible()
    page.get_by_role("radio", name="Sensitivity at least 0.95").focus()
    page.keyboard.press("Space")
    floor = page.get_by_label("Sensitivity at least", exact=True)
    expect(floor).to_be_visible()
    floor.fill("0.9")
    floor.press("Enter")
    expect(page.get_by_role("radio", name="Sensitivity at least 0.90")).to_be_visible()
    expect(page.get_by_role("cell", name="≥ 0.900")).to_be_visible()
    expect(page.get_by_text("The promise is held: sensitivity")).to_be_visible()


@pytest.mark.long
def test_phone_shows_every_column_and_is_legible(visit):
    page = settled(opened(visit("/delivery?run=fitted", width=390, scheme="dark")))
    inside = "tables => tables.map(e => e.scrollWidth - e.clientWidth)"
    wider = page.locator(".tw-scroll").evaluate_all(inside)
    assert len(wider) >= 2 and max(wider) <= 0, "every column is seen without scrolling"
    for _ in in_both_schemes(page):
        ratios = contrasts(page, ["button[data-selected=true] p", ".tw-small"])
        assert min(ratios.values()) >= 4.5, ratios


@pytest.mark.long
def test_title_plot_and_legend_do_not_overlap_and_the_distributions_are_saved(visit, runs, tmp_path):
    page = opened(visit("/delivery?run=fitted"))
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        chart = settled(page).locator(".st-key-distributions")
        parts = (".gtitle", ".annotation-text", ".nsewdrag", ".xtitle", ".legend")
        assert one_below_the_other(chart, parts), f"at {width} pixels"
    table = pd.read_csv(saved(page, "score-distributions", "CSV", tmp_path)).query("split == 'test' and label == 1")
    test = read_run(runs / "fitted").predictions("test")
    assert table["logit"].iloc[-1] == pytest.approx(test.logit[test.y_true == 1].max())
    assert table["share"].iloc[-1] == 1
