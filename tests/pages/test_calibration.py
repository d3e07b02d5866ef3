"""Calibration in each of its states, without a browser."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from core.evaluation.calibration.change import MEASURES, calibration_changes
from core.evaluation.calibration.probability import probability
from core.evaluation.calibration.recalibration import recalibrations
from core.evaluation.calibration.reliability import reliability_bins
from core.evaluation.calibration.smooth import observed_over_expected, smooth_curve
from core.runs.importer import import_predictions
from core.runs.store import read_run
from core.telling.scale import scales
from dashboard import theme


@pytest.fixture
def open_page(open_dashboard):
    """The Calibration page of a run in ``out``."""

    def run(out, **address):
        return open_dashboard(out, "calibration", **address)

    return run


@pytest.fixture
def write_predictions(tmp_path):
    """Import predictions as a run and give the folder of runs."""

    def write(name, y_true, logit, split):
        rows = pd.DataFrame({"image_id": [f"i{k}" for k in range(len(y_true))], "y_true": y_true, "logit": logit})
        file = tmp_path / f"{name}.csv"
        rows.assign(split=split).to_csv(file, index=False)
        import_predictions(file, name=name, out=tmp_path / "runs")
        return tmp_path / "runs"

    return write


def alternatives(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


@pytest.mark.parametrize("split", ["validation", "test"])
def test_every_measure_stands_in_the_table_as_core_has_it(open_page, shown, runs, split):
    app = open_page(runs, run="fitted", split=split)
    html = shown(app, "html")
    run = read_run(runs / "fitted")
    temperature = run.calibration["temperature"]
    changes = calibration_changes(run.predictions(split), temperature=temperature["value"])
    for name in MEASURES:
        for found in (changes[name].before, changes[name].after):
            assert f">{theme.fixed(found.value, 4)}<" in html, name
            assert (theme.fixed(found.low, 4) if found.low else f"{theme.fixed(found.high, 4)} or less") in html, name
        assert theme.fixed(abs(changes[name].change.value), 4) in html
    assert f"<strong>T = {theme.ratio(temperature['value'])} ({theme.ratio(temperature['low'])} to " in html
    own = run.metrics["test"]
    for name, beside in (("ece", "plain "), ("ece_debiased", "")):
        stored = run.calibration[name] if split == "validation" else {"after": own[name]}
        assert all(f">{beside}{theme.fixed(estimate['value'], 4)}<" in html for estimate in stored.values())


def test_both_diagrams_have_names_and_downloads_and_say_the_same_as_the_page(open_page, shown, runs):
    app = open_page(runs, run="fitted", split="test")
    before, after, _ = alternatives(app)
    assert before.startswith("Before temperature scaling: share with pneumonia")
    assert after.startswith("After temperature scaling: share with pneumonia")
    told = [
        re.search(r"intervals, and the number of images by class under it\. (.*)", alt).group(1)
        for alt in (before, after)
    ]
    html = shown(app, "html")
    assert f"<p class='tw-sentence'>{told[0]}</p>" in html
    assert f"<div class='tw-callout'>{told[1]}</div>" in html
    downloads = shown(app, "bidi_component")
    assert all(f"reliability_{scale}_downloads" in downloads for scale in ("raw", "calibrated"))


def test_split_says_where_the_temperature_comes_from(open_page, shown, runs):
    assert "so the figures after scaling are optimistic" in shown(open_page(runs, run="fitted"), "html")
    test = shown(open_page(runs, run="fitted", split="test"), "html")
    assert "only applied to the images of test:" in test
    assert "another hospital" in test


def test_bins_are_chosen_by_the_reader_and_kept_from_page_to_page(open_page, shown, runs):
    app = open_page(runs, run="fitted", split="test")
    app.slider(key="bins_slider").set_value(4).run()
    predictions = read_run(runs / "fitted").predictions("test")
    p = 1 / (1 + np.exp(-predictions.logit))
    bins = reliability_bins(predictions.y_true, p, 4)
    assert f"in {np.count_nonzero(bins.count)} bins" in alternatives(app)[0]
    app.button_group(key="binning_switch").set_value("mass").run()
    assert "in 4 bins" in alternatives(app)[0]
    assert app.slider(key="bins_slider").value == 4
    app.switch_page("../pages/overview.py").run()
    app.switch_page("../pages/calibration.py").run()
    assert app.slider(key="bins_slider").value == 4
    assert app.button_group(key="binning_switch").value == "mass"


def test_other_ways_are_computed_once_they_are_opened(open_page, shown, runs):
    app = open_page(runs, run="fitted", split="test")
    assert "Isotonic" not in shown(app, "html")
    app.session_state["comparison"] = True
    app.run()
    html = shown(app, "html")
    assert "for comparison only" in html
    run = read_run(runs / "fitted")
    platt = recalibrations(run.predictions("validation"))["platt"](run.predictions("test").logit)
    brier = np.square(1 / (1 + np.exp(-platt)) - run.predictions("test").y_true).mean()
    assert "Platt</th><td class='tw-new' data-label='ECE, debiased'>" in html
    assert f">{theme.fixed(brier, 4)}<" in html
    assert alternatives(app)[3].startswith("Lines of what raw probabilities")


def test_run_without_validation_shows_raw_probabilities_and_says_why(open_page, shown, runs):
    app = open_page(runs, run="test-only")
    assert len(alternatives(app)) == 2
    assert "This run has no validation images." in shown(app, "markdown")
    html = shown(app, "html")
    assert html.count("no temperature could be fitted on validation") >= len(MEASURES)
    assert "T = " not in html
    assert not any("Platt" in expander.label for expander in app.expander)


def test_perfect_separation_is_no_temperature_to_trust(open_page, shown, write_predictions):
    y_true = np.tile([0, 1], 30)
    out = write_predictions("parted", y_true, np.where(y_true == 1, 2.0, -2.0) + np.arange(60) / 100, "validation")
    app = open_page(out, run="parted")
    html = shown(app, "html")
    assert "tw-warn" in html
    assert "It is the low end of the range that is searched" in html
    assert "the scores part the classes perfectly" in html
    assert "This run has no test images to check them on" in html


def test_one_class_has_no_slope(open_page, shown, write_predictions):
    out = write_predictions("sick", np.ones(40, dtype=int), np.linspace(-1, 3, 40), "validation")
    app = open_page(out, run="sick")
    assert ">one class has no images<" in shown(app, "html")
    app.session_state["comparison"] = True
    app.run()
    assert "They cannot be fitted" in shown(app, "text")


def test_scores_that_say_nothing_have_no_temperature(open_page, shown, write_predictions):
    out = write_predictions("zeros", np.tile([0, 1], 20), np.zeros(40), np.repeat(["validation", "test"], 20))
    app = open_page(out, run="zeros", split="test")
    assert "every logit is 0" in shown(app, "html")
    assert len(alternatives(app)) == 1


def test_class_names_from_files_are_text(open_page, shown, runs):
    app = open_page(runs, run="hostile", split="test")
    html = shown(app, "html")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    for chart in app.get("plotly_chart"):
        titles = [layout["yaxis"]["title"]["text"] for layout in [json.loads(chart.proto.spec)["layout"]]]
        assert all("<script>" not in title for title in titles)


def test_without_bins_stand_the_ratio_and_the_curve(open_dashboard, shown, runs):
    app = open_dashboard(runs, script="calibration", run="fitted", split="test")
    run = read_run(runs / "fitted")
    images, html = run.predictions("test"), shown(app, "html")
    for name, scale in scales(run).items():
        p = probability(images.logit, scale.temperature)
        ratio, curve = observed_over_expected(images, p), smooth_curve(images, p)
        assert f"<td data-label='Observed over expected'>{theme.rate(ratio.value)} ({theme.interval(ratio)})<" in html
        assert f"<td data-label='ICI'>{theme.rate(curve.ici.value)}<" in html, name
    assert any("Smooth curves of the share" in chart.proto.alt for chart in app.get("plotly_chart"))
