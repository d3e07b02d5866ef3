"""Correlations by numpy's own, limits by statsmodels, the delta method, and hospitals whose patients have images of
both classes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import norm

from core.evaluation.choosing.operating_point import predictive_values_at, rates
from core.evaluation.estimates.both_classes import correlation_of, reach, weighted_sum
from core.evaluation.estimates.intervals import Estimate, likelihood_ratios, newcombe_difference, wilson_estimate
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.consequences import share_called_positive

DISTANCE = 0.5
A, B = wilson_estimate(30 / 40, 40, reason=""), wilson_estimate(9 / 60, 60, reason="")
counts = st.lists(st.tuples(*[st.integers(0, 6)] * 4), min_size=2, max_size=20)


@given(counts)
def test_the_correlation_is_that_of_the_patients_deviations(drawn: list[tuple[int, int, int, int]]) -> None:
    x, rest, y, others = np.array(drawn).T
    n, m = x + rest, y + others
    found = correlation_of(x, n, y, m)
    if not (n.sum() and m.sum()):
        assert found == 0
        return
    apart = x - n * x.sum() / n.sum(), y - m * y.sum() / m.sum()
    if (n * m).any() and all(np.ptp(of) > 1e-9 for of in apart):
        assert found == pytest.approx(np.corrcoef(*apart)[0, 1], abs=1e-12)
    else:
        assert found == 0


def test_of_patients_with_one_class_each_it_is_exactly_0() -> None:
    assert (
        correlation_of(np.array([1, 0, 2, 0]), np.array([3, 0, 2, 0]), np.array([0, 1, 0, 1]), np.array([0, 2, 0, 1]))
        == 0
    )


def test_the_sweep_has_it_at_every_threshold() -> None:
    split = mixed(np.random.default_rng(1), 25)
    sweep = threshold_sweep(split)
    assert np.abs(sweep.correlation(np.arange(len(sweep.threshold)))).max() > 0.2
    for threshold in [*sweep.threshold, sweep.threshold[0] + 1]:
        cells = [
            np.bincount(split.patient_index[wanted], minlength=split.n_patients)
            for wanted in (
                (split.y_true == 1) & (split.logit >= threshold),
                split.y_true == 1,
                (split.y_true == 0) & (split.logit < threshold),
                split.y_true == 0,
            )
        ]
        assert sweep.correlation_at(threshold) == pytest.approx(correlation_of(*cells), abs=1e-12)


def test_a_mean_is_half_the_newcombe_interval_of_a_sum() -> None:
    difference = newcombe_difference(A, wilson_estimate(51 / 60, 60, reason=""))  # a - (1 - b) = a + b - 1
    mean = weighted_sum(A, 0.5, B, 0.5, correlation=0.0)
    assert (2 * mean.value - 1, 2 * mean.low - 1, 2 * mean.high - 1) == pytest.approx(
        (difference.value, difference.low, difference.high)
    )


@pytest.mark.parametrize("correlation", [-1.0, -0.4, 0.3, 1.0])
@pytest.mark.parametrize(("of_a", "of_b"), [(0.5, 0.5), (0.1, -0.9), (-2.0, -3.0)])
def test_of_even_limits_it_is_the_variance_of_a_sum(of_a: float, of_b: float, correlation: float) -> None:
    a, b = (Estimate(value=0.5, low=0.5 - half, high=0.5 + half, method="") for half in (0.03, 0.04))
    covariance = np.array([[0.03**2, correlation * 0.03 * 0.04], [correlation * 0.03 * 0.04, 0.04**2]])
    weights = np.array([of_a, of_b])
    expected = math.sqrt(weights @ covariance @ weights)
    assert reach(a, of_a, b, of_b, correlation) == pytest.approx((expected, expected), abs=1e-9)
    found = weighted_sum(a, of_a, b, of_b, plus=7.0, correlation=correlation)
    assert (found.low, found.value, found.high) == pytest.approx(
        (7 + (of_a + of_b) / 2 - expected, 7 + (of_a + of_b) / 2, 7 + (of_a + of_b) / 2 + expected), abs=1e-9
    )


def test_each_end_is_made_of_the_ends_that_move_it_there() -> None:
    below, above = reach(A, 1.0, B, -1.0, 0.0)
    assert below == pytest.approx(math.hypot(A.value - A.low, B.high - B.value))
    assert above == pytest.approx(math.hypot(A.high - A.value, B.value - B.low))


def test_limits_stay_within_the_range_and_reasons_are_given_on() -> None:
    sure = Estimate(value=0.99, low=0.98, high=1.0, method="")
    found = weighted_sum(sure, 2.0, sure, 2.0, plus=-2.97, correlation=0.9, within=(0.0, 1.0))
    assert (found.value, found.high) == (pytest.approx(0.99), 1.0)
    alone = weighted_sum(A, 0.5, Estimate.without_interval(0.5, "one patient"), 0.5, correlation=0.0)
    assert (alone.value, alone.reason) == (0.625, "one patient")
    assert math.isnan(alone.low)
    assert math.isnan(alone.high)
    assert weighted_sum(A, 1.0, Estimate.undefined("nobody"), 1.0, correlation=0.0).reason == "one class has no images"


def test_likelihood_ratios_and_predictive_values_by_the_delta_method() -> None:
    """The logarithm of LR+ by the sandwich of a regression on both classes' images, patients as clusters, where they
    are many and of equal size, so that corrections for few are slight."""
    split = mixed(np.random.default_rng(2), 3000)
    called, ill = (split.logit >= 0.5).astype(float), split.y_true == 1
    of_class = np.stack([ill, ~ill], axis=1).astype(float)
    fitted = sm.OLS(called, of_class).fit(cov_type="cluster", cov_kwds={"groups": split.patient_index})
    share, covariance = fitted.params, fitted.cov_params()
    for gradient, name in (
        (np.array([1 / share[0], -1 / share[1]]), "lr_positive"),
        (np.array([-1 / (1 - share[0]), 1 / (1 - share[1])]), "lr_negative"),
    ):
        half = norm.ppf(0.975) * math.sqrt(gradient @ covariance @ gradient)
        found = rates(threshold_sweep(split), 0.5)[name]
        assert math.log(found.high / found.value) == pytest.approx(half, rel=0.005)
        assert math.log(found.value / found.low) == pytest.approx(half, rel=0.005)
    logit = [
        math.log(end / (1 - end))
        for ppv in predictive_values_at(threshold_sweep(split), 0.5, 0.1)[:1]
        for end in (ppv.low, ppv.value, ppv.high)
    ]
    gradient = np.array([1 / share[0], -1 / share[1]])
    half = norm.ppf(0.975) * math.sqrt(gradient @ covariance @ gradient)
    assert np.diff(logit) == pytest.approx([half, half], rel=0.005)


def test_a_correlation_of_the_rates_widens_or_narrows_likelihood_ratios() -> None:
    wide, plain, narrow = (likelihood_ratios(0.8, 0.7, 90, 80, correlation=r)[0] for r in (0.5, 0.0, -0.5))
    assert wide.low < plain.low < narrow.low < wide.value == narrow.value < narrow.high < plain.high < wide.high


def test_intervals_hold_where_patients_have_images_of_both_classes() -> None:
    """Of the share called as if both classes were independent 85 % would hold the truth here."""
    rng, clinic = np.random.default_rng(3), 0.5
    sensitivity = specificity = float(ndtr(DISTANCE))
    truth = {
        "called": clinic * sensitivity + (1 - clinic) * (1 - specificity),
        "balanced": (sensitivity + specificity) / 2,
        "lr": sensitivity / (1 - specificity),
        "ppv": 1 / (1 + (1 - clinic) / clinic * (1 - specificity) / sensitivity),
    }
    held, alone = dict.fromkeys(truth, 0), 0
    hospitals = 400
    for _ in range(hospitals):
        sweep = threshold_sweep(mixed(rng, 120))
        found = rates(sweep, 0.0)
        both = found["sensitivity"], found["specificity"]
        shown = {
            "called": share_called_positive(*both, sweep.correlation_at(0.0), prevalence=clinic),
            "balanced": found["balanced_accuracy"],
            "lr": found["lr_positive"],
            "ppv": predictive_values_at(sweep, 0.0, clinic)[0],
        }
        for name, estimate in shown.items():
            held[name] += estimate.low <= truth[name] <= estimate.high
        independent = share_called_positive(*both, 0.0, prevalence=clinic)
        alone += independent.low <= truth["called"] <= independent.high
    assert alone / hospitals < 0.91
    for name, count in held.items():
        assert 0.93 <= count / hospitals <= 0.975, (name, count / hospitals)


def mixed(rng: np.random.Generator, patients: int) -> Predictions:
    """Two images of each class a patient, whose scores share most of their variance."""
    own = rng.normal(scale=math.sqrt(0.8), size=patients)
    y_true = np.tile([1, 1, 0, 0], patients).astype(np.int8)
    patient = np.repeat(np.arange(patients), 4)
    logit = (
        np.where(y_true == 1, DISTANCE, -DISTANCE) + own[patient] + rng.normal(scale=math.sqrt(0.2), size=4 * patients)
    )
    return Predictions(
        image_id=np.arange(4 * patients).astype(str).astype(object),
        patient_id=patient.astype(str).astype(object),
        y_true=y_true,
        logit=logit,
    )
