from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from scipy.stats import binom

from core.evaluation.choosing.operating_point import (
    OperatingPoint,
    Unreachable,
    choose_with_floor,
    choose_youden,
    just_meeting_floor,
)
from core.evaluation.choosing.search import choose_within_capacity, just_within_capacity
from core.evaluation.choosing.threshold_interval import Resampled, threshold_interval
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep

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
        assert resampled.thresholds(times, [FLOOR]) == (chosen.threshold,)


def test_interval_of_a_floor_is_that_of_a_quantile(make: Make) -> None:
    """The threshold that finds 90 % is the 10 % quantile of the positives; order statistics have an exact interval."""
    rng = np.random.default_rng(5)
    score = np.sort(rng.normal(size=2000))
    split = make([1] * 2000 + [0] * 3000, np.concatenate([score, rng.normal(-1, 1, 3000)]))
    found = threshold_interval(split, FLOOR, smooth=True)
    low, high = score[binom.ppf([0.025, 0.975], 2000, 0.1).astype(int)]
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)
    assert found.method == "bootstrap over patients, 2,000 resamples"


def test_interval_of_a_floor_spans_the_range_that_serves_as_well(make: Make) -> None:
    """Where positives are few, the threshold that keeps a floor of specificity lies at one far above the quantile."""
    negative = np.sort(np.random.default_rng(6).normal(size=1000))
    split = make([0] * 1000 + [1] * 20, np.concatenate([negative, np.full(20, 4.0)]))
    choose, just_met = (
        partial(rule, rate="specificity", floor="0.90") for rule in (choose_with_floor, just_meeting_floor)
    )
    chosen_alone = threshold_interval(split, choose, smooth=True, n_resamples=400)
    found = threshold_interval(split, choose, smooth=True, just_met=just_met, n_resamples=400)
    assert (chosen_alone.low, found.value, found.high) == (4.0, 4.0, 4.0)
    assert found.low == pytest.approx(negative[int(binom.ppf(0.025, 1000, 0.9))], abs=0.03)


def test_both_ends_of_the_range_keep_what_was_asked(clustered: Predictions) -> None:
    """Brute force over all scores: every one between the two serves as well, and none beyond the other end."""
    sweep = threshold_sweep(clustered)
    share = (sweep.tp + sweep.fp) / clustered.n
    prevalence = Fraction(clustered.n_pos, clustered.n)
    cases = (
        (FLOOR(sweep), just_meeting_floor(sweep, "sensitivity", "0.90"), sweep.fp, sweep.tp / sweep.n_pos >= 0.9),
        (
            choose_with_floor(sweep, "specificity", "0.90"),
            just_meeting_floor(sweep, "specificity", "0.90"),
            sweep.tp,
            1 - sweep.fp / sweep.n_neg >= 0.9,
        ),
        (
            choose_within_capacity(sweep, prevalence=prevalence, capacity=Fraction(1, 5)),
            just_within_capacity(sweep, prevalence=prevalence, capacity=Fraction(1, 5)),
            sweep.tp,
            share <= 0.2,
        ),
    )
    for chosen, other, served, kept in cases:
        assert isinstance(chosen, OperatingPoint)
        assert isinstance(other, OperatingPoint)
        as_well = kept & (served == served[sweep.at(chosen.threshold)])
        ends = np.flatnonzero(as_well)[[0, -1]]
        assert set(sweep.threshold[ends]) == {chosen.threshold, other.threshold}


def test_other_ends_are_out_of_reach_with_the_rule(make: Make) -> None:
    one_class = threshold_sweep(make([1, 1], [0, 1]))
    assert isinstance(just_meeting_floor(one_class, "sensitivity", "0.90"), Unreachable)
    assert isinstance(just_within_capacity(one_class, prevalence=Fraction(1, 2), capacity=Fraction(1, 5)), Unreachable)


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
