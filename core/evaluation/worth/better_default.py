"""Is a threshold worth more than calling everyone, and than calling no one, positive?

A gain is what images called rightly are worth less what others cost, an image: over no one TP - price FP, over
everyone price TN - FN. Its limits are put together from those of the two shares of all images (MOVER; Zou and Donner
2008), which are Wilson's with effective sizes by patient. Normal ones know nothing of what was not seen: of thresholds
that gain nothing they called 7 % more useful where six misses were expected, and 37 % where one was.

Which default is the better one is seen in the same patients, so that taking the smaller gain after looking and judging
it by its own interval claims too much. The gain over the better default is the smaller of both true gains:

- its lower limit is the smaller of both lower limits, each one-sided at 97.5 %. Where it is above 0 both are, an
  intersection-union test, which needs no correction (Berger 1982): of a threshold that gains nothing over the better
  default that is so in at most 2.5 % of samples;
- its upper limit is the smaller of both upper limits, each one-sided at 98.75 % (Bonferroni), as either may be the
  smaller: a default that the threshold is not worth less than is named as one in at most 2.5 % of samples.

Together they hold the gain over the better default in at least 95 %. Simulated: at most 2.9 %, and 4.6 % where fewer
than five patients with several alike images each are wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.evaluation.estimates.clusters import size_of_share
from core.evaluation.estimates.discrimination import Mask
from core.evaluation.estimates.intervals import LEVEL, Estimate, no_limits, wilson_estimate
from core.evaluation.predictions import FloatArray, IntArray, Predictions

EVERYONE, NO_ONE = "everyone", "no one"
"""Whom each default calls positive."""

_NO_IMAGES = "no images"
_LEVELS = (LEVEL, 1 - (1 - LEVEL) / 2)
"""Of the gains, and of the upper limits of which the smaller is taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OverDefaults:
    """The gain over each default with its 95 % interval, and the one over the better of both.

    ``default`` is the better one in these patients, and ``lost_to`` the one that the threshold is clearly worth less
    than, each :data:`EVERYONE` or :data:`NO_ONE`; empty where there is none.
    """

    everyone: Estimate
    no_one: Estimate
    better: Estimate
    default: str
    lost_to: str

    @property
    def more_useful(self) -> bool:
        """Whether the threshold is clearly worth more than both defaults."""
        return self.better.low > 0


def over_defaults(predictions: Predictions, called: Mask, price: float) -> OverDefaults:
    """The gains of calling the images ``called`` (n,) positive, in true positives an image, where a false positive
    costs ``price`` of them. Undefined without images."""
    positive, images = predictions.y_true == 1, np.bincount(predictions.patient_index)
    tp, fp, fn, tn = (
        _Share.of(np.bincount(predictions.patient_index[some & of], minlength=len(images)), images)
        for some in (called, ~called)
        for of in (positive, ~positive)
    )
    found = {
        EVERYONE: [_gain(tn, price, fn, 1.0, own) for own in _LEVELS],
        NO_ONE: [_gain(tp, 1.0, fp, price, own) for own in _LEVELS],
    }
    if not predictions.n:
        nothing = found[NO_ONE][0]
        return OverDefaults(everyone=nothing, no_one=nothing, better=nothing, default="", lost_to="")
    gains = {name: own for name, (own, _) in found.items()}
    highs = {name: wider.high for name, (_, wider) in found.items()}
    default, lowest = min(gains, key=lambda name: gains[name].value), min(highs, key=lambda name: highs[name])
    better = Estimate(
        value=gains[default].value,
        low=min(own.low for own in gains.values()),
        high=highs[lowest],
        level=LEVEL,
        method="the smaller of both lower limits, and of both upper limits at half the error",
        reason=no_limits(*gains.values()),
    )
    return OverDefaults(
        everyone=gains[EVERYONE],
        no_one=gains[NO_ONE],
        better=better,
        default=default,
        lost_to=lowest if better.high < 0 else "",
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Share:
    """The share of all images that are chosen, its effective size, and what each patient's deviations add to it."""

    value: float
    size: float
    added: FloatArray

    @classmethod
    def of(cls, hits: IntArray, images: IntArray) -> _Share:
        """So many ``hits`` of the ``images`` of each patient, (patients,) both."""
        n = int(images.sum())
        if not n:
            return cls(value=math.nan, size=0.0, added=np.zeros(0))
        share = float(hits.sum() / n)
        return cls(value=share, size=size_of_share(hits, images), added=(hits - share * images) / n)

    def estimate(self, level: float) -> Estimate:
        return wilson_estimate(self.value, self.size, reason=_NO_IMAGES, level=level)


def _gain(right: _Share, worth: float, wrong: _Share, cost: float, level: float) -> Estimate:
    """``worth`` for each image that is ``right`` less ``cost`` for each ``wrong`` one, an image."""
    one, other = right.estimate(level), wrong.estimate(level)
    if math.isnan(one.value):
        return Estimate.undefined(_NO_IMAGES)
    value = worth * one.value - cost * other.value
    if reason := no_limits(one, other):
        return Estimate.without_interval(value, reason)
    spread = one.value * (1 - one.value) / right.size * other.value * (1 - other.value) / wrong.size
    together = float(right.added @ wrong.added)
    correlation = max(min(together / math.sqrt(spread), 1.0), -1.0) if spread else 0.0

    def distance(a: float, b: float) -> float:
        return math.sqrt(max(a * a + b * b - 2 * correlation * a * b, 0.0))

    return Estimate(
        value=value,
        low=value - distance(worth * (one.value - one.low), cost * (other.high - other.value)),
        high=value + distance(worth * (one.high - one.value), cost * (other.value - other.low)),
        level=level,
        method="MOVER, from Wilson limits of both shares, patients as clusters",
    )
