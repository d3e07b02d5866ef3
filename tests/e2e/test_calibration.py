"""Calibration in a real browser."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from core.runs.store import read_run
from tests.e2e.layout import one_below_the_other, saved, settled

BARS = "document.querySelectorAll('.st-key-reliability_calibrated .barlayer .point').length"


def opened(page):
    expect(page.get_by_text("Adaptive ECE")).to_be_visible()
    expect(page.locator(".st-key-reliability_calibrated .main-svg").first).to_be_visible()
    return page


def test_charts_stand_side_by_side_on_a_desk_and_stacked_on_a_phone_and_their_bins_are_saved(visit, runs, tmp_path):
    page = opened(visit("/calibration?run=fitted&split=test"))
    for width, beside in ((1280, True), (390, False)):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        before, after = (page.locator(f".st-key-reliability_{s}").bounding_box() for s in ("raw", "calibrated"))
        assert (abs(before["y"] - after["y"]) < 2) == beside, f"beside each other at {width} pixels"
        assert (after["x"] > before["x"] + 100) == beside, f"beside each other at {width} pixels"
        chart, parts = page.locator(".st-key-reliability_raw"), (".gtitle", ".nsewdrag", ".x2title", ".legend")
        assert one_below_the_other(chart, parts), f"title, plot and legend at {width} pixels"
    table = pd.read_csv(saved(page, "reliability-raw", "CSV", tmp_path))
    predictions = read_run(runs / "fitted").predictions("test")
    assert (table["images"].sum(), table["positives"].sum()) == (predictions.n, predictions.n_pos)


def test_bins_are_changed_by_keyboard(visit):
    page = opened(visit("/calibration?run=fitted"))
    page.wait_for_function(f"() => {BARS} == 20")
    slider = page.get_by_role("slider", name="Number of bins")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_function(f"() => {BARS} == 22")
    page.get_by_role("radio", name="Equal mass").focus()
    page.keyboard.press("Space")
    page.wait_for_function(f"() => {BARS} == 80")
    expect(slider).to_have_value("11")


@pytest.mark.long
def test_other_ways_open(visit):
    page = opened(visit("/calibration?run=fitted&split=test"))
    assert page.get_by_text("Isotonic", exact=True).count() == 0
    page.get_by_text("Platt scaling and isotonic regression").click()
    expect(page.get_by_role("row", name=re.compile("^Isotonic"))).to_be_visible()
    expect(page.locator(".st-key-recalibration .main-svg").first).to_be_visible()
