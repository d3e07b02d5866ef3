"""Find a threshold in each of its states, without a browser."""

from fractions import Fraction
from functools import partial

import numpy as np
import pandas as pd
import pytest

from core.config import TrainConfig
from core.evaluation.choosing.guarantee import Guarantee, choose_guaranteed
from core.evaluation.choosing.operating_point import choose_with_floor, just_meeting_floor, rates
from core.evaluation.choosing.search import (
    choose_least_cost,
    choose_net_benefit,
    choose_with_ppv,
    choose_within_capacity,
)
from core.evaluation.choosing.threshold_interval import threshold_interval
from core.evaluation.sweep import threshold_sweep
from core.runs import hiding
from core.runs.importer import import_predictions
from core.runs.store import read_run
from dashboard import theme


@pytest.fixture
def open_page(open_dashboard):
    def run(out, **address):
        return open_dashboard(out, "find_threshold", **address)

    return run


@pytest.fixture
def many(tmp_path):
    """A folder with one imported run, large enough for a confidence; one image a patient."""
    rng = np.random.default_rng(6)
    y_true = (rng.random(1500) < 0.4).astype(int)
    rows = pd.DataFrame(
        {"image_id": np.arange(1500).astype(str), "y_true": y_true, "logit": rng.normal(4 * y_true - 2)}
    )
    rows.assign(split=np.where(np.arange(1500) < 1000, "validation", "test")).to_csv(tmp_path / "m.csv", index=False)
    import_predictions(tmp_path / "m.csv", name="many", out=tmp_path / "runs")
    return tmp_path / "runs"


def ask(app, kind=None, **texts):
    if kind is not None:
        app.button_group(key="requirement_switch").set_value(kind).run()
    for name, text in texts.items():
        box = app.selectbox if name in {"rate", "confidence"} else app.text_input
        box(key=f"require_{name}").set_value(text).run()
    return app


def test_a_floor_with_confidence_is_what_core_finds(open_page, shown, many):
    app = ask(open_page(many, run="many"), sensitivity="0.9")
    validation = read_run(many / "many").predictions("validation")
    found = choose_guaranteed(validation, threshold_sweep(validation), {"sensitivity": "0.9"})
    assert isinstance(found, Guarantee)
    html = shown(app, "html")
    assert f"logit {theme.logit(found.point.threshold)}<" in html
    (floor,) = found.floors
    bound = theme.fixed(floor.bound, 4)
    assert f"sensitivity is at least 0.9: of {floor.patients} patients labelled" in html
    assert f"For this threshold alone, had it been fixed beforehand, the lower bound would be {bound}" in html
    assert "whether validation also chose the network is not known" in html
    assert "These plain estimates are optimistic" in html
    assert "not for another hospital" in html


def test_floors_that_are_tried_are_counted_until_they_are_tried_freely(open_page, shown, many):
    """The page opens with an answer to a floor of 0.95, which is a question too."""
    app = open_page(many, run="many")
    assert "such questions" not in shown(app, "html")
    assert "2 such questions were answered in this session" in shown(ask(app, sensitivity="0.9"), "html")
    assert "3 such questions were answered in this session" in shown(ask(app, sensitivity="0.85"), "html")
    assert "3 such questions were answered" in shown(ask(app, sensitivity="0.9"), "html")
    assert "at least 80 % (Bonferroni)" in shown(ask(app, sensitivity="0.8"), "html")
    html = shown(ask(app, confidence="0.95 each"), "html")
    assert "for all floors of sensitivity from 0.50 to 0.99 at once: try as many as you like." in html
    validation = read_run(many / "many").predictions("validation")
    found = choose_guaranteed(validation, threshold_sweep(validation), {"sensitivity": "0.8"}, every_floor=True)
    assert f"logit {theme.logit(found.point.threshold)}<" in html
    assert f"The highest of these floors that holds here is {int(100 * found.floors[0].bound) / 100:.2f}." in html


@pytest.mark.parametrize("split", ["validation", "test"])
def test_every_tile_is_what_core_has(open_page, shown, many, split):
    app = ask(open_page(many, run="many"), confidence="")
    run = read_run(many / "many")
    sweeps = {name: threshold_sweep(predictions) for name, predictions in run.evaluation_sets.items()}
    threshold = choose_with_floor(sweeps["validation"], "sensitivity", "0.95").threshold
    html = shown(app, "html")
    for rate in ("sensitivity", "specificity", "precision", "npv"):
        estimate = rates(sweeps[split], threshold)[rate]
        assert f"<span class='tw-value'>{theme.rate(estimate.value)}</span>" in html, rate
        assert theme.interval(estimate) in html
    choose = partial(choose_with_floor, rate="sensitivity", floor="0.95")
    just_met = partial(just_meeting_floor, rate="sensitivity", floor="0.95")
    own = threshold_interval(run.predictions("validation"), choose, smooth=True, just_met=just_met)
    assert f"logit {theme.fixed(own.low, 2)} to {theme.fixed(own.high, 2)}" in html


