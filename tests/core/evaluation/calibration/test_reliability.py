from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from torchmetrics.classification import BinaryCalibrationError

from core.evaluation.calibration.probability import probability
from core.evaluation.calibration.reliability import (
    adaptive_calibration_error,
    equal_mass_bin,
    expected_calibration_error,
    farthest_possible,
    reliability_bins,
    wrong_claims,
)
from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]
drawn_probabilities = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 60)), min_size=1, max_size=40)


def plain_ece(y_true: np.ndarray, p: np.ndarray, n_bins: int) -> float:
    total = 0.0
    for b in range(n_bins):
        low, high = b / n_bins, (b + 1) / n_bins
        inside = (p > low) & (p <= high) if b else p <= high
        if inside.any():
            total += inside.sum() * abs(p[inside].mean() - y_true[inside].mean())
    return total / len(p)


@given(drawn_probabilities, st.sampled_from([1, 5, 10, 15]))
def test_ece_equals_the_plain_way(drawn: list[tuple[int, int]], n_bins: int) -> None:
    y_true, numerator = (np.array(column) for column in zip(*drawn, strict=True))
    p = numerator / 61  # never on an edge inside, where b / n_bins and linspace may differ in the last bit
    assert expected_calibration_error(y_true, p, n_bins) == pytest.approx(plain_ece(y_true, p, n_bins), abs=1e-12)


def test_ece_equals_torchmetrics(single: Predictions) -> None:
    """Torchmetrics compares confidence with accuracy; for probabilities of at least a half that is our definition."""
    p, keep = probability(single.logit), single.logit > 0
    reference = BinaryCalibrationError(n_bins=15)(torch.tensor(p[keep]), torch.tensor(single.y_true[keep]))
    # in single precision, with bins of float32 edges
    assert expected_calibration_error(single.y_true[keep], p[keep]) == pytest.approx(float(reference), abs=1e-6)


@pytest.mark.parametrize("equal_mass", [False, True])
@given(drawn=drawn_probabilities)
def test_bins_are_what_their_images_say(equal_mass: bool, drawn: list[tuple[int, int]]) -> None:
    y_true, numerator = (np.array(column) for column in zip(*drawn, strict=True))
    p = numerator / 60
    bins = reliability_bins(y_true, p, n_bins=10, equal_mass=equal_mass)
    filled = bins.count > 0
    assert (bins.count.sum(), bins.positives.sum()) == (len(p), y_true.sum())
    assert np.isnan(bins.observed[~filled]).all()
    assert np.isnan(bins.low[~filled]).all()
    assert (bins.edges[0], bins.edges[-1]) == (0, 1)
    assert (np.diff(bins.edges) > 0).all()
    inside = np.clip(np.searchsorted(bins.edges[1:-1], p, side="left"), 0, None)
    assert np.bincount(inside, minlength=len(bins.count)).tolist() == bins.count.tolist()
    gap = np.nansum(bins.count * np.abs(bins.mean_predicted - bins.observed)) / len(p)
    error = adaptive_calibration_error if equal_mass else expected_calibration_error
    assert error(y_true, p, 10) == pytest.approx(gap)


@given(drawn_probabilities)
def test_equal_width_equals_scikit_learn(drawn: list[tuple[int, int]]) -> None:
    y_true, numerator = (np.array(column) for column in zip(*drawn, strict=True))
    bins = reliability_bins(y_true, numerator / 60, n_bins=10)
    observed, predicted = calibration_curve(y_true, numerator / 60, n_bins=10)
    filled = bins.count > 0
    assert bins.observed[filled] == pytest.approx(observed)
    assert bins.mean_predicted[filled] == pytest.approx(predicted)
    assert bins.edges == pytest.approx(np.arange(11) / 10)


@pytest.mark.parametrize("n_bins", [2, 7, 15, 50])
def test_equal_mass_equals_scikit_learn_where_nothing_is_tied(n_bins: int) -> None:
    rng = np.random.default_rng(4)
    n = 20 * n_bins
    p = rng.permutation(np.linspace(0.001, 0.999, n) ** 3)
    y_true = (rng.random(n) < p).astype(int)
    bins = reliability_bins(y_true, p, n_bins, equal_mass=True)
    observed, predicted = calibration_curve(y_true, p, n_bins=n_bins, strategy="quantile")
    assert (bins.count == 20).all()
    assert bins.observed == pytest.approx(observed)
    assert bins.mean_predicted == pytest.approx(predicted)
    assert pd.qcut(p, n_bins, labels=False).tolist() == equal_mass_bin(p, n_bins).tolist()


