"""Does a subgroup differ from the rest? Tests that allow for patients with images in both, and Holm's adjustment.

Each compares the images where ``inside`` is true with all others and gives the difference, inside less rest, and its
two-sided p value; NaN, NaN where there is nothing to compare, and a p of NaN where no variance can be estimated, as
where one patient or two have most of the images of a side. What both sides are (:func:`rate_sides` and its like) is
worked out once for a test and for the interval in :mod:`~core.evaluation.comparing.rest_difference`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr
from scipy.stats import fisher_exact

from core.evaluation.estimates.clusters import few_clusters, kish, size_of_share
from core.evaluation.estimates.discrimination import Mask, area_with_deviations
from core.evaluation.estimates.few_patients import FEWEST_PATIENTS
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import deviations
from core.evaluation.predictions import FloatArray, IntArray, Predictions

_MOST_TOGETHER = 10.0
_NOTHING = (math.nan, math.nan)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RateSides:
    """A rate inside and in the rest, with what each patient's deviations add to it (n_patients,), and its effective
    size; and the rate of both together."""

    sizes: tuple[float, float]
    rates: tuple[float, float]
    added: tuple[FloatArray, FloatArray]
    pooled: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeanSides:
    """A mean inside less that of the rest, its variance, and the images a patient of each side."""

    difference: float
    variance: float
    images: list[IntArray]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AreaSides:
    """The areas inside and of the rest, what each patient's positives and negatives add to each, and how many it has:
    (n_patients,) each."""

    areas: tuple[Estimate, Estimate]
    of_pos: tuple[FloatArray, FloatArray]
    of_neg: tuple[FloatArray, FloatArray]
    images_pos: tuple[IntArray, IntArray]
    images_neg: tuple[IntArray, IntArray]

    @property
    def images(self) -> list[IntArray]:
        """Of the positives of both sides, then of the negatives."""
        return [*self.images_pos, *self.images_neg]


def rate_sides(hit: Mask, inside: Mask, patient: IntArray) -> RateSides | None:
    """The share of ``hit`` (n,) on both sides; None where one has no images."""
    if inside.all() or not inside.any():  # so too without images
        return None
    n_patients = int(patient.max()) + 1
    sizes, rates, added = zip(
        *(rate_of_side(hit, side, patient, n_patients) for side in (inside, ~inside)), strict=True
    )
    return RateSides(sizes=sizes, rates=rates, added=added, pooled=float(hit.mean()))


def mean_sides(values: FloatArray, inside: Mask, patient: IntArray) -> MeanSides | None:
    """The mean of ``values`` (n,) on both sides; None where one has no images."""
    if inside.all() or not inside.any():
        return None
    n_patients = int(patient.max()) + 1
    one, rest = (deviations(values[chosen], patient[chosen], n_patients) for chosen in (inside, ~inside))
    return MeanSides(
        difference=one[0] - rest[0],
        variance=one[1] + rest[1] - 2 * covariance(one[2], rest[2]),
        images=[np.bincount(patient[chosen]) for chosen in (inside, ~inside)],
    )


def area_sides(predictions: Predictions, inside: Mask) -> AreaSides | None:
    """The areas of both sides, one without negatives held against all (:func:`for_area`); None where a class is missing
    on one."""
    positive, patient = predictions.y_true == 1, predictions.patient_index
    sides = [for_area(positive, chosen) for chosen in (inside, ~inside)]
    if not all((positive & side).any() and (~positive & side).any() for side in sides):
        return None
    bare, areas = predictions.by({}), list[Estimate]()
    of_pos, of_neg = list[FloatArray](), list[FloatArray]()
    for side in sides:
        part = bare.where(side)
        area, *added = area_with_deviations(part)
        areas.append(area)
        for found, own in zip((of_pos, of_neg), added, strict=True):
            of_all = np.zeros(predictions.n_patients)
            of_all[patient[side]] = own[part.patient_index]
            found.append(of_all)
    images_pos, images_neg = (
        [np.bincount(patient[side & of], minlength=predictions.n_patients) for side in sides]
        for of in (positive, ~positive)
    )
    return AreaSides(
        areas=(areas[0], areas[1]),
        of_pos=(of_pos[0], of_pos[1]),
        of_neg=(of_neg[0], of_neg[1]),
        images_pos=(images_pos[0], images_pos[1]),
        images_neg=(images_neg[0], images_neg[1]),
    )


def compare_rates(hit: Mask, inside: Mask, patient: IntArray) -> tuple[float, float]:
    """:func:`rates_test` of the share of ``hit`` (n,) among images of one class."""
    return rates_test(rate_sides(hit, inside, patient))


def rates_test(sides: RateSides | None) -> tuple[float, float]:
    """Of a rate, by Fisher's exact test.

    Its counts are effective ones by patient (Rao and Scott 1992), rounded, and larger where patients on both sides
    vary together; of one image a patient they are the counts themselves. Unlike tests of a normal difference it holds
    where a level is small or has no errors.
    """
    if sides is None:
        return _NOTHING
    (size, rest_size), (mean, rest_mean), (added, rest_added) = sides.sizes, sides.rates, sides.added
    if not (size and rest_size):
        return mean - rest_mean, math.nan
    apart = sides.pooled * (1 - sides.pooled) * (1 / size + 1 / rest_size)
    together = max(apart - 2 * float(added @ rest_added), apart / _MOST_TOGETHER)
    factor = apart / together if apart else 1.0
    n, n_rest = round(size * factor), round(rest_size * factor)
    x, x_rest = round(mean * size * factor), round(rest_mean * rest_size * factor)
    return mean - rest_mean, float(fisher_exact(np.array([[x, n - x], [x_rest, n_rest - x_rest]])).pvalue)


def compare_means(values: FloatArray, inside: Mask, patient: IntArray) -> tuple[float, float]:
    """:func:`means_test` of ``values`` (n,)."""
    return means_test(mean_sides(values, inside, patient))


def means_test(sides: MeanSides | None) -> tuple[float, float]:
    """Of a mean, by a t test on clusters (see :func:`_p_value`); from 30 patients on each side on."""
    if sides is None:
        return _NOTHING
    return sides.difference, _p_value(sides.difference, sides.variance, sides.images)


def compare_areas(predictions: Predictions, inside: Mask) -> tuple[float, float]:
    """:func:`areas_test` of ``predictions``."""
    return areas_test(area_sides(predictions, inside))


def areas_test(sides: AreaSides | None) -> tuple[float, float]:
    """Of the area under the ROC curve, by a t test with DeLong's variances and covariance (Obuchowski 1997).

    A side without negatives is held against all negatives (:func:`for_area`), which both sides may share. A level's
    own variance is too small just when its area is large by chance, so that the placements' variance is pooled. Not
    tested unless both sides have :data:`FEWEST_PATIENTS` patients of each class: the normal approximation fails there.
    """
    if sides is None:
        return _NOTHING
    difference = sides.areas[0].value - sides.areas[1].value
    if fewest_patients(sides.images) < FEWEST_PATIENTS:  # the pooled variance needs some
        return difference, math.nan
    pooled = sum(
        _pooled_variance(pair, n) for pair, n in ((sides.of_pos, sides.images_pos), (sides.of_neg, sides.images_neg))
    )
    within = 2 * float(sides.of_pos[0] @ sides.of_neg[0] + sides.of_pos[1] @ sides.of_neg[1])
    shared = 2 * covariance(*(of_pos + of_neg for of_pos, of_neg in zip(sides.of_pos, sides.of_neg, strict=True)))
    return difference, _p_value(difference, pooled + within - shared, sides.images)


def for_area(positive: Mask, inside: Mask) -> Mask:
    """The images whose area speaks for those ``inside`` (n,): they, or their positives and all negatives."""
    return inside if (inside & ~positive).any() else inside | ~positive


def holm(p: Sequence[float] | FloatArray) -> FloatArray:
    """Holm's (1979) adjusted p values of one family, shape (k,); as if NaN were not among them."""
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values)  # NaN comes last
    order = order[: np.count_nonzero(~np.isnan(values))]
    adjusted = np.full(len(values), math.nan)
    steps = values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def holm_of_levels(p: FloatArray) -> tuple[FloatArray, int]:
    """Holm's p values of all tests of levels against the rest, p (levels, measures), as one family, and its size.

    Two levels of which each is the other's rest share one test.
    """
    counted, twins = ~np.isnan(p), []
    for measure in range(p.shape[1]):
        known = np.flatnonzero(counted[:, measure])
        if len(known) == 2 and math.isclose(*p[known, measure], rel_tol=1e-6, abs_tol=1e-12):
            counted[known[1], measure] = False
            twins.append((*known, measure))
    adjusted = np.full(p.shape, math.nan)
    adjusted[counted] = holm(p[counted])
    for first, second, measure in twins:
        adjusted[second, measure] = adjusted[first, measure]
    return adjusted, int(counted.sum())


