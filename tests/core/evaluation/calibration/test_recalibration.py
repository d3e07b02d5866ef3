from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

from core.evaluation.calibration.recalibration import (
    calibration_intercept,
    calibration_line,
    isotonic_regression,
    no_line,
    platt_scaling,
)
from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]


def glm(y_true: np.ndarray, design: np.ndarray, offset: np.ndarray | None = None) -> np.ndarray:
    return sm.GLM(y_true, design, family=sm.families.Binomial(), offset=offset).fit(tol=1e-14).params


def test_intercept_and_line_equal_statsmodels(single: Predictions, clustered: Predictions) -> None:
    for split in (single, clustered):
        ones = np.ones((split.n, 1))
        assert calibration_intercept(split.y_true, split.logit) == pytest.approx(
            glm(split.y_true, ones, split.logit)[0], abs=1e-9
        )
        line = glm(split.y_true, np.column_stack([ones, split.logit]))
        assert calibration_line(split.y_true, split.logit) == pytest.approx(tuple(line), abs=1e-8)


def test_truth_is_found() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(size=200_000) * 2
    y_true = (rng.random(200_000) < expit(0.4 + 0.6 * scores)).astype(int)
    assert calibration_line(y_true, scores) == pytest.approx((0.4, 0.6), abs=0.03)
    y_true = (rng.random(200_000) < expit(scores - 0.7)).astype(int)
    assert calibration_intercept(y_true, scores) == pytest.approx(-0.7, abs=0.03)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.floats(-1e4, 1e4).map(lambda x: round(x, 15))), min_size=1, max_size=30)
)
def test_gradient_vanishes_wherever_there_is_a_line(drawn: list[tuple[int, float]]) -> None:
    y_true, scores = (np.array(column) for column in zip(*drawn, strict=True))
    intercept, slope = calibration_line(y_true, scores)
    reason = no_line(y_true, scores)
    assert math.isnan(slope) == math.isnan(intercept) == (reason is not None)
    if reason is None:
        residual = y_true - expit(intercept + slope * scores)
        assert np.abs([residual.mean(), (residual * scores).mean() / np.abs(scores).max()]).max() < 1e-6
    shift = calibration_intercept(y_true, scores)
    assert math.isnan(shift) == (len(set(y_true.tolist())) == 1)
    if not math.isnan(shift):
        assert expit(scores + shift).mean() == pytest.approx(y_true.mean(), abs=1e-9)


def test_scores_a_hairs_breadth_apart_have_the_line_of_the_same_ones_far_apart() -> None:
    y_true, scores = np.array([0, 1, 0, 1, 1]), np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    intercept, slope = calibration_line(y_true, scores)
    assert calibration_line(y_true, scores * 1e-225) == pytest.approx((intercept, slope * 1e225))


@pytest.mark.parametrize(
    ("y_true", "scores", "reason"),
    [
        ([], [], "no images"),
        ([1, 1], [0.0, 1.0], "one class"),
        ([0, 1], [2.0, 2.0], "every score is the same"),
        ([0, 0, 1, 1], [0.0, 1.0, 2.0, 3.0], "perfectly"),
        ([0, 0, 1, 1], [0.0, 1.0, 1.0, 3.0], "perfectly"),
        ([1, 0], [0.0, 1.0], "perfectly"),
    ],
)
def test_no_line_has_a_reason(y_true: list[int], scores: list[float], reason: str) -> None:
    found = no_line(np.array(y_true, dtype=int), np.array(scores))
    assert found is not None
    assert reason in found
    assert np.isnan(calibration_line(np.array(y_true, dtype=int), np.array(scores))).all()


def test_platt_equals_scikit_learn(clustered: Predictions) -> None:
    reference = _SigmoidCalibration().fit(clustered.logit, clustered.y_true)
    there = np.linspace(-8, 8, 33)
    assert expit(platt_scaling(clustered)(there)) == pytest.approx(reference.predict(there), abs=1e-5)


def test_platt_of_a_perfect_separation_is_finite(make: Make) -> None:
    recalibrated = platt_scaling(make([0, 0, 1, 1], [-2.0, -1.0, 1.0, 2.0]))
    assert np.isfinite(recalibrated(np.array([-50.0, 0.0, 50.0]))).all()


def test_isotonic_equals_scikit_learn_and_never_turns_back(clustered: Predictions) -> None:
    reference = IsotonicRegression(out_of_bounds="clip").fit(clustered.logit, clustered.y_true)
    there = np.linspace(-20, 20, 401)
    p = expit(isotonic_regression(clustered)(there))
    assert p == pytest.approx(reference.predict(there), abs=1e-12)
    assert (np.diff(p) >= -1e-12).all()
    assert (p[0], p[-1]) == (0, 1)
