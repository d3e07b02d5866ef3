"""Rates of several hospitals as draws from one distribution of hospitals, on the logit scale.

The model is normal twice: a hospital's true logit varies between hospitals with standard deviation tau, and what is
seen of it varies with the patients it has. tau^2 is that of Paule and Mandel (1982), the error of the mean that of
Hartung and Knapp (2001) with its factor at least 1 (Roever, Knapp and Friede 2015), and the prediction interval that of
Higgins, Thompson and Spiegelhalter (2009) with this error (Partlett and Riley 2017): metafor's
``predict(rma(method="PM", test="adhoc"), pi.type="riley")``, whose Student's t has k - 2 degrees of freedom.

The first axis is that of the k hospitals; any others, such as the thresholds of a sweep, go along.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from core.evaluation.estimates.intervals import LEVEL
from core.evaluation.predictions import FloatArray

FEWEST_SITES = 3
"""Hospitals below which nothing is predicted: no degree of freedom is left."""
CORRECTION = 0.5
"""Added to both cells, called rightly and wrongly, of a hospital where one of them is 0."""

_UPPER = 0.5 + LEVEL / 2
_STEPS = 200


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RandomEffects:
    """What k hospitals say of all hospitals like them, in logits, each (m,).

    ``low`` and ``high`` hold the mean, ``prediction_low`` and ``prediction_high`` the true logit of one more hospital;
    ``tau`` is the standard deviation between hospitals.
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    prediction_low: FloatArray
    prediction_high: FloatArray
    tau: FloatArray


def logit_and_variance(rate: npt.ArrayLike, size: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """The logit of a ``rate`` in [0, 1] with an effective sample ``size`` above 0, and its variance
    1 / (size rate (1 - rate)); :data:`CORRECTION` at 0 and 1. Shapes broadcast."""
    share, images = np.broadcast_arrays(np.asarray(rate, dtype=np.float64), np.asarray(size, dtype=np.float64))
    added = np.where((share == 0) | (share == 1), CORRECTION, 0.0)
    right, wrong = share * images + added, (1 - share) * images + added
    return np.log(right / wrong), 1 / right + 1 / wrong


def random_effects(logit: FloatArray, variance: FloatArray) -> RandomEffects:
    """Mean, spread and prediction of ``logit`` (k, m) with variances within hospitals ``variance`` (k, m) above 0.

    ValueError for fewer than :data:`FEWEST_SITES` hospitals.
    """
    k = len(logit)
    if k < FEWEST_SITES:
        raise ValueError(f"random effects need {FEWEST_SITES} hospitals or more, not {k}")
    tau2 = spread_between(logit, variance, float(k - 1))
    mean, error2 = mean_and_error(logit, variance, tau2)
    of_mean = stdtrit(k - 1, _UPPER) * np.sqrt(error2)
    of_next = stdtrit(k - 2, _UPPER) * np.sqrt(tau2 + error2)
    return RandomEffects(
        mean=mean,
        low=mean - of_mean,
        high=mean + of_mean,
        prediction_low=mean - of_next,
        prediction_high=mean + of_next,
        tau=np.sqrt(tau2),
    )


def spread_between(logit: FloatArray, variance: FloatArray, target: float | FloatArray) -> FloatArray:
    """The tau^2 at which the weighted squared deviations from the mean sum to ``target``, 0 where they are less at 0.

    Paule and Mandel's is that of k - 1, their expectation. ``target`` is above 0 and broadcasts with (m,).
    """
    tau2 = np.zeros(np.broadcast_shapes(logit.shape[1:], np.shape(target)))
    for _ in range(_STEPS):
        weight = 1 / (variance + tau2)
        terms = weight * np.square(logit - _mean(logit, weight))
        # The sum falls in tau^2 and is convex: Newton's steps from 0 rise to the root and never pass it.
        slope = np.maximum((weight * terms).sum(axis=0), np.finfo(np.float64).tiny)
        step = np.maximum(terms.sum(axis=0) - target, 0.0) / slope
        tau2 = tau2 + step
        if (step <= 1e-13 * tau2).all():
            break
    return tau2


def mean_and_error(logit: FloatArray, variance: FloatArray, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean of ``logit`` (k, m) weighted by 1 / (variance + tau2), and its squared error, the factor at least 1."""
    weight = 1 / (variance + tau2)
    mean = _mean(logit, weight)
    factor = np.maximum((weight * np.square(logit - mean)).sum(axis=0) / (len(logit) - 1), 1.0)
    return mean, factor / weight.sum(axis=0)


def _mean(values: FloatArray, weight: FloatArray) -> FloatArray:
    return np.asarray((weight * values).sum(axis=0) / weight.sum(axis=0))
