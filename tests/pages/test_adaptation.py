"""Adapt to a site in each of its states, without a browser."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.adaptation import adaptations
from core.evaluation.comparing.conformal import class_conditional, coverage
from core.evaluation.comparing.local_cases import draw_patients, without
from core.evaluation.sweep import threshold_sweep
from core.runs.importer import import_predictions, import_sites
from core.runs.store import read_run
from dashboard import theme
from tests.core.runs.several import mapping, table, write


@pytest.fixture
def open_page(open_dashboard):
    """The page of a run in ``out``."""

    def run(out, **address):
        return open_dashboard(out, "adaptation", **address)

    return run


def alternatives(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def test_ways_stand_as_core_has_them(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    app.number_input(key="delivery_floor").set_value(0.85).run()
    html = shown(app, "html")
    run = read_run(runs / "fitted")
    test, temperature = run.predictions("test"), run.calibration["temperature"]["value"]
    size = app.select_slider(key="site_size").value
    local = draw_patients(test, size, seed=0)
    rest = without(test, local)
    threshold = run.operating_points[0]["threshold"]
    ways = adaptations(local, threshold, temperature, floor=("sensitivity", "0.85"))
    assert not any(way.reason for way in ways)
    for way in ways:
        for split in (local, rest):
            found = rates(threshold_sweep(split), way.threshold)
            for rate in ("sensitivity", "specificity"):
                assert f">{theme.rate(found[rate].value)}<" in html, (way.name, rate)
    assert f"{local.n_patients} patients with {local.n} images adapt" in html
    assert "only reports" in html


def test_sets_drawn_of_a_site_are_said_to_be_its_own(open_dashboard, shown, tmp_path):
    made = import_predictions(
        write(table(400), tmp_path / "a.csv"), name="two", out=tmp_path / "runs", mapping=mapping()
    )
    north = table(240, seed=3, sets=("test",)).drop(columns="split")
    import_sites(write(north, tmp_path / "n.csv"), read_run(made), site="north", mapping=mapping())
    for chosen, named in (("north", "the rest of site north"), ("test", "the rest of test")):
        said = shown(open_dashboard(tmp_path / "runs", script="adaptation", run="two", split=chosen))
        assert set(re.findall(r'"sets\\*": \\*"(the rest of [^"\\]*)', said)) == {named}


def test_the_prevalence_that_scores_alone_suggest_is_expectation_maximisations(open_page, shown, runs):
    """Iterated here anew (Saerens, Latinne and Decaestecker 2002) from probabilities that are right on average on
    validation, and judged by the labels."""
    html, run = shown(open_page(runs, run="fitted", split="test"), "html"), read_run(runs / "fitted")
    validation, test = run.predictions("validation"), run.predictions("test")
    temperature = run.calibration["temperature"]["value"]
    right = brentq(lambda a: expit(validation.logit / temperature + a).sum() - validation.n_pos, -9, 9)
    calibrated = np.exp(test.logit / temperature + right)
    share = prevalence = validation.n_pos / validation.n
    for _ in range(100_000):
        odds = calibrated * (prevalence / (1 - prevalence)) / (share / (1 - share))
        prevalence, before = float((odds / (1 + odds)).mean()), prevalence
        if abs(prevalence - before) < 1e-12:
            break

    assert f"one would infer a prevalence of {theme.percent(prevalence)} (" in html
    assert f"By the labels it is {theme.percent(test.n_pos / test.n)} (" in html


def test_sets_and_their_level(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    app.button_group(key="site_level").set_value("0.80").run()
    run = read_run(runs / "fitted")
    local = draw_patients(run.predictions("test"), app.select_slider(key="site_size").value, seed=0)
    held = coverage(class_conditional(local, "0.80"), without(run.predictions("test"), local))
    html = shown(app, "html")
    assert all(f">{theme.rate(own.value)}<" in html for own in held.values())
    assert "on average over calibration samples" in html


def test_figures_have_names_and_downloads(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    sets, spread = alternatives(app)
    assert sets.startswith("Bars of images by prediction set. without pneumonia: ")
    assert spread.startswith("Lines of the median and bands of 90 % of the samples")
    downloads = shown(app, "bidi_component")
    assert "sets_downloads" in downloads
    assert "spread_downloads" in downloads


def test_other_patients_are_drawn_on_demand(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    first = shown(app, "html")
    app.button(key="site_seed_button").click().run()
    assert app.query_params["site_seed"] == "1"
    assert shown(app, "html") != first


def test_uploaded_cases_adapt_and_those_that_test_knows_do_not_evaluate(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    app.button_group(key="site_source").set_value("file").run()
    assert "read, used and forgotten" in shown(app, "html")
    test = read_run(runs / "fitted").predictions("test")
    rows = np.arange(60)
    table = pd.DataFrame(
        {"image_id": test.image_id[rows], "y_true": test.y_true[rows], "logit": test.logit[rows]}
    ).assign(patient_id=["other" + str(row // 2) for row in rows])
    app.file_uploader(key="site_file").upload("mine.csv", table.to_csv(index=False).encode(), "text/csv").run()
    html = shown(app, "html")
    assert "30 patients with 60 images adapt" in html
    assert "30 patients of test have an id or image of the file: left out of the evaluation" in html


def test_a_file_that_cannot_be_used_says_why(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    app.button_group(key="site_source").set_value("file").run()
    app.file_uploader(key="site_file").upload("mine.csv", b"image_id,y_true,logit\na,2,0.5\n", "text/csv").run()
    said = shown(app, "code")
    assert "mine.csv" in said
    assert "y_true '2' is not 0 or 1" in said
    assert all("/" not in line.split(":")[0] for line in said.splitlines() if "y_true" in line)


def test_run_without_validation_uses_raw_probabilities(open_page, shown, runs):
    app = open_page(runs, run="test-only")
    assert "patients with" in shown(app, "html")


def test_one_class_and_few_patients(open_page, shown, tmp_path):
    table = pd.DataFrame({"image_id": [f"i{k}" for k in range(12)], "y_true": 1, "logit": np.arange(12.0)})
    table.to_csv(tmp_path / "sick.csv", index=False)
    import_predictions(tmp_path / "sick.csv", name="sick", out=tmp_path / "runs")
    app = open_page(tmp_path / "runs", run="sick")
    assert "too few patients to draw a site from" in shown(app, "html")
    app.query_params["site_source"] = "file"
    html = shown(app.run(), "html")
    assert "read, used and forgotten" in html and "too few patients to draw a site from" not in html


def test_what_was_read_otherwise_and_what_looks_wrong_in_an_uploaded_file_is_said(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    app.button_group(key="site_source").set_value("file").run()
    y_true = np.arange(60) % 2
    table = pd.DataFrame({"image_id": [f" new{i} " for i in range(60)], "y_true": y_true})
    table["logit"] = -2.0 * y_true + np.arange(60) / 60
    app.file_uploader(key="site_file").upload("mine.csv", table.to_csv(index=False).encode(), "text/csv").run()
    html = shown(app, "html")
    assert "Read otherwise than it stands in the file:</strong> 60 cells padded with spaces were trimmed" in html
    assert "The scores point the other way:" in html


@pytest.fixture
def pictured(tmp_path, write_run_with_images):
    """A run whose test has patients enough for batch-norm statistics, of few files."""

    def copied(records):
        copies = [f"{copy:02d}/" for copy in range(20)]
        names = ("image_id", "patient_id")
        return pd.concat(
            [records.assign(**{name: [copy + one for one in records[name]] for name in names}) for copy in copies],
            ignore_index=True,
        )

    write_run_with_images(tmp_path / "runs", "pictured", change=copied)
    return tmp_path / "runs"


def test_what_batch_norm_statistics_buy_stands_there_again_when_the_page_runs_again(open_page, shown, pictured):
    app = open_page(pictured, run="pictured", split="test")
    app.select_slider(key="batch_norm_images").set_value(16).run()
    assert "With the site's statistics" not in shown(app, "html")
    app.button(key="batch_norm_go").click().run()
    first = shown(app, "html")
    assert "With the site's statistics" in first and "16 images" in first and "none of whom gave statistics" in first
    assert shown(app.run(), "html") == first
