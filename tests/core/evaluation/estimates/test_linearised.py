"""Limits from what patients add, against statsmodels, scipy, whole refits and the inverse of Hall's polynomial."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import brentq
from scipy.stats import norm, skew

from core.evaluation.calibration.recalibration import calibration_intercept
from core.evaluation.estimates.intervals import FEW_CLUSTERS, wilson
from core.evaluation.estimates.linearised import (
    PROPORTION,
    Linearised,
    clustered_mean,
    deviations,
    jackknifed,
    left_out,
    linearised_mean,
)
from core.evaluation.predictions import Predictions
from tests.core.evaluation.estimates.by_hand import mean_by_hand

Z = norm.ppf(0.975)


def of(values: np.ndarray, within: tuple[float, float] = (-math.inf, math.inf)) -> Linearised:
    return linearised_mean(values, np.arange(len(values)), within)


def test_one_image_a_patient_is_the_ordinary_standard_error() -> None:
    values = np.random.default_rng(0).exponential(size=80)
    found = clustered_mean(values, np.arange(80), reason="none")
    mean, half = values.mean(), stats.norm.ppf(0.975) * stats.sem(values)
    assert (found.value, found.low, found.high) == pytest.approx((mean, mean - half, mean + half))


def test_clusters_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    patient = np.repeat(np.arange(60), rng.integers(1, 6, 60))
    values = rng.normal(size=60)[patient] + rng.normal(size=len(patient))
    fit = sm.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": patient})
    # statsmodels divides by m - 1 for the m patients (and multiplies by (n - 1) / (n - k), which is 1 for a mean).
    g = len(patient) ** 2 / sum(np.bincount(patient) ** 2)
    expected = fit.bse[0] ** 2 * (59 / 60) / (1 - 1 / g)
    assert deviations(values, patient, 60)[1] == pytest.approx(expected)
    assert 1 < expected / fit.bse[0] ** 2 < 1.01


def test_copies_of_every_image_change_nothing_but_what_t_is_wider_than_normal() -> None:
    rng = np.random.default_rng(2)
    patient = np.arange(50) // 2
    alike, apart = rng.normal(size=25)[patient] + 0.1 * rng.normal(size=50), rng.normal(size=50)
    once, twice = (clustered_mean(np.repeat(alike, k), np.repeat(patient, k), reason="none") for k in (1, 2))
    assert (once.low, once.high) == pytest.approx((twice.low, twice.high))
    once, twice = (clustered_mean(np.repeat(apart, k), np.repeat(np.arange(50), k), reason="none") for k in (1, 2))
    assert (twice.high - twice.low) / (once.high - once.low) == pytest.approx(stats.t.ppf(0.975, 49) / Z)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.7])
def test_beside_a_patient_who_dominates_limits_are_those_by_hand(share: float) -> None:
    rng = np.random.default_rng(7)
    patient = np.concatenate([np.arange(40), np.full(round(40 * share / (1 - share)), 40)])
    for values in (rng.random(len(patient)), rng.random(41)[patient]):  # the floor, and the sum over patients
        mean, error, quantile = mean_by_hand(values.tolist(), patient.tolist())
        found = clustered_mean(values, patient, reason="none")
        if share == 0.7:  # G is 2.0
            assert math.isnan(found.low) and found.reason == FEW_CLUSTERS
            continue
        assert (found.low, found.high) == pytest.approx((mean - quantile * error, mean + quantile * error))
        half = quantile * error / mean
        on_log = linearised_mean(values, patient).on_log(method="")
        assert (math.log(on_log.low), math.log(on_log.high)) == pytest.approx(
            (math.log(mean) - half, math.log(mean) + half)
        )


@pytest.mark.parametrize("images", [[90, 1, 1], [2, 2], [7]])
def test_few_patients_with_several_images_leave_the_value_alone(images: list[int]) -> None:
    patient = np.repeat(np.arange(len(images)), images)
    for values in (np.random.default_rng(0).random(len(patient)), np.full(len(patient), 0.25)):
        found = linearised_mean(values, patient, PROPORTION)
        limits = (found.normal(method=""), found.skewed(method=""), found.on_logit(method="", size=3))
        for estimate in (*limits, found.on_log(method="")):
            assert estimate.value == pytest.approx(values.mean())
            assert math.isnan(estimate.low) and math.isnan(estimate.high)
            assert estimate.reason == FEW_CLUSTERS


def test_where_no_image_differs_the_bound_is_of_the_patients_that_count() -> None:
    patient = np.repeat(np.arange(8), [6, 1, 1, 1, 1, 1, 1, 2])
    g = 14**2 / (36 + 6 + 4)
    found = linearised_mean(np.full(14, 0.25), patient, PROPORTION).normal(method="")
    assert (found.low, found.high) == wilson(0.25, math.floor(g))
    assert found.method == "Wilson bound for 4 patients, as the patients do not differ"


@pytest.mark.parametrize("values", [[0.1] * 7, [0.0, 0.0], [3.0]])
def test_values_that_do_not_vary_have_no_limits(values: list[float]) -> None:
    found = clustered_mean(np.array(values), np.arange(len(values)), reason="none")
    assert found.value == pytest.approx(values[0])
    assert math.isnan(found.low) and math.isnan(found.high)


def test_without_images_it_is_undefined() -> None:
    found = clustered_mean(np.zeros(0), np.zeros(0, dtype=np.int64), reason="no images")
    assert math.isnan(found.value)
    assert (found.method, found.reason) == ("undefined", "no images")


def test_skewed_limits_are_those_of_halls_polynomial() -> None:
    """The limits are where g(t) = t + s t^2 / 3 + s^2 t^3 / 27 + s / 6 is the normal quantile (Hall 1992)."""
    values = np.random.default_rng(0).exponential(size=60)
    found = of(values).skewed(method="")
    s = skew(values) / math.sqrt(60)
    error = values.std(ddof=1) / math.sqrt(60)
    for limit, z in ((found.low, Z), (found.high, -Z)):
        t = brentq(lambda t, z=z: t + s * t**2 / 3 + s**2 * t**3 / 27 + s / 6 - z, -20, 20)
        assert limit == pytest.approx(values.mean() - error * t, abs=1e-10)
    assert found.high - found.value > found.value - found.low  # a long tail to the right lets the mean be higher
    even = of(np.concatenate([values, -values]))
    assert even.skewed(method="").high == pytest.approx(even.normal(method="").high)


def test_skewed_limits_of_several_images_a_patient() -> None:
    rng = np.random.default_rng(6)
    patient = np.repeat(np.arange(40), rng.integers(1, 5, 40))
    values = rng.exponential(size=40)[patient]
    mean, error, quantile = mean_by_hand(values.tolist(), patient.tolist())
    sums = np.array([(values[patient == number] - mean).sum() for number in range(40)])
    s = (sums**3).sum() / (sums**2).sum() ** 1.5
    found = linearised_mean(values, patient).skewed(method="")
    for limit, end in ((found.low, quantile), (found.high, -quantile)):
        t = brentq(lambda t, end=end: t + s * t**2 / 3 + s**2 * t**3 / 27 + s / 6 - end, -20, 20)
        assert limit == pytest.approx(mean - error * t, abs=1e-10)


def test_skewed_limits_cover_means_of_skewed_values() -> None:
    rng = np.random.default_rng(5)
    held = {"normal": 0, "skewed": 0}
    for _ in range(2000):
        found = of(rng.lognormal(sigma=1.0, size=80))
        for name in held:
            limits = getattr(found, name)(method="")
            held[name] += limits.low <= math.exp(0.5) <= limits.high
    assert held["normal"] < 0.92 * 2000 < held["skewed"]


def test_a_difference_is_paired() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 50)) + rng.normal(size=50) * 5
    change = of(a) - of(b)
    assert change.standard_error == pytest.approx((a - b).std(ddof=1) / math.sqrt(50))
    assert of(a).times(-2).standard_error == pytest.approx(2 * of(a).standard_error)


@pytest.mark.parametrize("transformed", ["on_logit", "on_log"])
def test_transformed_limits_are_those_of_the_delta_method(transformed: str) -> None:
    found = of(np.clip(np.random.default_rng(3).normal(0.7, 0.2, size=90), 0.01, 0.99))
    value, error = found.value, found.standard_error
    if transformed == "on_log":
        estimate, scale, factor = found.on_log(method=""), math.log, 1 / value
    else:
        estimate = found.on_logit(method="", size=90)
        scale, factor = (lambda p: math.log(p / (1 - p))), 1 / (value * (1 - value))
    middle, half = scale(value), Z * error * factor
    assert (scale(estimate.low), scale(estimate.high)) == pytest.approx((middle - half, middle + half))


def test_leaving_out_is_nearly_a_refit(clustered: Predictions) -> None:
    """The intercept of all other patients, whole fits beside one step."""
    y_true, scores, patient = clustered.y_true, clustered.logit, clustered.patient_index
    shift = calibration_intercept(y_true, scores)
    p = 1 / (1 + np.exp(-scores - shift))
    found = left_out(shift, y_true - p, p * (1 - p), patient, farthest=1.0)
    m = clustered.n_patients
    whole = [shift - calibration_intercept(y_true[patient != number], scores[patient != number]) for number in range(m)]
    assert found.added * m / (m - 1) == pytest.approx(np.array(whole), abs=2e-5)
    g = clustered.n**2 / sum(np.bincount(patient) ** 2)
    expected = (m - 1) / m * math.sqrt(np.square(whole).sum() / (1 - 1 / g))
    assert found.standard_error == pytest.approx(expected, rel=1e-3)


def test_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(4).normal(size=30)
    changes = np.array([values.mean() - np.delete(values, row).mean() for row in range(30)])
    found = jackknifed(values.mean(), changes, np.arange(30))
    assert found.standard_error == pytest.approx(values.std(ddof=1) / math.sqrt(30))


def test_where_nothing_varies_no_width_claims_certainty() -> None:
    same, share = of(np.full(9, 0.25)), of(np.full(9, 0.25), PROPORTION)
    for estimate in (same.normal(method=""), same.skewed(method="")):
        assert math.isnan(estimate.low) and math.isnan(estimate.high)
        assert estimate.reason == "the patients do not differ"
    for estimate, size in ((share.normal(method=""), 9), (share.on_logit(method="", size=4), 4)):
        assert (estimate.low, estimate.high) == wilson(0.25, size)
        assert "Wilson" in estimate.method
    assert of(np.array([0.25])).normal(method="").reason == "there is one patient"


@pytest.mark.parametrize(
    ("pull", "curvature", "patient"),
    [
        ([1.0, -1.0], [2.0, 0.0], [0, 1]),
        ([8.0, -8.0, 0.0], [1.0, 1.0, 1.0], [0, 1, 2]),
        ([4.0, 4.0, -4.0, -4.0, 0.0, 0.0], [0.5] * 6, [0, 0, 1, 1, 2, 2]),  # each image goes only 2
    ],
)
def test_where_one_patient_decides_there_is_no_interval(
    pull: list[float], curvature: list[float], patient: list[int]
) -> None:
    """It has all the curvature, or one step without it goes too far to say anything."""
    found = left_out(0.0, np.array(pull), np.array(curvature), np.array(patient), farthest=3.0).normal(method="")
    assert math.isnan(found.low) and math.isnan(found.high)
    assert found.reason == "one patient decides"


def test_limits_hold_the_value_and_stay_where_it_can_be() -> None:
    added = np.array([0.2, -0.1, -0.1])
    low = Linearised(value=0.01, centre=-0.6, terms=added, patient=np.arange(3), within=PROPORTION).normal(method="")
    assert (low.low, low.high) == (0.0, 0.01)
    free = Linearised(value=0.01, centre=0.01, terms=added, patient=np.arange(3)).normal(method="")
    assert free.low < 0
    assert (of(added, PROPORTION) - of(2 * added, PROPORTION)).within == (-math.inf, math.inf)
