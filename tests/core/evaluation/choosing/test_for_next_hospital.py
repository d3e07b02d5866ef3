"""The threshold for the next hospital, against the prediction at each threshold one by one, and simulated hospitals."""

import numpy as np
import pytest
from scipy.special import ndtr

from core.evaluation.choosing.for_next_hospital import ForNextHospital, choose_for_next_hospital, lower_limits
from core.evaluation.choosing.operating_point import Unreachable
from core.evaluation.choosing.several_sites import together
from core.evaluation.comparing.next_hospital import next_hospital
from core.evaluation.sweep import threshold_sweep
from tests.core.evaluation.choosing.test_several_sites import normal_sites
from tests.core.evaluation.conftest import _make


def sweeps(rng, middles, patients=80):
    named = {f"site {place}": middle for place, middle in enumerate(middles)}
    return {name: threshold_sweep(own) for name, own in normal_sites(rng, named, patients).items()}


@pytest.mark.parametrize("rate", ["sensitivity", pytest.param("specificity", marks=pytest.mark.long)])
def test_limits_are_those_of_the_prediction_at_each_threshold(rate):
    sites = sweeps(np.random.default_rng(0), [1.0, 1.5, 2.0, 1.2], 30)
    counts = together(sites)
    limits = lower_limits(sites, counts.threshold, rate)
    expected = [next_hospital(sites, at, rate).prediction_low for at in counts.threshold.tolist()]
    assert limits == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("rate", "floor"), [("sensitivity", "0.75"), ("specificity", "0.80")])
def test_the_strictest_threshold_whose_limit_is_at_least_the_floor(rate, floor):
    sites = sweeps(np.random.default_rng(1), [1.4, 1.5, 1.6, 1.5, 1.5])
    found = choose_for_next_hospital(sites, {rate: floor})
    assert isinstance(found, ForNextHospital)
    counts = together(sites)
    passing = counts.threshold[lower_limits(sites, counts.threshold, rate) >= float(floor)]
    best = passing.max() if rate == "sensitivity" else passing.min()
    # Where the best other rate is that of several thresholds, the one with the best floored rate.
    row, chosen = (int(np.flatnonzero(counts.threshold == at)[0]) for at in (best, found.threshold))
    other = counts.fp if rate == "sensitivity" else counts.tp
    assert other[row] == other[chosen]
    assert found.limits[rate] >= float(floor)
    assert set(found.points) == set(sites)


def test_both_floors_at_once():
    sites = sweeps(np.random.default_rng(2), [2.0, 2.1, 2.2, 2.0, 2.1])
    found = choose_for_next_hospital(sites, {"sensitivity": "0.8", "specificity": "0.8"})
    assert isinstance(found, ForNextHospital)
    for rate in ("sensitivity", "specificity"):
        assert next_hospital(sites, found.threshold, rate).prediction_low == pytest.approx(found.limits[rate], abs=1e-9)
        assert found.limits[rate] >= 0.8


def test_why_there_is_none():
    rng = np.random.default_rng(3)
    two = choose_for_next_hospital(sweeps(rng, [1.0, 2.0]), {"sensitivity": "0.8"})
    assert isinstance(two, Unreachable)
    assert two.reason == "sensitivity of the next hospital takes 3 hospitals with an interval"
    apart = choose_for_next_hospital(sweeps(rng, [0.0, 2.0, 4.0]), {"sensitivity": "0.99"})
    assert "the highest are 0." in apart.reason
    one_class = {"A": threshold_sweep(_make([1, 1], [0.0, 1.0]))}
    assert choose_for_next_hospital(one_class, {"sensitivity": "0.9"}).reason == "A has no negative images"


def test_the_next_hospital_mostly_keeps_the_floor():
    """Six hospitals of 80 ill patients whose middles vary by 0.3: of 60 collections' thresholds the next keeps the
    floor in at least 93 %. It is no guarantee: the lower limit alone would promise 97.5 %."""
    rng, kept = np.random.default_rng(4), []
    for _ in range(60):
        found = choose_for_next_hospital(sweeps(rng, rng.normal(1.5, 0.3, 6)), {"sensitivity": "0.80"})
        if isinstance(found, ForNextHospital):
            needed = found.threshold + 0.8416212335729143
            kept.append(ndtr((1.5 - needed) / 0.3))
    assert len(kept) > 50
    assert np.mean(kept) >= 0.93
