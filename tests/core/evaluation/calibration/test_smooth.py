"""Observed over expected and the smooth curve, against statsmodels' lowess, a bootstrap and closed forms."""

import math

import numpy as np
import pytest
from statsmodels.nonparametric.smoothers_lowess import lowess

from core.evaluation.calibration.smooth import SPAN, observed_over_expected, smooth_curve
from core.evaluation.places import PLACES
from core.evaluation.predictions import Predictions


def make(truth, p, per_patient=1):
    n = len(truth)
    return Predictions(
        image_id=[f"i{k}" for k in range(n)],
        patient_id=[f"p{k // per_patient}" for k in range(n)],
        y_true=truth,
        logit=np.log(p / (1 - p)),
    )


def drawn(seed, n=400, bend=1.0):
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.02, 0.98, n)
    return (rng.random(n) < p**bend).astype(int), p


@pytest.mark.parametrize("seed", range(3))
def test_the_curve_is_lowess(seed):
    truth, p = drawn(seed, bend=1.6)
    found = smooth_curve(make(truth, p), p)
    oracle = lowess(truth, p, frac=SPAN, it=0, xvals=found.predicted)
    assert found.observed == pytest.approx(np.clip(oracle, 0, 1), abs=1e-8)
    at_images = np.clip(lowess(truth, p, frac=SPAN, it=0, xvals=p), 0, 1)
    assert found.ici.value == pytest.approx(np.abs(at_images - p).mean(), abs=1e-3)
    assert math.isnan(found.ici.low) and found.ici.reason


def test_the_band_is_that_of_lowess_on_resamples():
    truth, p = drawn(4)
    found = smooth_curve(make(truth, p), p)
    rng = np.random.default_rng(9)
    rows = [rng.integers(0, 400, 400) for _ in range(400)]
    fits = np.array([lowess(truth[r], p[r], frac=SPAN, it=0, xvals=found.predicted[5:46:10]) for r in rows])
    low, high = np.quantile(np.clip(fits, 0, 1), [0.025, 0.975], axis=0)
    assert found.low[5:46:10] == pytest.approx(low, abs=0.035)
    assert found.high[5:46:10] == pytest.approx(high, abs=0.035)


def test_a_perfect_model_lies_on_the_diagonal_and_a_bent_one_does_not():
    truth, p = drawn(7, n=20000)
    assert smooth_curve(make(truth, p), p).ici.value < 0.02
    truth, p = drawn(7, n=20000, bend=2.0)
    assert smooth_curve(make(truth, p), p).ici.value > 0.1


def test_two_probabilities_have_no_curve_and_few_patients_no_band():
    p = np.array([0.2, 0.8] * 10)
    assert smooth_curve(make([0, 1] * 10, p), p) is None
    truth, p = drawn(1, n=40)
    assert np.isnan(smooth_curve(make(truth, p, per_patient=40), p).low).all()


def test_many_images_are_taken_together_and_the_curve_stays_where_it_is():
    truth, p = drawn(5, n=3 * PLACES, bend=1.4)
    found = smooth_curve(make(truth, p), p)
    oracle = lowess(truth, p, frac=SPAN, it=0, xvals=found.predicted)
    assert found.observed == pytest.approx(np.clip(oracle, 0, 1), abs=1e-4)


def test_observed_over_expected_is_the_ratio_with_the_limits_of_a_bootstrap():
    truth, p = drawn(3, n=600, bend=1.5)
    found = observed_over_expected(make(truth, p, per_patient=2), p)
    assert found.value == truth.sum() / p.sum()
    rng = np.random.default_rng(0)
    pairs = rng.integers(0, 300, (4000, 300))
    o, e = truth.reshape(300, 2).sum(axis=1), p.reshape(300, 2).sum(axis=1)
    low, high = np.quantile(o[pairs].sum(axis=1) / e[pairs].sum(axis=1), [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.012)


def test_observed_over_expected_where_nothing_is_seen_or_expected():
    p = np.array([0.2, 0.3, 0.4, 0.1])
    none = observed_over_expected(make([0, 0, 0, 0], p), p)
    assert (none.value, none.reason) == (0.0, "no image is positive")
    assert observed_over_expected(make([], np.zeros(0)), np.zeros(0)).reason == "no images"


@pytest.mark.filterwarnings("error")
def test_where_most_images_have_one_probability_the_curve_goes_by_them():
    p = np.repeat([0.1, 0.2, 0.5, 0.7, 0.9], [80, 5, 5, 5, 5])
    truth = (np.arange(100) % 4 == 0).astype(int)
    found = smooth_curve(make(truth, p), p)
    assert np.isfinite(found.observed).all() and math.isfinite(found.ici.value)
    assert found.observed[0] == pytest.approx(truth[:80].mean())
