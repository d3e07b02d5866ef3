"""Does a subgroup differ from the rest? Tests that allow for patients with images in both, and Holm's adjustment.

Each compares the images where ``inside`` is true with all others and gives the difference, inside less rest, and its
two-sided p value; NaN, NaN where there is nothing to compare, and a p of NaN where no variance can be estimated, as
where one patient or two have most of the images of a side. The intervals of the same differences are in
:mod:`~core.evaluation.comparing.rest_difference`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr
from scipy.stats import fisher_exact

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
from core.evaluation.predictions import FloatArray, IntArray, Predictions

_MOST_TOGETHER = 10.0
_NOTHING = (math.nan, math.nan)


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
    images = ByScore.of(predictions)
    return areas_test(area_sides(images, inside[images.order]))


def areas_test(sides: AreaSides | None) -> tuple[float, float]:
    """Of the area under the ROC curve, by a t test with DeLong's variances and covariance (Obuchowski 1997).

    A side without negatives is held against all negatives (:func:`for_area`), which both sides may share. A level's
    own variance is too small just when its area is large by chance, so that the placements' variance is pooled. Not
    tested unless both sides have :data:`FEWEST_PATIENTS` patients of each class: the normal approximation fails there.
    """
    if sides is None:
        return _NOTHING
    difference = sides[0].estimate.value - sides[1].estimate.value
    images = images_of(sides)
    if fewest_patients(images) < FEWEST_PATIENTS:  # the pooled variance needs some
        return difference, math.nan
    pooled = sum(_pooled_variance([one.added[of] for one in sides], [one.images[of] for one in sides]) for of in (0, 1))
    within = 2 * sum(float(one.added[0] @ one.added[1]) for one in sides)
    shared = 2 * covariance(*(one.added[0] + one.added[1] for one in sides))
    return difference, _p_value(difference, pooled + within - shared, images)


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


def _p_value(difference: float, variance: float, images: Sequence[IntArray]) -> float:
    """Two-sided, of a t distribution with one degree of freedom less than the patients that count, G, of a side.

    ``images`` (patients,) are those of each side. NaN where the variance vanishes, and of fewer patients than
    :data:`FEWEST_PATIENTS` or a G below 3: too few to estimate it.
    """
    if fewest_patients(images) < FEWEST_PATIENTS or any(map(few_clusters, images)) or not variance > 1e-18:
        return math.nan
    return 2 * float(stdtr(min(map(kish, images)) - 1, -abs(difference) / math.sqrt(variance)))
