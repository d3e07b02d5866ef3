"""Utility in a real browser."""

import pandas as pd
import pytest
from playwright.sync_api import expect

from core.evaluation.sweep import threshold_sweep
from core.runs.store import read_run
from tests.e2e.layout import sideways

CHARTS = ("decision_curve", "cost_curve", "rates_by_threshold")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), pytest.param(390, "dark", marks=pytest.mark.long)])
def test_three_figures_fit_and_the_rates_are_saved(visit, runs, tmp_path, width, scheme):
    page = visit("/utility?run=fitted&split=test&threshold=-0.75", width=width, scheme=scheme)
    for chart in CHARTS:
        expect(page.locator(f".st-key-{chart} .main-svg").first).to_be_visible()
        title, legend = (page.locator(f".st-key-{chart} {part}").bounding_box() for part in (".gtitle", ".legend"))
        assert title["y"] + title["height"] < legend["y"]
    assert sideways(page) == [0, 0]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save rates as CSV").click()
    waiting.value.save_as(tmp_path / "rates.csv")
    sweep = threshold_sweep(read_run(runs / "fitted").predictions("test"))
    assert pd.read_csv(tmp_path / "rates.csv")["tp"].tolist() == sweep.tp.tolist()
