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

from core.evaluation.estimates.clusters import effective_size
from core.evaluation.estimates.discrimination import Mask
from core.evaluation.estimates.intervals import LEVEL, Estimate, no_limits, wilson_estimate
from core.evaluation.predictions import IntArray, Predictions

EVERYONE, NO_ONE = "everyone", "no one"
"""Whom each default calls positive."""

TP, FP, FN, TN = range(4)
"""The places of the four cells in sums over patients."""

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
    cell = np.where(predictions.y_true == 1, np.where(called, TP, FN), np.where(called, FP, TN))
    counts = np.bincount(4 * predictions.patient_index + cell, minlength=4 * predictions.n_patients).reshape(-1, 4)
    return over_defaults_of(counts.sum(axis=0), counts.T @ counts, price)


def over_defaults_of(images: IntArray, products: IntArray, price: float) -> OverDefaults:
    """:func:`over_defaults` from sums over the patients: how many ``images`` lie in each of the cells :data:`TP`,
    :data:`FP`, :data:`FN` and :data:`TN`, (4,), and the ``products`` of every patient's numbers of them, (4, 4)."""
    shares = [_Share.of(cell, images, products) for cell in range(4)]

    def limits(right: int, worth: float, wrong: int, cost: float) -> list[Estimate]:
        together = _together(shares[right], shares[wrong], int(products[right, wrong]), images, products)
        return [_gain(shares[right], worth, shares[wrong], cost, together, level) for level in _LEVELS]

    found = {EVERYONE: limits(TN, price, FN, 1.0), NO_ONE: limits(TP, 1.0, FP, price)}
    if not images.any():
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Share:
    """The share of all images that lie in one cell, its effective size, and the sum over patients of such images times
    all of theirs."""

    value: float
    size: float
    with_all: int

    @classmethod
    def of(cls, cell: int, images: IntArray, products: IntArray) -> _Share:
        n, hits, with_all = int(images.sum()), int(images[cell]), int(products[cell].sum())
        if not n:
            return cls(value=math.nan, size=0.0, with_all=0)
        sums = (np.array([value]) for value in (hits, n, products[cell, cell], with_all, products.sum()))
        return cls(value=hits / n, size=float(effective_size(*sums)[0]), with_all=with_all)

    def estimate(self, level: float) -> Estimate:
        return wilson_estimate(self.value, self.size, reason=_NO_IMAGES, level=level)


def _together(one: _Share, other: _Share, both: int, images: IntArray, products: IntArray) -> float:
    """The sum over patients of the products of their deviations from two shares, of whose images ``both`` is the sum
    of products; NaN without images."""
    n, squares = int(images.sum()), int(products.sum())
    if not n:
        return math.nan
    apart = both - one.value * other.with_all - other.value * one.with_all + one.value * other.value * squares
    return apart / n**2


def _gain(right: _Share, worth: float, wrong: _Share, cost: float, together: float, level: float) -> Estimate:
    """``worth`` for each image that is ``right`` less ``cost`` for each ``wrong`` one, an image; the deviations of
    both are ``together``."""
    one, other = right.estimate(level), wrong.estimate(level)
    if math.isnan(one.value):
        return Estimate.undefined(_NO_IMAGES)
    value = worth * one.value - cost * other.value
    if reason := no_limits(one, other):
        return Estimate.without_interval(value, reason)
    spread = one.value * (1 - one.value) / right.size * other.value * (1 - other.value) / wrong.size
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
