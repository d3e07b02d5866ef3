"""The debiased error against Monte Carlo, what patients add against derivatives, and both against the bootstrap."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from core.evaluation.calibration.binned_error import BinnedError, adaptive_error, binned_error
from core.evaluation.calibration.reliability import (
    N_BINS,
    adaptive_calibration_error,
    equal_width_bin,
    expected_calibration_error,
)
from core.evaluation.estimates.intervals import newcombe_difference
from core.evaluation.estimates.linearised import Linearised
from core.evaluation.predictions import Predictions

Errors = Callable[..., BinnedError]
PLAIN = {binned_error: expected_calibration_error, adaptive_error: adaptive_calibration_error}


def p_of(split: Predictions, temperature: float = 1.0) -> np.ndarray:
    return 1 / (1 + np.exp(-split.logit / temperature))


def error_of(split: Predictions, error: Errors, temperature: float = 1.0) -> Linearised:
    return error(split.y_true, p_of(split, temperature), split.patient_index).found


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
    few = make([1, 0, 1], [0.0, 1.0, -3.0])
    estimate = error(few.y_true, p_of(few), few.patient_index).debiased
    assert 0 == estimate.low <= estimate.value <= estimate.high <= 1


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
    found = adaptive_error(y_true, p, patient).found
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


def test_by_chance_is_what_true_probabilities_exceed_in_one_of_40_sets(single: Predictions) -> None:
    """Labels drawn anew from the probabilities themselves."""
    p, patient, rng = p_of(single), np.arange(single.n), np.random.default_rng(2)
    found = [binned_error((rng.random(single.n) < p).astype(np.int8), p, patient) for _ in range(2000)]
    beyond = np.mean([one.found.value > one.by_chance for one in found])
    assert 0.005 < beyond < 0.035
    one_sided = [one.debiased for one in found if one.found.value <= one.by_chance]
    assert {estimate.low for estimate in one_sided} == {0.0}
    two_sided = np.mean([one.found.normal(method="").low > 0 for one in found])
    assert two_sided > 0.3, "without it, every third interval of true probabilities leaves 0 out"


def test_debiased_is_the_centre_from_0_on_and_its_limits_hold_the_plain_error(single: Predictions) -> None:
    p, patient = p_of(single), np.arange(single.n)
    away = binned_error(1 - single.y_true, p, patient)
    plain, debiased = away.plain, away.debiased
    assert debiased.value == away.found.centre < plain.value == away.found.value
    half = norm.ppf(0.975) * away.found.standard_error
    assert (debiased.low, debiased.high) == pytest.approx((debiased.value - half, debiased.value + half))
    assert math.isnan(plain.low) and math.isnan(plain.high)
    assert "chance" in plain.reason
    even = np.full(20, 0.5)
    none = binned_error(np.tile([0, 1], 10).astype(np.int8), even, np.arange(20))
    assert none.found.centre < 0
    assert (none.debiased.value, none.debiased.low) == (0.0, 0.0)
    assert none.debiased.high >= none.found.value


def test_a_change_near_0_is_told_in_no_more_sets_than_chance_allows() -> None:
    """Probabilities that are true, and the same a hair less so: a change of 0.00001 was called better or worse in
    seven of ten sets."""
    rng, told, before = np.random.default_rng(3), 0, 0
    for _ in range(300):
        scores = rng.normal(-1, 2, 624)
        y_true = (rng.random(624) < expit(scores)).astype(np.int8)
        errors = [binned_error(y_true, expit(times * scores), np.arange(624)) for times in (1.0001, 1.0)]
        change = errors[1].change_from(errors[0])
        assert change.low <= change.value <= change.high
        assert change.value == errors[1].debiased.value - errors[0].debiased.value
        told += change.low > 0 or change.high < 0
        paired = (errors[1].found - errors[0].found).normal(method="")
        before += paired.low > 0 or paired.high < 0
    assert told <= 15 < 150 < before


def test_a_change_away_from_0_is_paired_and_one_to_0_reaches_it() -> None:
    rng = np.random.default_rng(4)
    scores = rng.normal(-1, 2, 3000)
    y_true = (rng.random(3000) < expit(scores)).astype(np.int8)
    true, off, further = (binned_error(y_true, expit(times * scores), np.arange(3000)) for times in (1, 2, 3))
    paired = further.change_from(off)
    assert paired.low > 0
    half = norm.ppf(0.975) * (further.found - off.found).standard_error
    assert paired.high - paired.low == pytest.approx(2 * half)
    to_true = true.change_from(off)
    assert true.debiased.low == 0 < off.debiased.low
    assert to_true.low == -off.debiased.high
    assert to_true.high == newcombe_difference(true.debiased, off.debiased).high < 0
    back = off.change_from(true)
    assert (back.value, back.low, back.high) == (-to_true.value, -to_true.high, -to_true.low)
