from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from scipy.stats import binom

from core.evaluation.operating_point import OperatingPoint, choose_with_floor, choose_youden
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.threshold_interval import Resampled, threshold_interval

Make = Callable[..., Predictions]
FLOOR = partial(choose_with_floor, rate="sensitivity", floor="0.90")


@pytest.mark.parametrize("drawn", [30, 600])
def test_a_resample_is_the_split_with_its_patients_repeated(clustered: Predictions, make: Make, drawn: int) -> None:
    rng = np.random.default_rng(3)
    resampled = Resampled(clustered)
    for _ in range(20):
        times = np.bincount(rng.integers(600, size=drawn), minlength=600)
        sweep = resampled.sweep(times)
        rows = np.repeat(np.arange(clustered.n), times[clustered.patient_index])
        plain = threshold_sweep(make(clustered.y_true[rows], clustered.logit[rows]))
        for name in ("threshold", "tp", "fp"):
            assert np.array_equal(getattr(sweep, name), getattr(plain, name)), name
        assert (sweep.n_pos, sweep.n_neg) == (plain.n_pos, plain.n_neg)
        chosen = FLOOR(plain)
        assert isinstance(chosen, OperatingPoint)
        assert resampled.threshold(times, FLOOR) == chosen.threshold


def test_interval_of_a_floor_is_that_of_a_quantile(make: Make) -> None:
    """The threshold that finds 90 % is the 10 % quantile of the positives; order statistics have an exact interval."""
    rng = np.random.default_rng(5)
    score = np.sort(rng.normal(size=2000))
    split = make([1] * 2000 + [0] * 3000, np.concatenate([score, rng.normal(-1, 1, 3000)]))
    found = threshold_interval(split, FLOOR, smooth=True)
    low, high = score[binom.ppf([0.025, 0.975], 2000, 0.1).astype(int)]
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)
    assert found.method == "bootstrap over patients, 2,000 resamples"


def test_rules_that_maximise_a_sum_are_m_out_of_n(clustered: Predictions) -> None:
    found = threshold_interval(clustered, choose_youden, smooth=False, n_resamples=300)
    assert found.method.startswith("m out of n: 71 of 600 patients drawn 300 times")
    ordinary = threshold_interval(clustered, choose_youden, smooth=True, n_resamples=300)
    assert found.value == ordinary.value
    assert found.high - found.low > ordinary.high - ordinary.low > 0


def test_every_image_twice_within_its_patient_changes_nothing(
    clustered: Predictions, doubled: Callable[[Predictions], Predictions]
) -> None:
    first, second = (
        threshold_interval(s, FLOOR, smooth=True, n_resamples=200) for s in (clustered, doubled(clustered))
    )
    assert (first.value, first.low, first.high) == (second.value, second.low, second.high)


def test_resamples_that_cannot_meet_the_rule_are_counted(make: Make) -> None:
    split = make([1, 0, 0, 0], [3, 2, 1, 0])
    found = threshold_interval(split, choose_youden, smooth=True, n_resamples=200)
    assert "that cannot meet the rule left out" in found.method
    assert found.low <= found.value <= found.high


def test_undefined_where_the_rule_is_out_of_reach(make: Make) -> None:
    assert math.isnan(threshold_interval(make([1, 1], [0, 1]), FLOOR, smooth=True).value)
    assert math.isnan(threshold_interval(make([], []), FLOOR, smooth=True).value)
