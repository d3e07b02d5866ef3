"""Intercept and slope of calibration by statsmodels, and their limits by leaving each patient out for good."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from core.evaluation.calibration.slope import intercept_by_patient, slope_by_patient, slope_estimate
from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]
BINOMIAL = sm.families.Binomial()


def intercept(y: np.ndarray, scores: np.ndarray, **fitting) -> sm.GLM:
    return sm.GLM(y, np.ones(len(y)), family=BINOMIAL, offset=scores).fit(**fitting)


def line(y: np.ndarray, logit: np.ndarray, **fitting) -> sm.GLM:
    return sm.GLM(y, sm.add_constant(logit), family=BINOMIAL).fit(**fitting)


@pytest.fixture(scope="module")
def moved(clustered: Predictions) -> Predictions:
    """Scores that are too high, so that the intercept is far from 0."""
    return replace(clustered, logit=clustered.logit + 2)


@pytest.fixture(scope="module")
def few(moved: Predictions, make: Make) -> Predictions:
    """The first 150 patients, few enough to leave out each."""
    rows = moved.patient_index < 150
    return make(moved.y_true[rows], moved.logit[rows], moved.patient_index[rows])


def left_out(split: Predictions, figure: Callable[[np.ndarray], float]) -> tuple[float, float, float]:
    """The figure with normal limits of the jackknife, whole fits without each patient."""
    m, everybody = split.n_patients, np.ones(split.n, dtype=bool)
    without = np.array([figure(split.patient_index != patient) for patient in range(m)])
    value = figure(everybody)
    half = norm.ppf(0.975) * math.sqrt((m - 1) / m * ((without - value) ** 2).sum())
    return value, value - half, value + half


def test_values_are_statsmodels(clustered: Predictions) -> None:
    for temperature in (1.0, 1.7):
        scores = clustered.logit / temperature
        expected = intercept(clustered.y_true, scores).params[0]
        assert intercept_by_patient(clustered, scores).value == pytest.approx(expected, abs=1e-8)
        expected = line(clustered.y_true, scores).params[1]
        assert slope_by_patient(clustered).times(temperature).value == pytest.approx(expected, abs=1e-7)


def test_limits_are_those_of_leaving_each_patient_out(few: Predictions) -> None:
    """One Newton step from the fit of all is near the fit without a patient, so widths agree within some percent."""
    y, logit = few.y_true, few.logit
    found = {
        "intercept": intercept_by_patient(few, logit).normal(method=""),
        "slope": slope_estimate(few, slope_by_patient(few)),
    }
    expected = {
        "intercept": left_out(few, lambda rows: intercept(y[rows], logit[rows]).params[0]),
        "slope": left_out(few, lambda rows: line(y[rows], logit[rows]).params[1]),
    }
    for name, estimate in found.items():
        value, low, high = expected[name]
        assert estimate.value == pytest.approx(value, abs=1e-7)
        assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=0.06 * (high - low)), name


@pytest.mark.parametrize("name", ["intercept", "slope"])
def test_with_many_patients_limits_are_the_sandwichs(moved: Predictions, name: str) -> None:
    fitting = {"cov_type": "cluster", "cov_kwds": {"groups": moved.patient_index}}
    if name == "intercept":
        robust = intercept(moved.y_true, moved.logit, **fitting).conf_int()[0]
        ours = intercept_by_patient(moved, moved.logit).normal(method="")
    else:
        robust = line(moved.y_true, moved.logit, **fitting).conf_int()[1]
        ours = slope_estimate(moved, slope_by_patient(moved))
    assert (ours.low, ours.high) == pytest.approx(robust, abs=0.02 * (robust[1] - robust[0]))


def test_an_intercept_by_hand(make: Make) -> None:
    """Every score 0, 3 of 4 ill: the shift is log 3, and without an ill or the well image it is another one."""
    found = intercept_by_patient(make([1, 1, 1, 0], [0.0] * 4), np.zeros(4))
    assert found.value == pytest.approx(math.log(3))
    # One Newton step: the pull of an ill image is 1/4, of the well one -3/4; three images have a curvature of 3 x 3/16.
    np.testing.assert_allclose(found.added * 4 / 3, np.array([1, 1, 1, -3]) / 4 / (9 / 16))


@pytest.mark.parametrize("sign", [1, -1])
def test_one_patient_that_alone_overlaps_leaves_the_slope_open_away_from_0(make: Make, sign: int) -> None:
    y_true, logit = np.repeat([0, 1], 20), np.linspace(-3, 3, 40)
    logit[19], logit[20] = 0.5, 0.0
    one = make(y_true, sign * logit)
    found = slope_estimate(one, slope_by_patient(one))
    bounded, unbounded = ("low", "high") if sign > 0 else ("high", "low")
    assert math.isfinite(getattr(found, bounded))
    assert math.isnan(getattr(found, unbounded))
    logit[10] = 0.7
    two = make(y_true, sign * logit)
    found = slope_estimate(two, slope_by_patient(two))
    assert math.isfinite(found.low) and math.isfinite(found.high)


def test_one_patient_who_has_all_the_overlap_in_several_images_is_one(make: Make) -> None:
    """His two images of both classes lie on the wrong side; without him the classes part."""
    y_true = [0, 0, 0, 1, 1, 1, 0, 1]
    split = make(y_true, [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 1.5, -1.5], [0, 1, 2, 3, 4, 5, 6, 6])
    assert math.isnan(slope_estimate(split, slope_by_patient(split)).high)
