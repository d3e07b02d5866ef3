"""A small run of the simulated collections of hospitals, and of floors asked of several."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from benchmarks import coverage_sites, floors_at_sites


def test_hospitals_are_as_they_are_said_to_be():
    seen = coverage_sites.draw(np.random.default_rng(0), 2, 2000, 0.9, 0.35, 600)
    assert np.median(seen.rate) == pytest.approx(0.9, abs=0.005)
    # Of one image a patient the size is the number of patients; of several it is more than patients, less than images.
    assert np.median(seen.size[1]) == pytest.approx(600, rel=0.05)
    assert 600 < np.median(seen.size[0]) < 1500
    assert np.log(seen.rate / (1 - seen.rate)).std() == pytest.approx(np.hypot(0.35, 0.16), abs=0.05)


def test_a_pair_of_limits_is_judged_by_the_hospitals_between_them():
    low, high = np.array([1.0, 2.5]), np.array([2.0, 3.0])
    found = coverage_sites.held(low, high, 1.5, 0.5)
    assert found == pytest.approx(norm.cdf([1.0, 3.0]) - norm.cdf([-1.0, 2.0]))
    assert coverage_sites.held(low, high, 1.5, 0.0).tolist() == [1.0, 0.0]


def test_limits_hold_the_next_hospital(monkeypatch):
    monkeypatch.setattr(coverage_sites, "KINDS", ((0.9, 600),))
    monkeypatch.setattr(coverage_sites, "HOSPITALS", (5, 10))
    monkeypatch.setattr(coverage_sites, "TAUS", (0.1, 0.35))
    table = coverage_sites.coverages(60).set_index(["k", "tau"])
    assert (table["cautious"] > 90).all()
    assert (table["cautious"] >= table["metafor"]).all()
    assert table.loc[(10, 0.1), "metafor"] < 92 < table.loc[(10, 0.35), "metafor"]
    assert len(coverage_sites.report(table.reset_index()).splitlines()) == 2 + 2 + 2


def test_what_leaves_the_range_is_named():
    row = {"rate": 0.9, "patients": 600, "k": 5, "tau": 0.1, "error": 0.2, "cautious": 95.0, "±": 1.0}
    changed = [{}, {"cautious": 91.0}, {"cautious": 92.5}, {"cautious": 99.0}, {"cautious": 99.0, "tau": 0.5}]
    elsewhere = [{"cautious": 80.0, "k": 4}, {"cautious": 80.0, "rate": 0.97, "patients": 150}]
    table = pd.DataFrame([row | other for other in (*changed, *elsewhere)])
    assert coverage_sites.beyond(table, "cautious").index.tolist() == [1, 4]


def test_floors_at_every_site_and_at_the_next(monkeypatch):
    monkeypatch.setattr(floors_at_sites, "SETTINGS", ((3, 0.0, 0.0, 100), (5, 0.3, 0.0, 600), (3, 0.0, 1.5, 100)))
    alike, different, worse = floors_at_sites.floors(150).to_dict("records")
    assert alike["given"] == different["given"] == 100
    assert max(row["every false"] for row in (alike, different, worse)) <= 5 + 3 * 1.8
    assert worse["every false"] > alike["every false"]
    assert alike["next given"] == 0  # three hospitals of a hundred patients: t of one degree of freedom is 12.7
    assert different["next keeps"] > 90
