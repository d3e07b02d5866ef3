"""Utility in each of its states, without a browser."""

import json
import re
from html import escape, unescape

import numpy as np
import pandas as pd
import pytest

from core.evaluation.choosing.operating_point import rates
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.committee import by_patient, interventions_avoided
from core.evaluation.worth.in_clinic import worth_in_clinic
from core.evaluation.worth.utility import net_benefit_at
from core.runs.importer import import_predictions
from core.runs.store import read_run
from core.telling.scale import scales
from dashboard import theme
from dashboard.utility import clinic
from dashboard.utility.words import per_thousand, verdict


@pytest.fixture
def open_page(open_dashboard):
    def run(out, **address):
        return open_dashboard(out, "utility", **address)

    return run


def alternatives(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("scale", ["calibrated", "raw"])
def test_worth_at_the_threshold_is_cores(open_page, shown, runs, split, scale):
    app = open_page(runs, run="fitted", split=split, scale=scale, threshold="-0.75")
    run = read_run(runs / "fitted")
    found = net_benefit_at(run.predictions(split), -0.75, scales(run)[scale].temperature)
    html = shown(app, "html")
    assert f"<div class='tw-callout'>{escape(verdict(found))}</div>" in html
    cell = f"Model, {scale} probability</th><td data-label='Net true positives'>{per_thousand(found.model)}</td>"
    assert cell in html
    assert len(alternatives(app)) == 3
    assert verdict(found) in alternatives(app)[0]


def test_every_rate_now_stands_with_its_interval(open_page, shown, runs):
    html = shown(open_page(runs, run="fitted", split="test", threshold="-0.75"), "html")
    found = rates(threshold_sweep(read_run(runs / "fitted").predictions("test")), -0.75)
    for name in ("sensitivity", "specificity", "precision", "npv", "f1"):
        assert f">{theme.rate(found[name].value)}<" in html
        assert f">{theme.interval(found[name])}<" in html


def test_says_what_is_chosen_where(open_page, shown, runs):
    assert "optimistic" in shown(open_page(runs, run="fitted"), "html")
    test = open_page(runs, run="fitted", split="test")
    assert "only report what they are worth" in shown(test, "html")
    names = [trace["name"] for trace in json.loads(test.get("plotly_chart")[1].proto.spec)["data"]]
    assert "thresholds that validation chose" in names


def test_run_without_validation_has_the_raw_model_alone(open_page, shown, runs):
    app = open_page(runs, run="test-only")
    assert "Model, raw probability" in shown(app, "html")
    assert "calibrated" not in shown(app, "html")
    assert "calibrated" not in alternatives(app)[0]
    names = [trace["name"] for trace in json.loads(app.get("plotly_chart")[1].proto.spec)["data"]]
    assert "thresholds that validation chose" not in names


def test_one_class_has_nothing_to_weigh(open_page, shown, tmp_path):
    rows = pd.DataFrame({"image_id": [f"i{k}" for k in range(30)], "y_true": 1, "logit": np.arange(30) / 10})
    rows.assign(split="validation").to_csv(tmp_path / "sick.csv", index=False)
    import_predictions(tmp_path / "sick.csv", name="sick", out=tmp_path / "runs")
    app = open_page(tmp_path / "runs", run="sick")
    assert "Nothing to weigh" in shown(app, "markdown")
    assert alternatives(app) == []


@pytest.mark.parametrize("threshold", ["1e4", "-1e4"])
def test_thresholds_beyond_every_score_have_their_rates(open_page, shown, runs, threshold):
    html = shown(open_page(runs, run="fitted", threshold=threshold), "html")
    found = rates(threshold_sweep(read_run(runs / "fitted").predictions("validation")), float(threshold))
    assert {found["sensitivity"].value, found["specificity"].value} == {0.0, 1.0}
    for name in ("sensitivity", "specificity"):
        label = f"<span class='tw-label'>{theme.RATES[name]}, now</span>"
        assert f"{label}<span class='tw-value'>{theme.rate(found[name].value)}</span>" in html


def test_class_names_from_files_are_text(open_page, shown, runs):
    app = open_page(runs, run="hostile", split="test")
    assert "<script>" not in shown(app, "html")
    assert "&lt;script&gt;" in shown(app, "html")


def test_worth_in_the_clinic_stands_at_both_ends_of_its_prevalence(open_page, shown, runs):
    app = open_page(runs, run="fitted", split="test", threshold="-0.75", prevalence="0.05", prevalence_up_to="0.12")
    html, run = unescape(shown(app, "html")), read_run(runs / "fitted")
    validation, sweep = run.predictions("validation"), threshold_sweep(run.predictions("test"))
    temperature = scales(run)["calibrated"].temperature
    for end, called in ((0.05, "5 %"), (0.12, "12 %")):
        share = validation.n_pos / validation.n
        found = worth_in_clinic(sweep, -0.75, temperature, share=share, prevalence=end)
        odds = np.exp(-0.75 / temperature) * end / (1 - end) * (1 - share) / share
        assert found.price == pytest.approx(odds)
        assert (
            f"At your clinic's {called} this threshold is a probability of {theme.probability(odds / (1 + odds))}."
            in html
        )
        assert clinic.verdict(found) in html
        row = re.search(rf">{called}</th>(.*?)</tr>", html).group(1)
        assert re.findall(r"<td data-label='[^']+'>(.*?)</td>", row)[:2] == [
            theme.probability(found.probability),
            per_thousand(found.model),
        ]
        assert f">{per_thousand(found.gain, signed=True)}</td>" in row
    assert "if the scores within each class stay as they are" in html


def test_where_no_prevalence_was_stated_none_is_guessed(open_page, shown, runs):
    html = unescape(shown(open_page(runs, run="fitted"), "html"))
    assert "as no clinic's was stated" in html and "your clinic's" not in html
    without = shown(open_page(runs, run="test-only", prevalence="0.05"), "html")
    assert "cannot be told: it takes calibrated probabilities" in without


def test_what_committees_ask_for_is_cores(open_page, shown, runs):
    html = shown(open_page(runs, run="fitted", split="test", threshold="-0.75"), "html")
    run = read_run(runs / "fitted")
    images = run.predictions("test")
    ppv = rates(threshold_sweep(images), -0.75)["precision"]
    assert f"{theme.fixed(1 / ppv.value, 2)} ({theme.fixed(1 / ppv.high, 2)} to {theme.fixed(1 / ppv.low, 2)})" in html
    price = float(np.exp(-0.75 / scales(run)["calibrated"].temperature))
    avoided = 1000 * interventions_avoided(images, -0.75, price).value
    assert f">{theme.fixed(avoided, 0)} (" in html
    patients = by_patient(images, -0.75)
    assert f"{theme.rate(patients.sensitivity.value)} ({theme.interval(patients.sensitivity)})" in html
