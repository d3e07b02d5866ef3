"""Probabilities of a score that is none: the line of Platt scaling, fitted on validation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from core.evaluation.calibration.recalibration import nothing_to_fit, platt_line
from core.evaluation.predictions import Predictions


@dataclass(frozen=True, kw_only=True, slots=True)
class Platt:
    """``expit(slope * score + intercept)``; ``slope`` is 0 or more, in units of one over a score.

    ``reason`` says why these are no probabilities of single images: nothing could be fitted (both NaN), or the scores
    point the other way, so that of all lines that do not fall the level one fits best.
    """

    slope: float
    intercept: float
    reason: str = ""

    @property
    def temperature(self) -> float | None:
        """What scores are divided by, as logits by a temperature, once :attr:`midpoint` is taken off; None without."""
        return None if self.reason else 1 / self.slope

    @property
    def midpoint(self) -> float:
        """The score that is called one half; 0 where there are no probabilities."""
        return 0.0 if self.reason else -self.intercept / self.slope


def fit_platt(validation: Predictions) -> Platt:
    """Platt scaling (Platt 1999) of free scores, with his targets that stay clear of 0 and 1."""
    if reason := nothing_to_fit(validation.y_true, validation.logit):
        return Platt(slope=math.nan, intercept=math.nan, reason=reason)
    intercept, slope = platt_line(validation)
    if slope > 0 and math.isfinite(1 / slope):
        return Platt(slope=slope, intercept=intercept)
    odds = (validation.n_pos + 0.5) / (validation.n_neg + 0.5)
    reason = "the scores point the other way" if slope < 0 else "the scores do not tell the classes from each other"
    return Platt(slope=0.0, intercept=math.log(odds), reason=reason)


def centred(predictions: Predictions, midpoint: float) -> Predictions:
    """The same with scores (n,) counted from ``midpoint``, so that they are logits but for a factor."""
    return predictions if midpoint == 0 else replace(predictions, logit=np.asarray(predictions.logit - midpoint))
