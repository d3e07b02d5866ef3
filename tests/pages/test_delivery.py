"""Promise and delivery in each of its states, without a browser."""

import re

import numpy as np
import pandas as pd
import pytest

from core.evaluation.choosing.optimism import choices, optimism, optimism_by_threshold
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.comparing.delivery import deliveries
from core.evaluation.comparing.difference_from_validation import differences
from core.evaluation.comparing.shift import shift_between
from core.evaluation.sweep import threshold_sweep
from core.runs.importer import import_predictions
from core.runs.locked_points import Signature, lock_point
from core.runs.store import read_run
from dashboard import gateway, theme
from dashboard.delivery import words as sentences


@pytest.fixture
def open_page(open_dashboard):
    """The page of a run in ``out``."""

    def run(out, **address):
        return open_dashboard(out, "delivery", **address)

    return run


FLOORS = {"specificity": "0.90", "sensitivity": "0.95"}


def delivered(run, threshold, floors, margin=0.0):
    test = run.predictions("test")
    return deliveries(threshold_sweep(test), test, threshold, floors, margin=margin)


def compared(run, threshold, others=()):
    """Both rates at ``threshold`` among the rules' own and ``others``."""
    splits = [run.predictions(split) for split in ("validation", "test")]
    before, after = map(threshold_sweep, splits)
    rules = choices(FLOORS)
    added = optimism_by_threshold(before, rules, optimism(splits[0], rules), [threshold, *others])
    return differences(before, after, added)[threshold]


def point(run, name):
    return next(point["threshold"] for point in run.operating_points if point["name"] == name)


def write_split(tmp_path, sensitivity, *, n=400):
    """A run whose rule "sensitivity at least 0.95" keeps 0.96 on validation and ``sensitivity`` on test."""
    parts = []
    for split, found in (("validation", 0.96), ("test", sensitivity)):
        ill = np.where(np.arange(n) < round(found * n), 3.0, -3.0) + np.arange(n) / 1000
        well = -1.0 - np.arange(n) / 1000
        part = pd.DataFrame({"y_true": np.repeat([1, 0], n), "logit": [*ill, *well], "split": split})
        parts.append(part.assign(image_id=[f"{split}{k}" for k in range(2 * n)]))
    pd.concat(parts).to_csv(tmp_path / "t.csv", index=False)
    import_predictions(tmp_path / "t.csv", name="made", out=tmp_path / "runs")
    return tmp_path / "runs"


@pytest.mark.parametrize(
    ("sensitivity", "said"),
    [(0.995, "The promise is held"), (0.955, "These patients do not tell"), (0.90, "The promise is broken")],
)
def test_a_promise_is_held_broken_or_not_told(open_page, shown, tmp_path, sensitivity, said):
    app = open_page(write_split(tmp_path, sensitivity), run="made")
    app.button_group(key="delivery_rule").set_value("sensitivity").run()
    html = shown(app, "html")
    assert f"{said}" in html
    run = read_run(tmp_path / "runs" / "made")
    own = delivered(run, point(run, "sensitivity_0.95"), {"sensitivity": "0.95"}).rates["sensitivity"]
    assert f">{theme.VERDICTS[own.judgement.verdict]}</span>" in html
    assert f"{theme.interval(own.judgement.limits)}, exact" in html
    assert f">{theme.rate(own.delivered.value)}<" in html and f">{theme.interval(own.delivered)}<" in html


def test_a_margin_is_asked_for_stands_in_the_address_and_makes_broken_rarer(open_page, shown, tmp_path):
    app = open_page(write_split(tmp_path, 0.90), run="made")
    app.button_group(key="delivery_rule").set_value("sensitivity").run()
    assert "The promise is broken" in shown(app, "html")
    app.selectbox(key="margin_select").select("0.05").run()
    html = shown(app, "html")
    assert "These patients do not tell whether the promise is held" in html
    assert "broken below 0.900" in html
    assert "but perhaps by no more than the margin" in html
    assert app.query_params["margin"] == "0.05"
    again = open_page(tmp_path / "runs", run="made", margin="0.05", threshold=app.query_params["threshold"])
    again.button_group(key="delivery_rule").set_value("sensitivity").run()
    assert "These patients do not tell whether the promise is held" in shown(again, "html")


