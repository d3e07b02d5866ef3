from __future__ import annotations

import math

import numpy as np
import pytest

from core.evaluation.calibration_slope import chebyshev_step, derivatives, fitted_slopes
from core.evaluation.predictions import Predictions
from core.evaluation.recalibration import calibration_line


def drawn(n: int, n_resamples: int) -> np.ndarray:
    rng = np.random.default_rng(6)
    rows = [np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(n_resamples)]
    return np.array(rows, dtype=float)


def whole_fits(y_true: np.ndarray, scores: np.ndarray, weight: np.ndarray) -> np.ndarray:
    rows = [np.repeat(np.arange(len(y_true)), times.astype(int)) for times in weight]
    return np.array([calibration_line(y_true[chosen], scores[chosen])[1] for chosen in rows])


def test_whole_fits_do_not_depend_on_where_they_start(single: Predictions) -> None:
    weight = drawn(single.n, 60)
    leap = np.linspace(-1e9, 1e9, 60), np.linspace(1e9, -1e9, 60)
    expected = whole_fits(single.y_true, single.logit, weight)
    for start in ((0.0, 0.0), (3.0, -2.0), calibration_line(single.y_true, single.logit)):
        for step in (tuple(np.zeros((2, 60))), tuple(np.full((2, 60), math.nan)), leap):
            found = fitted_slopes(single.y_true, single.logit, weight, start, step)
            assert found == pytest.approx(expected, rel=1e-5)


def test_chebyshev_is_nearer_to_whole_fits_than_newton(single: Predictions) -> None:
    line = calibration_line(single.y_true, single.logit)
    weight = drawn(single.n, 100)
    total = weight @ np.stack(derivatives(single.y_true, single.logit, line), axis=1)
    expected = whole_fits(single.y_true, single.logit, weight)
    straight = total.copy()
    straight[:, 5:] = 0  # without third derivatives it is Newton's step
    newton, chebyshev = (np.abs(line[1] + chebyshev_step(sums)[1] - expected) for sums in (straight, total))
    assert chebyshev.mean() < 0.4 * newton.mean()
    assert chebyshev.mean() < 0.05 * expected.std()


def test_parted_resamples_are_endless() -> None:
    y_true, scores = np.array([0, 0, 1, 1]), np.array([-2.0, 1.0, 0.5, 2.0])
    weight = np.array([[1.0, 1, 1, 1], [2, 0, 1, 1], [0, 2, 2, 0], [0, 0, 2, 2], [4, 0, 0, 0], [1, 1, 0, 2]])
    slopes = fitted_slopes(y_true, scores, weight, (0.0, 1.0), tuple(np.zeros((2, 6))))
    assert slopes[0] == pytest.approx(calibration_line(y_true, scores)[1], rel=1e-5)
    assert slopes[[1, 2, 5]].tolist() == [math.inf, -math.inf, math.inf]
    assert not np.isfinite(slopes[[3, 4]]).any()