def test_cost_capacity_and_net_benefit_at_a_prevalence(open_page, shown, many):
    sweep = threshold_sweep(read_run(many / "many").predictions("validation"))
    tenth = Fraction(1, 10)
    expected = {
        "ppv": choose_with_ppv(sweep, prevalence=tenth, floor=Fraction(1, 2)),
        "cost": choose_least_cost(sweep, prevalence=tenth, miss=Fraction(10), alarm=Fraction(1)),
        "capacity": choose_within_capacity(sweep, prevalence=tenth, capacity=Fraction(1, 5)),
        "net_benefit": choose_net_benefit(sweep, prevalence=tenth, probability=tenth),
    }
    app = open_page(many, run="many", prevalence="0.1")
    for kind, found in expected.items():
        html = shown(ask(app, kind), "html")
        assert f"logit {theme.logit(found.threshold)}<" in html, kind
        assert "PPV (10 % ill, as stated)" in html
        assert "at a prevalence of 10 %" in html or kind == "ppv", "of the PPV, among the tiles"


def test_a_prevalence_written_here_is_the_clinics(open_page, many):
    app = ask(open_page(many, run="many"), "cost", prevalence="5 %")
    assert app.query_params["prevalence"] == "0.05"
    ask(app, prevalence="")
    assert "prevalence" not in app.query_params


def test_what_cannot_be_read_is_said_and_nothing_is_answered(open_page, shown, many):
    app = ask(open_page(many, run="many"), sensitivity="<b>2</b>")
    html = shown(app, "html")
    assert "The floor of sensitivity is a share above 0 and at most 1, such as 0.95 or 95 %" in html
    assert "&lt;b&gt;2&lt;/b&gt;" in html
    assert "use_threshold" not in [button.key for button in app.button]


def test_using_it_sets_threshold_and_rule_until_it_is_moved(open_page, shown, many):
    app = ask(open_page(many, run="many"), confidence="", sensitivity="0.8")
    app.button(key="use_threshold").click().run()
    run = read_run(many / "many")
    threshold = choose_with_floor(threshold_sweep(run.predictions("validation")), "sensitivity", "0.8").threshold
    assert app.query_params["threshold"] == repr(threshold)
    remembered, words, _ = app.session_state["rules"]["many", run.finding]
    assert remembered == threshold
    assert words == "largest specificity with sensitivity of at least 0.8, as observed on validation"
    assert app.button(key="use_threshold").label == "In use"
    app.query_params["threshold"] = "0.5"
    app.run()
    assert app.button(key="use_threshold").label == "Use this threshold"


def test_too_few_patients_are_said_with_how_many_would_do(open_page, shown, runs):
    app = ask(open_page(runs, run="fitted"), sensitivity="0.99")
    html = shown(app, "html")
    assert "No threshold does this." in html
    assert "patients with pneumonia. The fewest possible are 299, if every one is called rightly" in html
    assert "As merely observed on validation, a threshold of " in html
    assert "(calibrated probability at validation" in html.split("As merely observed")[1]
    assert "What test delivers there" not in [header.value for header in app.header]


def test_without_validation_nothing_is_found(open_page, shown, runs):
    app = open_page(runs, run="test-only")
    assert "No threshold can be found" in shown(app, "markdown")


def test_without_test_the_page_says_so(open_page, shown, tmp_path):
    rows = pd.DataFrame({"image_id": list("abcdefgh"), "y_true": [0, 1] * 4, "logit": range(8), "split": "validation"})
    rows.to_csv(tmp_path / "v.csv", index=False)
    import_predictions(tmp_path / "v.csv", name="alone", out=tmp_path / "runs")
    app = ask(open_page(tmp_path / "runs", run="alone"), confidence="", sensitivity="0.5")
    assert "This run has no test images" in shown(app, "html")


def test_class_names_from_files_are_text(open_page, shown, runs):
    for confidence in ("", "0.95"):
        html = shown(ask(open_page(runs, run="hostile"), confidence=confidence, sensitivity="0.99"), "html")
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


def test_hidden_test_figures_stay_hidden(open_page, shown, write_run, tmp_path):
    write_run(tmp_path, "blind", config=TrainConfig(data="radiographs", image_size=96, epochs=8, hide_test=True))
    html = shown(ask(open_page(tmp_path, run="blind"), confidence="", sensitivity="0.9"), "html")
    assert hiding.SENTENCE in html
    assert "On validation, where it was chosen" in html
    assert "On test, only reported" not in html
