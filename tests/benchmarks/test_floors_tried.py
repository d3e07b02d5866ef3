"""A small run of the simulation of floors that are tried, and of studies of a stated size."""

import pytest

from benchmarks import floors_tried


def test_floors_tried_freely_hold_at_once_and_those_asked_once_each_do_not():
    """1,000 hospitals: three standard errors of 5 % are 2.1 percentage points."""
    found = floors_tried.false_guarantees(146, 1000, seed=5).set_index("floors")
    assert found.loc["one, 0.90", "asked once each"] <= 7.1
    assert found.loc["all", "asked once each"] > 10
    assert found.loc["five, 0.80 to 0.98", "tried freely"] < found.loc["five, 0.80 to 0.98", "asked once each"]
    assert found.loc["all", "tried freely"] == pytest.approx(5, abs=2.1)


def test_a_study_of_the_stated_size_has_the_power():
    found = floors_tried.passing(0.97, "0.95", 5000, seed=2).set_index("size for")
    assert found["patients"].tolist() == [361, 694, 900]
    assert found.loc["the observed rate just passes", "pass"] < 65
    assert found.loc["power 0.80", "pass"] >= 80
    assert found.loc["power 0.90", "pass"] >= 90
