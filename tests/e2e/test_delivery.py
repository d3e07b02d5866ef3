"""Promise and delivery in a real browser."""

import pandas as pd
import pytest
from playwright.sync_api import expect

from core.runs.store import read_run
from tests.e2e.layout import contrasts, one_below_the_other, sideways

WAIT = 30_000
"""Milliseconds: the first visit draws patients anew."""


def opened(page):
    expect(page.get_by_text("Test, from its scores alone")).to_be_visible(timeout=WAIT)
    expect(page.locator(".st-key-distributions .main-svg").first).to_be_visible(timeout=WAIT)
    return page


def test_rule_and_floor_are_changed_by_keyboard(visit):
    page = opened(visit("/delivery?run=fitted"))
    expect(page.get_by_text("promises nothing: a promise is the floor")).to_be_visible(timeout=WAIT)
    page.get_by_role("radio", name="Sensitivity at least 0.95").focus()
    page.keyboard.press("Space")
    floor = page.get_by_label("Sensitivity at least", exact=True)
    expect(floor).to_be_visible(timeout=WAIT)
    floor.fill("0.9")
    floor.press("Enter")
    expect(page.get_by_role("radio", name="Sensitivity at least 0.90")).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("cell", name="≥ 0.900")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("The promise is held: sensitivity")).to_be_visible(timeout=WAIT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_scrolls_in_one_direction_only(visit, scheme):
    page = opened(visit("/delivery?run=fitted", width=390, scheme=scheme))
    assert sideways(page) == [0, 0]
    inside = "tables => tables.map(e => e.scrollWidth - e.clientWidth)"
    assert page.locator(".tw-scroll").evaluate_all(inside) == [0, 0], "every column is seen without scrolling"
    ratios = contrasts(page, ["button[data-selected=true] p", ".tw-small"])
    assert min(ratios.values()) >= 4.5, ratios


def test_title_plot_and_legend_do_not_overlap(visit):
    for width in (1280, 390):
        chart = opened(visit("/delivery?run=fitted", width=width)).locator(".st-key-distributions")
        assert one_below_the_other(chart, (".gtitle", ".annotation-text", ".nsewdrag", ".xtitle", ".legend"))


def test_distributions_are_saved_as_a_table(visit, runs, tmp_path):
    page = opened(visit("/delivery?run=fitted"))
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save fitted-score-distributions as CSV").click()
    waiting.value.save_as(tmp_path / "scores.csv")
    table = pd.read_csv(tmp_path / "scores.csv").query("split == 'test' and label == 1")
    test = read_run(runs / "fitted").predictions("test")
    assert table["logit"].iloc[-1] == pytest.approx(test.logit[test.y_true == 1].max())
    assert table["share"].iloc[-1] == 1