def rate_of_side(hit: Mask, chosen: Mask, patient: IntArray, n_patients: int) -> tuple[float, float, FloatArray]:
    """Effective size of a rate among the chosen images, the rate, and what each patient's deviations add to it."""
    n = np.bincount(patient[chosen], minlength=n_patients)
    x = np.bincount(patient[chosen & hit], minlength=n_patients)
    rate = float(x.sum() / n.sum())
    return size_of_share(x, n), rate, (x - rate * n) / n.sum()


def _pooled_variance(added: Sequence[FloatArray], images: Sequence[IntArray]) -> float:
    """Variance of the difference of two sides of one class if patients of both vary alike, sides taken as apart.

    ``added`` is what each patient's deviations add to the area, ``images`` its images, (patients,) each for each side.
    """
    totals = [int(n.sum()) for n in images]
    squares = [float(np.square(n, dtype=np.float64).sum()) for n in images]
    patients = sum(map(kish, images))
    sums = sum(float(some @ some) * total**2 for some, total in zip(added, totals, strict=True))
    variance = sums / sum(squares) * patients / (patients - 2)
    return variance * sum(square / total**2 for square, total in zip(squares, totals, strict=True))


def covariance(added: FloatArray, rest_added: FloatArray) -> float:
    """Of the figures of two sides, from what the deviations of each patient add to them, (patients,) each."""
    m = int(np.count_nonzero((added != 0) & (rest_added != 0)))
    return float(added @ rest_added) * m / (m - 1) if m > 1 else 0.0


def _p_value(difference: float, variance: float, images: Sequence[IntArray]) -> float:
    """Two-sided, of a t distribution with one degree of freedom less than the patients that count, G, of a side.

    ``images`` (patients,) are those of each side. NaN where the variance vanishes, and of fewer patients than
    :data:`FEWEST_PATIENTS` or a G below 3: too few to estimate it.
    """
    if fewest_patients(images) < FEWEST_PATIENTS or any(map(few_clusters, images)) or not variance > 1e-18:
        return math.nan
    return 2 * float(stdtr(min(map(kish, images)) - 1, -abs(difference) / math.sqrt(variance)))


def fewest_patients(images: Sequence[IntArray]) -> int:
    return min(int(np.count_nonzero(n)) for n in images)