@given(st.lists(st.integers(0, 8), min_size=1, max_size=60), st.integers(2, 50))
def test_equal_scores_share_a_bin_and_order_is_kept(numerator: list[int], n_bins: int) -> None:
    p = np.array(numerator) / 8
    bins = equal_mass_bin(p, n_bins)
    assert all(len(set(bins[p == score])) == 1 for score in set(p))
    order = np.argsort(p)
    assert (np.diff(bins[order]) >= 0).all()
    assert ((bins >= 0) & (bins < n_bins)).all()
    assert equal_mass_bin(np.repeat(p, 2), n_bins)[::2].tolist() == bins.tolist()


def test_one_score_for_many_images_leaves_fewer_bins() -> None:
    p = np.concatenate([np.full(70, 0.2), np.linspace(0.3, 0.9, 30)])
    bins = reliability_bins(np.zeros(100, dtype=int), p, 10, equal_mass=True)
    assert bins.count.tolist() == [70, 10, 10, 10]
    assert bins.edges[1] == pytest.approx(0.25)


@pytest.mark.parametrize("equal_mass", [False, True])
def test_limits_equal_scipy_for_one_image_a_patient(single: Predictions, equal_mass: bool) -> None:
    bins = reliability_bins(single.y_true, probability(single.logit), n_bins=5, equal_mass=equal_mass)
    for n, positives, low, high in zip(bins.count, bins.positives, bins.low, bins.high, strict=True):
        expected = binomtest(int(positives), int(n)).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-13)


@pytest.mark.parametrize("equal_mass", [False, True])
def test_limits_know_patients(
    clustered: Predictions, doubled: Callable[[Predictions], Predictions], equal_mass: bool
) -> None:
    twice = doubled(clustered)
    one, two = (
        reliability_bins(split.y_true, expit(split.logit), 5, equal_mass=equal_mass, patient_index=split.patient_index)
        for split in (clustered, twice)
    )
    wider = (two.high - two.low) / (one.high - one.low)
    assert (wider > 1 - 1e-9).all() and (wider < 1.02).all()
    assert (two.count == 2 * one.count).all()
    alone = reliability_bins(clustered.y_true, expit(clustered.logit), 5, equal_mass=equal_mass)
    assert (one.high - one.low > alone.high - alone.low).all()


def test_a_bin_of_one_patient_has_no_limits() -> None:
    probability, patient = np.repeat([0.1, 0.9], 20), np.concatenate([np.zeros(19, int), np.arange(21)])
    bins = reliability_bins(np.tile([0, 1], 20), probability, 2, patient_index=patient)
    assert bins.observed.tolist() == [0.5, 0.5]
    assert np.isnan([bins.low[0], bins.high[0]]).all() and 0 < bins.low[1] < 0.5 < bins.high[1] < 1
    assert wrong_claims(bins) == [1]


def test_nothing_has_no_bins_and_no_error() -> None:
    nothing = np.zeros(0)
    for error in (expected_calibration_error, adaptive_calibration_error):
        assert math.isnan(error(nothing.astype(int), nothing))
    for equal_mass in (False, True):
        assert reliability_bins(nothing.astype(int), nothing, 4, equal_mass=equal_mass).count.sum() == 0


def test_wrong_claims_come_worst_first() -> None:
    p = np.repeat([0.1, 0.5, 0.7, 0.9], 200)
    share = np.repeat([0.1, 0.2, 0.5, 0.9], 200)
    y_true = (np.tile(np.arange(200), 4) < 200 * share).astype(int)
    assert wrong_claims(reliability_bins(y_true, p, 10)) == [4, 6]
    assert wrong_claims(reliability_bins(y_true, share, 10)) == []


def test_a_bin_may_be_as_far_off_as_its_limits_reach():
    """3 of 20 at 0.12: 0.052 to 0.360 by scipy's Wilson interval; 17 of 20 at 0.80: 0.640 to 0.948."""
    y_true = np.array([1] * 3 + [0] * 17 + [1] * 17 + [0] * 3)
    bins = reliability_bins(y_true, np.repeat([0.12, 0.80], 20), 10)
    ends = [binomtest(k, 20).proportion_ci(0.95, "wilson") for k in (3, 17)]
    assert farthest_possible(bins) == pytest.approx(max(ends[0].high - 0.12, 0.8 - ends[1].low, ends[1].high - 0.8))
    assert math.isnan(farthest_possible(reliability_bins(np.zeros(0, dtype=int), np.zeros(0), 10)))
