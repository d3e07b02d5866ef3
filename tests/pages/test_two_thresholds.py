"""Two thresholds without a browser: what a run opens with, what a link restores, and runs that lack something."""

import json

import pytest

from core.evaluation.choosing.triage import first_thresholds
from core.evaluation.sweep import threshold_sweep
from core.runs.locked_points import Signature, lock_point
from core.runs.store import read_run
from dashboard import state


@pytest.fixture
def open_page(open_dashboard):
    def run(out, **address):
        return open_dashboard(out, "two_thresholds", **address)

    return run


def pair(app):
    """What the component is told, and with it whether the address agrees where it says something."""
    (element,) = [one for one in app.get("bidi_component") if '"pair"' in str(one.proto).replace("\\", "")]
    data = json.loads(element.proto.mixed.json if element.proto.HasField("mixed") else element.proto.json)
    return tuple(data["told"]["pair"])


def test_it_opens_with_what_keeps_both_rates_on_validation(open_page, runs):
    app = open_page(runs, run="fitted", split="test")
    assert pair(app) == first_thresholds(threshold_sweep(read_run(runs / "fitted").predictions("validation")))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("-0.30000000000000004", "1e300"), (-0.30000000000000004, 1e300)),
        (("2", "-2"), (-2.0, 2.0)),
        (("0.5", "0.5"), (0.5, 0.5)),
    ],
)
def test_both_of_a_link_are_kept_to_the_last_bit_and_in_order(open_page, runs, asked, expected):
    app = open_page(runs, run="fitted", rule_out=asked[0], rule_in=asked[1])
    assert pair(app) == expected
    app = app.switch_page("../pages/overview.py").run()
    app = app.switch_page("../pages/two_thresholds.py").run()
    assert pair(app) == expected


@pytest.mark.parametrize("asked", ["many", "nan", "inf", ""])
def test_a_link_without_numbers_opens_as_the_run_does(open_page, runs, asked):
    app = open_page(runs, run="fitted", rule_out=asked, rule_in=asked)
    assert pair(app) == first_thresholds(threshold_sweep(read_run(runs / "fitted").predictions("validation")))


def test_another_run_has_a_pair_of_its_own(open_page, runs):
    app = open_page(runs, run="fitted", rule_out="-1.25", rule_in="1.25")
    app.selectbox(key=state.RUN.widget).select("synthetic").run()
    assert pair(app) != (-1.25, 1.25)
    app.selectbox(key=state.RUN.widget).select("fitted").run()
    assert pair(app) == (-1.25, 1.25)


def test_locked_thresholds_are_buttons_at_both_handles(open_page, write_run, tmp_path):
    folder = write_run(tmp_path / "runs", "own")
    lock_point(read_run(folder), 0.123456789, Signature(name="Triage", rule="r", who="w", why="y"))
    app = open_page(tmp_path / "runs", run="own")
    (component,) = [one for one in app.get("bidi_component") if "Locked: Triage" in str(one.proto)]
    data = json.loads(component.proto.mixed.json if component.proto.HasField("mixed") else component.proto.json)
    offered = [preset for preset in data["presets"] if preset["label"] == "Locked: Triage"]
    assert [(preset["handle"], preset["threshold"]) for preset in offered] == [
        ("lower", 0.123456789),
        ("upper", 0.123456789),
    ]


@pytest.mark.parametrize("run", ["imported", "test-only", "hostile", "synthetic"])
def test_every_kind_of_run_opens(open_page, runs, shown, run):
    app = open_page(runs, run=run)
    assert len(app.get("plotly_chart")) == 1
    names = [element.proto.component_name for element in app.get("bidi_component")]
    assert (names.count("pair"), names.count("fates")) == (1, 1)


def test_run_without_validation_opens_with_one_threshold_twice(open_page, runs):
    assert pair(open_page(runs, run="test-only")) == (0.0, 0.0)


def test_the_clinic_needs_a_prevalence(open_page, runs, shown):
    assert "No prevalence is set yet" in shown(open_page(runs, run="fitted", population="clinic"))
    known = shown(open_page(runs, run="fitted", population="clinic", prevalence="0.03"))
    assert "No prevalence is set yet" not in known
    assert "Your clinic, 3 %" in known
