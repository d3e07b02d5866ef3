"""Logistic recalibration: intercept and slope of calibration, Platt scaling, and isotonic regression beside it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

from core.evaluation.calibration.reliability import Labels
from core.evaluation.predictions import FloatArray, Predictions

Recalibration = Callable[[FloatArray], FloatArray]
"""Recalibrated logits (n,) of logits (n,); infinite where the probability is 0 or 1."""

_MOST_STEPS = 200
_TOLERANCE = 1e-12
_SATURATED = 40.0
"""A logit at which expit is 0 or 1 to the last bit."""


def calibration_intercept(y_true: Labels, scores: FloatArray) -> float:
    """Calibration in the large (Cox 1958; Van Calster et al. 2019): the shift of all logits (n,) that makes their mean
    probability the share of positives, which is a logistic regression with the logit as offset.

    0 is perfect, below 0 the probabilities are too high. NaN unless both classes have images.
    """
    share = float(np.mean(y_true)) if len(y_true) else math.nan
    if not 0 < share < 1:
        return math.nan
    reach = _SATURATED + math.log(len(y_true))
    # Any shift in this range brings some images to one half; outside it all are saturated on one side.
    low, high = -float(scores.max()) - reach, -float(scores.min()) + reach
    return float(brentq(lambda shift: float(expit(scores + shift).mean()) - share, low, high, xtol=1e-13, maxiter=2000))


def calibration_line(y_true: Labels, scores: FloatArray) -> tuple[float, float]:
    """Intercept and slope of the logistic regression of the labels on the logits (n,) (Cox 1958).

    Slope 1 is perfect; below 1 the probabilities are too extreme. NaN, NaN where :func:`no_line` has a reason.
    """
    return (math.nan, math.nan) if no_line(y_true, scores) else _logistic_fit(scores, np.asarray(y_true, dtype=float))


def no_line(y_true: Labels, scores: FloatArray) -> str | None:
    """Why there is no calibration line of these images (n,), in words; None where there is one."""
    if nothing := nothing_to_fit(y_true, scores):
        return nothing
    positive, negative = scores[y_true == 1], scores[y_true == 0]
    if negative.max() <= positive.min() or positive.max() <= negative.min():
        return "the scores part the classes perfectly, so that no slope is steep enough"
    return None


def nothing_to_fit(y_true: Labels, scores: FloatArray) -> str | None:
    """Why no way of recalibration can be fitted, in words; None where there are both classes and two scores."""
    if not len(y_true):
        return "no images"
    if not 0 < np.count_nonzero(y_true) < len(y_true):
        return "one class has no images"
    return "every score is the same" if scores.min() == scores.max() else None


def recalibrations(validation: Predictions) -> dict[str, Recalibration]:
    """What temperature scaling is compared with, fitted on validation: ``platt`` and ``isotonic``.

    Empty where validation has no two classes or no two scores.
    """
    if nothing_to_fit(validation.y_true, validation.logit):
        return {}
    return {"platt": platt_scaling(validation), "isotonic": isotonic_regression(validation)}


def platt_scaling(validation: Predictions) -> Recalibration:
    """Platt scaling (Platt 1999), with his targets that stay clear of 0 and 1. Needs both classes and two scores."""
    intercept, slope = platt_line(validation)
    return lambda scores: intercept + slope * scores


def platt_line(validation: Predictions) -> tuple[float, float]:
    """Intercept and slope of :func:`platt_scaling`."""
    positives, negatives = validation.n_pos, validation.n_neg
    target = np.where(validation.y_true == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    return _logistic_fit(validation.logit, target)


def isotonic_regression(validation: Predictions) -> Recalibration:
    """Isotonic regression (Zadrozny and Elkan 2002) of the labels on the logits, linear between its steps.

    Different logits may share a probability, which may be 0 or 1. Needs images.
    """
    from sklearn.isotonic import IsotonicRegression  # half of what it takes to import all that reads a run

    steps = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(validation.logit, validation.y_true)
    return lambda scores: np.asarray(logit(np.clip(steps.predict(scores), 0.0, 1.0)), dtype=np.float64)


def _logistic_fit(scores: FloatArray, target: FloatArray) -> tuple[float, float]:
    """Intercept and slope with the least log loss for targets (n,) in [0, 1], by Newton's method with halved steps."""
    centre = float(scores.mean())
    spread = float(scores.std()) or float(np.abs(scores - centre).max())  # squares of tiny distances are 0
    design = np.stack([np.ones_like(scores), (scores - centre) / spread])
    line = np.zeros(2)
    loss = _loss(line @ design, target)
    for _ in range(_MOST_STEPS):
        p = expit(line @ design)
        curvature = (design * (p * (1 - p))) @ design.T
        step = np.linalg.lstsq(curvature, design @ (target - p), rcond=None)[0]
        while (tried := _loss((line + step) @ design, target)) > loss and np.abs(step).max() > _TOLERANCE:
            step = step / 2
        line, loss = line + step, min(tried, loss)
        if np.abs(step).max() <= _TOLERANCE * (1 + np.abs(line).max()):
            break
    slope = line[1] / spread
    return float(line[0] - slope * centre), float(slope)


def _loss(scores: FloatArray, target: FloatArray) -> float:
    return float((np.logaddexp(0.0, scores) - target * scores).mean())


def recalibration_curves(validation: Predictions, temperature: float) -> pd.DataFrame:
    """What each way of recalibration that ``validation`` allows makes of 500 probabilities from 0.001 to 0.999.

    Columns: ``raw``, ``temperature``, and a column for each of :func:`recalibrations`.
    """
    raw = np.linspace(0.001, 0.999, 500)
    ways = {name: expit(recalibrate(logit(raw))) for name, recalibrate in recalibrations(validation).items()}
    return pd.DataFrame({"raw": raw, "temperature": expit(logit(raw) / temperature), **ways})
