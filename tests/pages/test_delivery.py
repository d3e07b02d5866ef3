"""Promise and delivery in each of its states, without a browser."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.comparing.delivery import deliveries
from core.evaluation.comparing.shift import shift_between
from core.evaluation.sweep import threshold_sweep
from core.runs.importer import import_predictions
from core.runs.store import read_run
from dashboard import theme
from dashboard.delivery import words as sentences


@pytest.fixture
def open_page(open_dashboard):
    """The page of a run in ``out``."""

    def run(out, **address):
        return open_dashboard(out, **address).switch_page("../pages/delivery.py").run()

    return run


def found_of(run, threshold, floor=None):
    validation, test = (run.predictions(split) for split in ("validation", "test"))
    return deliveries(threshold_sweep(validation), threshold_sweep(test), test, threshold, floor=floor)


def test_promise_gap_support_and_move_stand_as_core_has_them(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    html = shown(app, "html")
    run = read_run(runs / "fitted")
    found = found_of(run, run.operating_points[0]["threshold"])
    assert any(found.rates[rate].delivered.value < found.rates[rate].level for rate in found.binding)
    for own in found.rates.values():
        for value in (own.promised.value, own.delivered.value):
            assert f">{theme.rate(value)}<" in html
        gap, limits = theme.difference(own.gap)
        assert f">{gap}<" in html and f">{limits}<" in html
        assert f"≥ {theme.rate(own.level)}" in html
        assert f"{own.support.kept:,} of {own.support.drawn:,} resamples" in html
    assert f"{theme.signed(found.needed.move, 2)} logits" in html
    assert "must not be used to choose one" in html


def test_shift_is_taken_apart_and_concluded(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    run = read_run(runs / "fitted")
    temperature = run.calibration["temperature"]["value"]
    shift = shift_between(run.predictions("validation"), run.predictions("test"), temperature=temperature)
    html = shown(app, "html")
    found = found_of(run, run.operating_points[0]["threshold"])
    text, warn = sentences.conclusion(shift, found, ("without pneumonia", "with pneumonia"))
    assert warn
    assert text in html
    assert "prevalence alone does not explain the loss of specificity" in html
    for own in shift.classes.values():
        assert f">{sentences.p_value(own)}<" in html
    assert f">{theme.rate(shift.inferred.test.value)}<" in html
    (chart,) = app.get("plotly_chart")
    assert chart.proto.alt == sentences.distributions_alt(shift, ("without pneumonia", "with pneumonia"))
    assert "distributions_downloads" in shown(app, "bidi_component")


def test_a_floor_is_the_promise_and_is_shared_with_the_explorer(open_page, shown, runs):
    app = open_page(runs, run="fitted")
    app.button_group(key="delivery_rule").set_value("sensitivity").run()
    assert "the rule&#x27;s floor" in shown(app, "html")
    app.number_input(key="delivery_floor").set_value(0.975).run()
    assert "≥ 0.975" in shown(app, "html")
    assert app.session_state["floors"]["sensitivity"] == "0.975"
    app.switch_page("../pages/overview.py").run()
    app.switch_page("../pages/delivery.py").run()
    assert app.button_group(key="delivery_rule").value == "sensitivity"
    assert app.number_input(key="delivery_floor").value == 0.975


def test_the_threshold_in_use_is_held_against_test_too(open_page, shown, runs):
    app = open_page(runs, run="fitted", threshold="1.25")
    app.button_group(key="delivery_rule").set_value("current").run()
    run = read_run(runs / "fitted")
    found = found_of(run, 1.25)
    html = shown(app, "html")
    assert f">{theme.rate(found.rates['specificity'].delivered.value)}<" in html
    assert "Threshold in use, at calibrated probability" in html


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
