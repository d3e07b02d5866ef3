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

from scipy.special import expit, logit, stdtrit

from core.evaluation.comparing.rest_comparison import (
    covariance,
    fewest_patients,
    for_area,
    mean_difference,
    rate_of_side,
)
from core.evaluation.estimates.clusters import few_clusters, kish
from core.evaluation.estimates.discrimination import Mask, area_by_patient, auroc, images_by_class
from core.evaluation.estimates.few_patients import FEWEST_PATIENTS
from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate, no_limits, wilson_estimate
from core.evaluation.predictions import FloatArray, IntArray, Predictions

_NO_REST = "there are no such images on one side"
_FEW = f"fewer than {FEWEST_PATIENTS} patients on a side"
_CERTAIN = 1e-18


def difference_of_rates(hit: Mask, inside: Mask, patient: IntArray, *, level: float = LEVEL) -> Estimate:
    """Of a rate, the share of ``hit`` (n,) among images of one class, from Wilson limits with effective sizes.

    Newcombe's interval (1998, method 10) where every patient has one image.
    """
    if inside.all() or not inside.any():
        return Estimate.undefined(_NO_REST)
    n_patients = int(patient.max()) + 1
    sides = [rate_of_side(hit, chosen, patient, n_patients) for chosen in (inside, ~inside)]
    limits = [wilson_estimate(rate, size, reason=_NO_REST, level=level) for size, rate, _ in sides]
    variances = [rate * (1 - rate) / size if size else 0.0 for size, rate, _ in sides]
    return _square_and_add(limits[0], limits[1], covariance(sides[0][2], sides[1][2]), variances)


def difference_of_means(values: FloatArray, inside: Mask, patient: IntArray, *, level: float = LEVEL) -> Estimate:
    """Of the mean of ``values`` (n,): the limits that :func:`~.rest_comparison.compare_means` tests against."""
    if inside.all() or not inside.any():
        return Estimate.undefined(_NO_REST)
    difference, variance, images = mean_difference(values, inside, patient)
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
    """Of the area under the ROC curve, a side without negatives held against all (:func:`~.rest_comparison.for_area`).

    From the limits of both areas on the logit, as far out as Student's quantile at ``level`` lies beyond that at 95 %.
    """
    positive, patient = predictions.y_true == 1, predictions.patient_index
    sides = [for_area(positive, chosen) for chosen in (inside, ~inside)]
    if not all((positive & side).any() and (~positive & side).any() for side in sides):
        return Estimate.undefined(_NO_REST)
    areas = [area_by_patient(positive[s], predictions.logit[s], patient[s], predictions.n_patients) for s in sides]
    parts = [predictions.where(side) for side in sides]
    images = [of_class for part in parts for of_class in images_by_class(part)]
    if fewest_patients(images) < FEWEST_PATIENTS:
        return Estimate.without_interval(areas[0][0] - areas[1][0], _FEW)
    farther = _student(images, level) / _student(images, LEVEL)
    one, rest = (_stretched(auroc(part), farther, level) for part in parts)
    added = [of_pos + of_neg for _, of_pos, of_neg in areas]
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


def _student(images: list[IntArray], level: float) -> float:
    """The quantile of two-sided limits, with one degree of freedom less than the patients that count on a side."""
    return float(stdtrit(min(map(kish, images)) - 1, 0.5 + level / 2))
