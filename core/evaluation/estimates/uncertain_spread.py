"""The next hospital's rate, allowing for how uncertain the spread between hospitals is.

Where hospitals differ by less than their patients let see, Paule and Mandel's tau^2 is often 0, and intervals that take
it as known hold the next hospital's rate too seldom. Here tau^2 is drawn from its confidence distribution, in which the
weighted squared deviations are those of chi^2 with k - 1 degrees of freedom (Viechtbauer 2007), and the prediction is
the mixture of what each tau^2 would predict (Nagashima, Noma and Furukawa 2019).

Variances within hospitals are those at the common rate. At each hospital's own, one with few errors has both a high
rate and a large variance, so that it is weighted down and the mean is too low (Bakbergenuly, Hoaglin and Kulinskaya
2020).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, expit, ndtr

from core.evaluation.estimates.intervals import LEVEL
from core.evaluation.estimates.random_effects import (
    CORRECTION,
    logit_and_variance,
    mean_and_error,
    random_effects,
    spread_between,
)
from core.evaluation.predictions import FloatArray

_DRAWS = 100
"""Of tau^2, at evenly spread probabilities."""
_HALVINGS = 60
_FARTHEST = 6.0
"""Standard deviations from a mean beyond which a normal distribution has less than any tail that is asked for."""


def cautious_limits(rate: npt.ArrayLike, size: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Limits of the true logit of one more hospital, (m,) each, of ``rate`` in [0, 1] and effective ``size`` (k, m).

    Never within those of :func:`core.evaluation.estimates.random_effects.random_effects`. ValueError for fewer than
    three hospitals.
    """
    own, own_variance = logit_and_variance(rate, size)
    plain = random_effects(own, own_variance)
    logit, variance = _at_common_rate(np.asarray(rate, dtype=np.float64), np.asarray(size, dtype=np.float64))
    known = random_effects(logit, variance)
    probability = (np.arange(_DRAWS) + 0.5) / _DRAWS
    # One more axis in front of the hospitals' rest: (k, draws, m), with a target a draw.
    each, within = logit[:, None], variance[:, None]
    target = chdtri(len(logit) - 1, 1 - probability).reshape(-1, *[1] * (logit.ndim - 1))
    tau2 = spread_between(each, within, target)
    mean, error2 = mean_and_error(each, within, tau2)
    error = np.sqrt(tau2 + error2)
    low, high = (_quantile(mean, error, tail) for tail in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return (
        np.minimum.reduce([low, known.prediction_low, plain.prediction_low]),
        np.maximum.reduce([high, known.prediction_high, plain.prediction_high]),
    )


def _at_common_rate(rate: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logits with half an image added to both cells of every hospital, which leaves them nearly without bias (Gart and
    Zweifel 1967), and the variances that they would have at the mean of all, (k, m) each."""

    def variance_at(share: FloatArray) -> FloatArray:
        return np.asarray(1 / (share * size + CORRECTION) + 1 / ((1 - share) * size + CORRECTION))

    logit = np.log((rate * size + CORRECTION) / ((1 - rate) * size + CORRECTION))
    return logit, variance_at(expit(random_effects(logit, variance_at(rate)).mean))


def _quantile(mean: FloatArray, error: FloatArray, probability: float) -> FloatArray:
    """Of the mixture of normal distributions over the first axis, by halving."""
    low, high = (mean - _FARTHEST * error).min(axis=0), (mean + _FARTHEST * error).max(axis=0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = ndtr((middle - mean) / error).mean(axis=0) < probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)
