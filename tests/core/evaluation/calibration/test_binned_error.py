"""The debiased error against Monte Carlo, what patients add against derivatives, and both against the bootstrap."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from core.evaluation.calibration.binned_error import adaptive_error, binned_error
from core.evaluation.calibration.reliability import (
    N_BINS,
    adaptive_calibration_error,
    equal_width_bin,
    expected_calibration_error,
)
from core.evaluation.estimates.linearised import Linearised
from core.evaluation.predictions import Predictions

Errors = Callable[..., Linearised]
PLAIN = {binned_error: expected_calibration_error, adaptive_error: adaptive_calibration_error}


def p_of(split: Predictions, temperature: float = 1.0) -> np.ndarray:
    return 1 / (1 + np.exp(-split.logit / temperature))


def error_of(split: Predictions, error: Errors, temperature: float = 1.0) -> Linearised:
    return error(split.y_true, p_of(split, temperature), split.patient_index)


@pytest.mark.parametrize("error", PLAIN)
def test_value_is_the_plain_one(clustered: Predictions, single: Predictions, error: Errors) -> None:
    for split in (clustered, single):
        assert error_of(split, error).value == pytest.approx(PLAIN[error](split.y_true, p_of(split)), abs=1e-12)


def test_bias_is_that_of_normal_gaps(single: Predictions) -> None:
    """Kumar, Liang and Ma: draw the gaps anew around those that were found, and see how far the error grows."""
    p = p_of(single)
    bins, residual = equal_width_bin(p), p - single.y_true
    gaps = np.zeros((single.n, N_BINS))
    gaps[np.arange(single.n), bins] = residual
    errors = gaps.std(axis=0, ddof=1) / math.sqrt(single.n)
    drawn = np.random.default_rng(0).normal(gaps.mean(axis=0), errors, size=(200_000, N_BINS))
    found = error_of(single, binned_error)
    bias = np.abs(drawn).sum(axis=1).mean() - found.value
    assert found.value - found.centre == pytest.approx(bias, abs=2e-4)
    assert bias > 0.005


def test_what_a_patient_adds_is_the_derivative_by_its_weight(clustered: Predictions) -> None:
    p, patient = p_of(clustered), clustered.patient_index
    bins, residual = equal_width_bin(p), p - clustered.y_true

    def weighted(weight: np.ndarray) -> float:
        gaps = np.bincount(bins, weights=weight * residual, minlength=N_BINS)
        return float(np.abs(gaps).sum() / weight.sum())

    added = error_of(clustered, binned_error).added
    step = 1e-6
    for number in range(0, clustered.n_patients, 50):
        heavier = 1 + step * (patient == number)
        assert added[number] == pytest.approx((weighted(heavier) - weighted(np.ones(clustered.n))) / step, abs=1e-6)


@pytest.mark.parametrize("error", PLAIN)
def test_standard_error_is_that_of_a_bootstrap_over_patients(clustered: Predictions, error: Errors) -> None:
    """Away from zero, where the error is nearly normal; bins of equal mass are cut anew in every resample."""
    p, rng = p_of(clustered, 0.3), np.random.default_rng(1)
    rows_of = [np.flatnonzero(clustered.patient_index == number) for number in range(clustered.n_patients)]
    drawn = []
    for numbers in rng.integers(clustered.n_patients, size=(400, clustered.n_patients)):
        rows = np.concatenate([rows_of[number] for number in numbers])
        drawn.append(PLAIN[error](clustered.y_true[rows], p[rows]))
    assert error_of(clustered, error, 0.3).standard_error == pytest.approx(np.std(drawn), rel=0.1)


@pytest.mark.parametrize("error", PLAIN)
def test_doubling_every_image_changes_nothing(
    clustered: Predictions, doubled: Callable[[Predictions], Predictions], error: Errors
) -> None:
    once, twice = error_of(clustered, error), error_of(doubled(clustered), error)
    assert (twice.value, twice.centre) == pytest.approx((once.value, once.centre), abs=1e-12)
    assert twice.added == pytest.approx(once.added, abs=1e-12)


@pytest.mark.parametrize("error", PLAIN)
def test_of_few_images(make: Callable[..., Predictions], error: Errors) -> None:
    alone = error_of(make([1], [0.0]), error)
    assert (alone.value, alone.centre, alone.standard_error) == (0.5, 0.5, 0.0)
    estimate = error_of(make([1, 0, 1], [0.0, 1.0, -3.0]), error).normal(method="")
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_ties_move_no_edge_between_empty_bins(make: Callable[..., Predictions]) -> None:
    """Of one score there is one bin, and both errors are alike; what patients add sums to 0 at any number of scores."""
    y_true, scores = np.tile([0, 1, 1], 20), np.zeros(60)
    one = make(y_true, scores)
    assert error_of(one, adaptive_error).added == pytest.approx(error_of(one, binned_error).added)
    for number in (2, 3, 5):
        split = make(y_true, np.linspace(-2, 2, number)[np.arange(60) % number])
        assert error_of(split, adaptive_error).added.sum() == pytest.approx(0, abs=1e-12)


def test_edges_of_equal_mass_move_with_the_patients() -> None:
    """Written out edge by edge, where probabilities are too high in every other bin."""
    n = 10 * N_BINS
    p = (np.arange(n) + 0.5) / n
    in_bin = np.arange(n) // 10
    y_true = (np.arange(n) % 10 < np.where(in_bin % 2, 10, 0)).astype(np.int8)
    patient = np.arange(n) // 2
    found = adaptive_error(y_true, p, patient)
    residual = p - y_true
    sign = np.array([np.sign(residual[in_bin == number].sum()) for number in range(N_BINS)])
    assert set(sign) == {-1.0, 1.0}
    expected = np.zeros(n // 2)
    for image in range(n):
        expected[patient[image]] += residual[image] * sign[in_bin[image]] / n - found.value / n
        for edge in range(1, N_BINS):
            # The images whose middle rank lies within half a bin of the edge.
            near = [other for other in range(n) if abs((other + 0.5) - 10 * edge) <= n / N_BINS / 2]
            share, below = edge / N_BINS, in_bin[image] < edge
            carried = (sign[edge - 1] - sign[edge]) * np.mean(residual[near]) / n
            expected[patient[image]] += carried * (share - below)
    assert found.added == pytest.approx(expected, abs=1e-12)
