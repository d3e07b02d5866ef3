"""Compare in a real browser: two models, and a model and a reader, looked at for the first time."""

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from core.runs.compare import compare_runs
from core.runs.decisions import read_decisions
from core.runs.importer import import_predictions
from core.runs.margins import COMPARED
from core.runs.store import read_run
from dashboard import theme
from tests.e2e.layout import in_both_schemes, settled, sideways


@pytest.fixture(scope="module")
def compared(runs, tmp_path_factory):
    """The folder of two models and a reader with grades from 1 to 5, on the same 240 images of test."""
    given, rng = tmp_path_factory.mktemp("compared") / "given.csv", np.random.default_rng(4)
    truth = np.repeat(rng.random(240) < 0.5, 2).astype(int)
    logit = (rng.normal(size=480) + 2.0 * truth - 1.0).round(5)
    table = pd.DataFrame(
        {
            "image_id": [f"{i:03}.png" for i in range(480)],
            "patient_id": [f"p{i // 2}" for i in range(480)],
            "split": ["validation"] * 240 + ["test"] * 240,
            "y_true": truth,
            "logit": logit,
        }
    )
    other = (0.7 * logit + rng.normal(size=480)).round(5)
    grades = (
        table[table["split"] == "test"].drop(columns="logit").assign(reading=1 + np.digitize(other[240:], [-1, 0, 1]))
    )
    for name, rows in {"ours": table, "theirs": table.assign(logit=other), "reader": grades}.items():
        rows.to_csv(given, index=False)
        import_predictions(given, name=name, out=runs)
    return runs


def test_the_first_look_is_asked_for_then_every_figure_is_there_in_every_form(visit, compared):
    page = visit("/compare?run=ours&split=test&with=theirs", scheme="dark")
    page.get_by_role("button", name=re.compile("^Look")).click()
    expect(page.get_by_text("Paired: 240 images of 120 patients are in both.")).to_be_visible()
    found = compare_runs(read_run(compared / "ours"), read_run(compared / "theirs")).comparison
    value, interval = theme.difference(found.figures["auroc"].difference)
    row = page.get_by_role("row", name=re.compile("^AUROC"))
    expect(row).to_contain_text(value)
    expect(row).to_contain_text(interval)
    expect(page.locator("[data-testid=stPlotlyChart] .main-svg").first).to_be_visible()
    for _ in in_both_schemes(settled(page)):
        assert page.locator("[data-testid=stPlotlyChart]").count() == 4
    page.set_viewport_size({"width": 390, "height": 844})
    assert sideways(settled(page)) == [0, 0]
    assert [event.event for event in read_decisions(compared / "ours").events] == [COMPARED]


@pytest.mark.long
def test_the_model_is_read_at_the_readers_rates(visit, compared):
    page = visit("/compare?run=ours&split=test&with=reader")
    page.get_by_role("button", name=re.compile("^Look")).click()
    expect(page.get_by_role("heading", name="The model at the reader's own rates")).to_be_visible()
    table = page.get_by_role("table").filter(has_text="at the reader's")
    for rate, own in compare_runs(read_run(compared / "ours"), read_run(compared / "reader")).at_reader.items():
        row = table.get_by_role("row", name=re.compile(f"^{theme.RATES[rate]} at the reader's"))
        expect(row).to_contain_text(theme.rate(own.model))
        expect(row).to_contain_text(theme.rate(own.reader))
    page.set_viewport_size({"width": 390, "height": 844})
    assert sideways(settled(page)) == [0, 0]
