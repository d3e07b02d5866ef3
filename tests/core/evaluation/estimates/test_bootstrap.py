from __future__ import annotations

import math
import time

import numpy as np
import pytest

from core.evaluation.estimates.bootstrap import (
    bootstrap_by_patient,
    percentile_estimate,
    resampled_totals,
    resamples_within_reach,
)
from core.evaluation.estimates.discrimination import auprc
from core.evaluation.estimates.intervals import wilson
from core.evaluation.predictions import Predictions


def test_every_resample_draws_as_many_patients_as_there_are() -> None:
    times = bootstrap_by_patient(
        lambda times: times, n_patients=37, n_images=100_000, n_resamples=500, rng=np.random.default_rng(0)
    )
    assert times.shape == (500, 37)
    assert set(times.sum(axis=1)) == {37.0}
    # Each count is binomial(37, 1/37): mean 1, variance 36/37.
    assert times.mean() == 1.0
    assert times.var() == pytest.approx(36 / 37, rel=0.03)


def test_totals_of_counts_vary_as_those_of_patients_that_are_drawn_one_by_one() -> None:
    """Their moments are those of 80 independent draws: 80 times mean and covariance of the patients' counts."""
    counts = np.random.default_rng(3).integers(0, 4, (80, 3))
    counts[:, 2] = counts[:, 0]
    totals = resampled_totals(counts, n_resamples=40_000, rng=np.random.default_rng(4))
    assert totals.shape == (40_000, 3)
    assert (totals[:, 0] == totals[:, 2]).all()
    spread = 80 * np.cov(counts.T, ddof=0)
    assert totals.mean(axis=0) == pytest.approx(counts.sum(axis=0), abs=5 * math.sqrt(spread.max() / 40_000))
    assert np.cov(totals.T) == pytest.approx(spread, abs=0.05 * spread.max())
    one_by_one = bootstrap_by_patient(
        lambda times: times @ counts, n_patients=80, n_images=80, n_resamples=2000, rng=np.random.default_rng(5)
    )
    for share in (0.05, 0.5, 0.95):
        ours, theirs = (np.quantile(drawn[:, 0], share) for drawn in (totals, one_by_one))
        assert ours == pytest.approx(theirs, abs=0.2 * math.sqrt(spread[0, 0]))


def test_interval_of_a_mean_is_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(size=2000)
    resampled = bootstrap_by_patient(
        lambda times: times @ values / 2000,
        n_patients=2000,
        n_images=2000,
        n_resamples=2000,
        rng=np.random.default_rng(2),
    )
    estimate = percentile_estimate(float(values.mean()), resampled, fallback_size=None)
    half = 1.96 * values.std() / math.sqrt(2000)
    assert estimate.low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert estimate.high == pytest.approx(values.mean() + half, abs=0.15 * half)
    assert estimate.method == "bootstrap over patients, 2000 resamples"


def test_large_splits_get_fewer_resamples() -> None:
    assert [resamples_within_reach(2000, n) for n in (0, 1, 100_000, 400_000, 10**6, 10**8)] == [
        2000,
        2000,
        2000,
        500,
        200,
        200,
    ]
    assert resamples_within_reach(50, 10**6) == 50


def test_undefined_resamples_are_left_out_and_counted() -> None:
    estimate = percentile_estimate(0.5, np.array([math.nan, 0.4, 0.6, math.nan]), fallback_size=9)
    assert (estimate.low, estimate.high) == pytest.approx((0.405, 0.595))
    assert estimate.method == "bootstrap over patients, 4 resamples, 2 of one class left out"


def test_interval_holds_its_value() -> None:
    assert percentile_estimate(0.1, np.linspace(0.2, 0.3, 100), fallback_size=9).low == 0.1


@pytest.mark.parametrize("resampled", [np.full(100, 0.25), np.full(100, math.nan)])
def test_without_variation_there_is_another_bound_or_none(resampled: np.ndarray) -> None:
    bounded = percentile_estimate(0.25, resampled, fallback_size=8)
    assert (bounded.low, bounded.high) == wilson(0.25, 8)
    unbounded = percentile_estimate(0.25, resampled, fallback_size=None)
    assert (unbounded.value, unbounded.reason) == (0.25, "the resamples do not vary")
    assert math.isnan(unbounded.low)
    assert math.isnan(unbounded.high)


def test_two_thousand_resamples_take_a_moment(single: Predictions) -> None:
    begun = time.process_time()
    auprc(single)
    assert time.process_time() - begun < 2  # about 0.05 s on one core
