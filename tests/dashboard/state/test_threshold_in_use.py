"""The threshold of a run and a finding: asked for, kept, never rounded, never another run's."""

from dataclasses import replace

import pytest

from dashboard.state import address
from dashboard.state import threshold_in_use as state


@pytest.fixture
def other(run):
    return replace(run, run_id="other", operating_points=None)


def test_a_run_opens_with_youden_and_one_without_it_with_0(run, other):
    youden = next(point["threshold"] for point in run.operating_points if point["name"] == "youden")
    assert state.threshold(run) == youden != 0
    assert state.threshold(other) == 0


def test_its_rule_is_known_until_it_is_moved(run):
    state.set_threshold(run, 1.25, rule="by hand")
    assert (state.threshold(run), state.rule(run)) == (1.25, "by hand")
    state.set_threshold(run, 1.5)
    assert state.rule(run) is None
    assert address.held() == {"threshold": "1.5"}


def test_the_address_asks_unrounded_and_what_is_no_number_is_told(run, params):
    params.update(threshold="0.1000000000000000055")
    address.resolve()
    assert state.threshold(run) == 0.1
    params.update(threshold="high")
    address.resolve()
    assert state.threshold(run) == state.first_threshold(run)
    assert address.unread() == {"threshold": "high"}


def test_what_the_explorer_released_is_not_told_to_it_again(run, session):
    value, first = state.told(run, "seen")
    session[state.EXPLORER] = {"threshold": 0.75}
    assert state.told(run, "seen") == (value, first)
    state.take_threshold(run)
    assert state.threshold(run) == 0.75
    assert state.told(run, "seen") == (value, first)
    state.set_threshold(run, 2.0)
    assert state.told(run, "seen") == (2.0, first + 1)
    assert state.told(run, "another split") == (2.0, first + 2)


@pytest.mark.parametrize("released", [None, "1", float("nan"), float("inf")])
def test_what_is_no_threshold_is_not_taken(run, session, released):
    state.told(run, "seen")
    before = state.threshold(run)
    session[state.EXPLORER] = {"threshold": released}
    state.take_threshold(run)
    assert state.threshold(run) == before


def test_floors_of_the_presets(session):
    assert state.floors() == {"specificity": "0.90", "sensitivity": "0.95"}
    session[state.EXPLORER] = {"floor": {"name": "sensitivity", "floor": "0.99"}}
    assert state.take_floor() == "sensitivity"
    session[state.EXPLORER] = {"floor": {"name": "specificity", "floor": "1.5"}}
    assert state.take_floor() == "specificity"
    assert state.floors() == {"specificity": "0.90", "sensitivity": "0.99"}
