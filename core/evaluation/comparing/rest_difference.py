"""How far a level lies from the rest, with an interval at any confidence level; a patient may have images in both.

The companions of the tests in :mod:`~core.evaluation.comparing.rest_comparison`: each takes the images where ``inside``
is true and all others and gives inside less rest. Undefined where there is nothing to compare, and without an interval,
for a reason, where too few patients are.

Limits of rates and areas are put together from those of both sides (MOVER; Zou and Donner 2008), allowing for patients
in both (Zou 2007). The tests of areas pool the variance of both sides, as these are alike if there is nothing to find.
An interval may not: where areas of 0.86 and 0.96 differ, one of the pooled variance held that in 79 % of simulated
hospitals, and these limits in 96 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import expit, logit, stdtrit

from core.evaluation.comparing.rest_sides import (
    AreaSides,
    MeanSides,
    RateSides,
    area_sides,
    covariance,
    fewest_patients,
    images_of,
    mean_sides,
    rate_sides,
)
from core.evaluation.estimates.clusters import few_clusters, kish
from core.evaluation.estimates.discrimination import ByScore, Mask
from core.evaluation.estimates.few_patients import FEWEST_PATIENTS
from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate, no_limits, wilson_estimate
from core.evaluation.predictions import FloatArray, IntArray, Predictions

_NO_REST = "there are no such images on one side"
_FEW = f"fewer than {FEWEST_PATIENTS} patients on a side"
_CERTAIN = 1e-18


def difference_of_rates(hit: Mask, inside: Mask, patient: IntArray, *, level: float = LEVEL) -> Estimate:
    """:func:`rates_apart` of the share of ``hit`` (n,) among images of one class."""
    return rates_apart(rate_sides(hit, inside, patient), level=level)


def rates_apart(sides: RateSides | None, *, level: float = LEVEL) -> Estimate:
    """Of a rate, from Wilson limits with effective sizes.

    Newcombe's interval (1998, method 10) where every patient has one image.
    """
    if sides is None:
        return Estimate.undefined(_NO_REST)
    both = list(zip(sides.rates, sides.sizes, strict=True))
    one, rest = (wilson_estimate(rate, size, reason=_NO_REST, level=level) for rate, size in both)
    variances = [rate * (1 - rate) / size if size else 0.0 for rate, size in both]
    return _square_and_add(one, rest, covariance(*sides.added), variances)


def difference_of_means(values: FloatArray, inside: Mask, patient: IntArray, *, level: float = LEVEL) -> Estimate:
    """:func:`means_apart` of ``values`` (n,)."""
    return means_apart(mean_sides(values, inside, patient), level=level)


def means_apart(sides: MeanSides | None, *, level: float = LEVEL) -> Estimate:
    """Of a mean: the limits that :func:`~.rest_comparison.means_test` tests against."""
    if sides is None:
        return Estimate.undefined(_NO_REST)
    difference, variance, images = sides.difference, sides.variance, sides.images
    if fewest_patients(images) < FEWEST_PATIENTS:
        return Estimate.without_interval(difference, _FEW)
    if any(map(few_clusters, images)):
        return Estimate.without_interval(difference, FEW_CLUSTERS)
    if not variance > _CERTAIN:
        return Estimate.without_interval(difference, "the patients do not differ")
    half = _student(images, level) * math.sqrt(variance)
    return Estimate(
        value=difference,
        low=difference - half,
        high=difference + half,
        level=level,
        method="Student's limits, patients as clusters",
    )


def difference_of_areas(predictions: Predictions, inside: Mask, *, level: float = LEVEL) -> Estimate:
    """:func:`areas_apart` of ``predictions``."""
    images = ByScore.of(predictions)
    return areas_apart(area_sides(images, inside[images.order]), level=level)


def areas_apart(sides: AreaSides | None, *, level: float = LEVEL) -> Estimate:
    """Of the area under the ROC curve, a side without negatives held against all (:func:`~.rest_sides.for_area`).

    From the limits of both areas on the logit, as far out as Student's quantile at ``level`` lies beyond that at 95 %.
    """
    if sides is None:
        return Estimate.undefined(_NO_REST)
    images = images_of(sides)
    if fewest_patients(images) < FEWEST_PATIENTS:
        return Estimate.without_interval(sides[0].estimate.value - sides[1].estimate.value, _FEW)
    farther = _student(images, level) / _student(images, LEVEL)
    one, rest = (_stretched(area.estimate, farther, level) for area in sides)
    added = [area.added[0] + area.added[1] for area in sides]
    return _square_and_add(one, rest, covariance(*added), [float(own @ own) for own in added])


def _square_and_add(one: Estimate, rest: Estimate, shared: float, variances: list[float]) -> Estimate:
    """One less rest from the limits of both, whose covariance is ``shared`` and whose ``variances`` are these."""
    product = math.sqrt(variances[0] * variances[1])
    correlation = min(max(shared / product, -1.0), 1.0) if product else 0.0

    def distance(a: float, b: float) -> float:
        return math.sqrt(max(a * a + b * b - 2 * correlation * a * b, 0.0))

    value = one.value - rest.value
    return Estimate(
        value=value,
        low=value - distance(one.value - one.low, rest.high - rest.value),
        high=value + distance(one.high - one.value, rest.value - rest.low),
        level=one.level,
        method="MOVER, from the limits of both sides",
        reason=no_limits(one, rest),
    )


def _stretched(area: Estimate, farther: float, level: float) -> Estimate:
    """Limits so many times ``farther`` from an area, on the logit; of a perfect one Wilson's for as many patients."""
    value, low, high = area.value, area.low, area.high
    if 0 < value < 1:
        centre = logit(value)
        low, high = (float(expit(centre + farther * (logit(limit) - centre))) for limit in (low, high))
    else:  # Wilson's limit of n of n is n / (n + z^2).
        moved = 2 * math.log(farther) * (1 if value else -1)
        low, high = (limit if limit in (0, 1) else float(expit(logit(limit) - moved)) for limit in (low, high))
    return Estimate(value=value, low=low, high=high, level=level, method=area.method, reason=area.reason)


def _student(images: Sequence[IntArray], level: float) -> float:
    """The quantile of two-sided limits, with one degree of freedom less than the patients that count on a side."""
    return float(stdtrit(min(map(kish, images)) - 1, 0.5 + level / 2))