def test_youden_promises_nothing_and_is_compared_with_validation(open_page, shown, runs):
    app = open_page(runs, run="fitted", rule="youden")
    html = shown(app, "html")
    assert "promises nothing: a promise is the floor of a rule or of a signed lock" in html
    for word in ("The promise is", "do not tell", ">held<", ">broken<"):
        assert word not in html
    assert not [box for box in app.selectbox if box.key == "margin_select"]
    run = read_run(runs / "fitted")
    found = compared(run, point(run, "youden"))
    assert found["specificity"].differs
    for own in found.values():
        for one in (own.validation, own.corrected, own.delivered):
            assert f">{theme.rate(one.value)}<" in html and f">{theme.interval(one)}<" in html
        for gap in (own.gap, own.corrected_gap):
            value, limits = theme.difference(gap)
            assert f">{value}<" in html and f">{limits}<" in html
    text, lost = sentences.difference(found, named="test")
    assert lost and text in html
    assert "A rule chose this threshold on validation, and the gap is corrected for that choice." in html
    assert html.count("▼ differs, more than chance") == 1


def test_both_claims_are_shown_of_a_floor_with_support_and_move(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    assert app.button_group(key="delivery_rule").value == "specificity", "the first that promises something"
    html = shown(app, "html")
    run = read_run(runs / "fitted")
    threshold = point(run, "specificity_0.90")
    found = delivered(run, threshold, {"specificity": "0.90"})
    own = found.rates["specificity"]
    assert "The promise is broken" in html and "≥ 0.900" in html
    assert f"{own.support.kept:,} of {own.support.drawn:,} resamples" in html
    assert f"{theme.signed(found.needed.move, 2)} logits" in html
    assert "must not be used to choose one" in html
    assert sentences.difference(compared(run, threshold), named="test")[0] in html


def test_a_locks_floor_is_its_promise_and_one_without_promises_nothing(open_page, shown, write_run, tmp_path):
    run = read_run(write_run(tmp_path, "locked"))
    for name, floors in (("ward", {"sensitivity": "0.90", "specificity": "0.80"}), ("plain", {})):
        lock_point(run, 0.25, Signature(name=name, rule="r", who="w", why="y", floors=floors))
    app = open_page(tmp_path, run="locked")
    app.button_group(key="delivery_rule").set_value("locked 1").run()
    html = shown(app, "html")
    assert "≥ 0.900" in html and "≥ 0.800" in html
    found = delivered(run, 0.25, {"sensitivity": "0.90", "specificity": "0.80"})
    assert sentences.headline(found, "x")[0] in html
    app.button_group(key="delivery_rule").set_value("locked 2").run()
    assert "promises nothing" in shown(app, "html")


def test_shift_is_taken_apart_and_concluded(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    run = read_run(runs / "fitted")
    temperature = run.calibration["temperature"]["value"]
    shift = shift_between(run.predictions("validation"), run.predictions("test"), temperature=temperature)
    html = shown(app, "html")
    found = compared(run, run.operating_points[0]["threshold"])
    text, warn = sentences.conclusion(shift, found, ("without pneumonia", "with pneumonia"), named="test")
    assert warn
    assert text in html
    assert "prevalence alone does not explain the loss of specificity" in html
    for own in shift.classes.values():
        assert f">{sentences.p_value(own)}<" in html
    assert f">{theme.rate(shift.inferred.test.value)}<" in html
    (chart,) = app.get("plotly_chart")
    assert chart.proto.alt == sentences.distributions_alt(shift, ("without pneumonia", "with pneumonia"), named="test")
    assert "distributions_downloads" in shown(app, "bidi_component")


def test_a_floor_is_the_promise_and_is_shared_with_the_explorer(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    app.button_group(key="delivery_rule").set_value("sensitivity").run()
    assert "≥ 0.950" in shown(app, "html")
    app.number_input(key="delivery_floor").set_value(0.975).run()
    assert "≥ 0.975" in shown(app, "html")
    assert app.query_params["sensitivity_at_least"] == "0.975"
    app.switch_page("../pages/overview.py").run()
    app.switch_page("../pages/delivery.py").run()
    assert app.button_group(key="delivery_rule").value == "sensitivity"
    assert app.number_input(key="delivery_floor").value == 0.975


def test_the_threshold_in_use_is_compared_too_and_promises_nothing(open_page, shown, runs):
    app = open_page(runs, run="fitted", threshold="1.25")
    app.button_group(key="delivery_rule").set_value("current").run()
    run = read_run(runs / "fitted")
    found = compared(run, 1.25)
    html = shown(app, "html")
    assert f">{theme.rate(found['specificity'].delivered.value)}<" in html
    assert found["specificity"].corrected == found["specificity"].validation
    assert "promises nothing" in html
    at = (
        r"Threshold in use, at 0\.\d+ \(calibrated probability at validation\S+ \d+ % with pneumonia\) promises nothing"
    )
    assert re.search(at, html)


def test_an_answer_of_find_a_threshold_is_corrected_for_its_question_and_another_is_said_not_to_be(
    open_page, shown, runs
):
    run = read_run(runs / "fitted")
    asked = Requirement(kind="floor", floors=(("sensitivity", "0.80"),))
    threshold = gateway.fallback(run, asked).threshold
    address = {"need_sensitivity": "80 %", "need_confidence": "", "threshold": repr(threshold)}
    html = shown(open_page(runs, run="fitted", rule="current", **address), "html")
    assert "The gap is corrected for that choice: the question is asked again" in html
    found = gateway.differences(run, "test", tuple(FLOORS.items()), (threshold,), asked)[threshold]
    assert found != gateway.differences(run, "test", tuple(FLOORS.items()), (threshold,))[threshold]
    for own in found.values():
        value, limits = theme.difference(own.corrected_gap)
        assert f">{theme.rate(own.corrected.value)}<" in html and f">{value}<" in html and f">{limits}<" in html
    moved = shown(open_page(runs, run="fitted", rule="current", **address | {"threshold": "1.25"}), "html")
    assert "The gap is not corrected for the choice: neither a rule above nor the question" in moved


def test_a_rule_without_a_threshold_says_why_and_the_shift_stays(open_page, shown, tmp_path):
    y_true, logit = np.tile([0, 1], 40), np.tile([2.0, 2.0, 0.0, 1.0], 20)
    table = {"image_id": [f"i{k}" for k in range(80)], "y_true": y_true, "logit": logit}
    pd.DataFrame(table).assign(split=np.repeat(["validation", "test"], 40)).to_csv(tmp_path / "t.csv", index=False)
    import_predictions(tmp_path / "t.csv", name="tied", out=tmp_path / "runs")
    app = open_page(tmp_path / "runs", run="tied")
    app.button_group(key="delivery_rule").set_value("specificity").run()
    assert "Validation gives this rule no threshold" in shown(app, "markdown")
    assert "10 negative images share the highest score" in shown(app, "code")
    assert len(app.get("plotly_chart")) == 1


def test_run_without_validation_has_no_promise(open_page, shown, runs):
    app = open_page(runs, run="test-only")
    assert "nothing was promised" in shown(app, "markdown")
    assert not app.get("plotly_chart")


def test_few_patients_are_said_where_no_difference_is_seen(open_page, shown, tmp_path):
    rows = pd.DataFrame(
        {
            "split": ["validation"] * 6 + ["test"] * 6,
            "image_id": [f"{i}" for i in range(12)],
            "y_true": [0, 0, 0, 1, 1, 1] * 2,
            "logit": [-2.0, -1.5, 0.3, -0.2, 1.4, 2.2] * 2,
        }
    )
    rows.to_csv(tmp_path / "six.csv", index=False)
    import_predictions(tmp_path / "six.csv", name="six", out=tmp_path / "runs")
    html = shown(open_page(tmp_path / "runs", run="six"), "html")
    sets = ("validation has 3 patients labelled negative and 3", "test has 3 patients labelled negative and 3")
    assert all(one in html.split("Too few patients to tell whether test differs from validation: ")[1] for one in sets)
    assert "There is no clear difference" not in html
