"""The search behind temperature scaling: the inverse temperature with the least negative log likelihood.

Of an image with margin s (the logit, negated for the negative class) the loss is log(1 + exp(-beta s)): convex in the
inverse temperature beta, so that the sign of its slope says on which side of the minimum one is.
"""

from __future__ import annotations

import math
from enum import Enum, auto

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from core.evaluation.predictions import FloatArray

COLDEST, HOTTEST = 0.01, 100.0
"""Ends of the range of temperatures searched."""

_LOW, _HIGH = 1 / HOTTEST, 1 / COLDEST


class End(Enum):
    """Why the search ended at an end of its range."""

    PARTED = auto()
    """Cold: every score lies on its own class's side of 0."""
    ONE_CLASS = auto()
    """Cold: all images are of one class, whose scores lie on its side."""
    SMALL = auto()
    """Cold: the scores are so close to 0 that no temperature in the range spreads them enough."""
    BACKWARDS = auto()
    """Hot: on balance the scores lie on the wrong side of 0, so that none at all would fit better."""
    LARGE = auto()
    """Hot: the scores are so far from 0 that no temperature in the range draws them in enough."""


def why_at_end(margin: FloatArray, temperature: float, *, one_class: bool) -> End | None:
    """Why the ``temperature`` that was found for margins (n,) is an end of the range; None where it is none.

    Scores that all lie on the right side fit the better the colder they are. Where the sum of the margins is positive
    some finite temperature fits better than an infinite one: what ends at the hottest all the same is merely too large.
    """
    if temperature == COLDEST:
        if margin.min() < 0:
            return End.SMALL
        return End.ONE_CLASS if one_class else End.PARTED
    if temperature == HOTTEST:
        return End.LARGE if margin.sum() > 0 else End.BACKWARDS
    return None


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
