"""The search behind temperature scaling: the inverse temperature with the least negative log likelihood.

Of an image with margin s (the logit, negated for the negative class) the loss is log(1 + exp(-beta s)): convex in the
inverse temperature beta, so that the sign of its slope says on which side of the minimum one is.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from core.evaluation.predictions import FloatArray

COLDEST, HOTTEST = 0.01, 100.0
"""Ends of the range of temperatures searched."""

_LOW, _HIGH = 1 / HOTTEST, 1 / COLDEST


def inverse_temperature(margin: FloatArray) -> float:
    """The minimiser of the loss over all images (n,), within [1 / 100, 1 / 0.01]; an end where nothing is inside."""

    def slope(log_beta: float) -> float:
        return float(loss_derivatives(margin, math.exp(log_beta))[0].sum())

    low, high = math.log(_LOW), math.log(_HIGH)
    if slope(high) <= 0:
        return _HIGH
    if slope(low) >= 0:
        return _LOW
    return math.exp(brentq(slope, low, high, xtol=1e-12))


def loss_derivatives(margin: FloatArray, beta: float) -> tuple[FloatArray, FloatArray]:
    """First and second derivative of each image's loss (n,) at one beta."""
    wrong = expit(-beta * margin)
    return -margin * wrong, np.square(margin) * wrong * (1 - wrong)
