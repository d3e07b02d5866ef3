"""Does a subgroup differ from the rest? Tests that allow for patients with images in both, and Holm's adjustment.

Each compares the images where ``inside`` is true with all others and gives the difference, inside less rest, and its
two-sided p value; NaN, NaN where there is nothing to compare, and a p of NaN where no variance can be estimated, as
where one patient or two have most of the images of a side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr
from scipy.stats import fisher_exact

from core.evaluation.estimates.clusters import few_clusters, kish, size_of_share
from core.evaluation.estimates.discrimination import Mask, area_by_patient
from core.evaluation.estimates.few_patients import FEWEST_PATIENTS
from core.evaluation.estimates.linearised import deviations
from core.evaluation.predictions import FloatArray, IntArray

_MOST_TOGETHER = 10.0
_NOTHING = (math.nan, math.nan)


def compare_rates(hit: Mask, inside: Mask, patient: IntArray) -> tuple[float, float]:
    """A rate, the share of ``hit`` (n,) among images of one class, by Fisher's exact test.

    Its counts are effective ones by patient (Rao and Scott 1992), rounded, and larger where patients on both sides
    vary together; of one image a patient they are the counts themselves. Unlike tests of a normal difference it holds
    where a level is small or has no errors.
    """
    if inside.all() or not inside.any():  # so too without images
        return _NOTHING
    (size, mean, added), (rest_size, rest_mean, rest_added) = (
        rate_of_side(hit, chosen, patient, int(patient.max()) + 1) for chosen in (inside, ~inside)
    )
    if not (size and rest_size):
        return mean - rest_mean, math.nan
    pooled = float(hit.mean())
    apart = pooled * (1 - pooled) * (1 / size + 1 / rest_size)
    together = max(apart - 2 * float(added @ rest_added), apart / _MOST_TOGETHER)
    factor = apart / together if apart else 1.0
    n, n_rest = round(size * factor), round(rest_size * factor)
    x, x_rest = round(mean * size * factor), round(rest_mean * rest_size * factor)
    return mean - rest_mean, float(fisher_exact(np.array([[x, n - x], [x_rest, n_rest - x_rest]])).pvalue)


def compare_means(values: FloatArray, inside: Mask, patient: IntArray) -> tuple[float, float]:
    """The mean of ``values`` (n,), by a t test on clusters (see :func:`_p_value`); from 30 patients on each side on."""
    if inside.all() or not inside.any():
        return _NOTHING
    difference, variance, images = mean_difference(values, inside, patient)
    return difference, _p_value(difference, variance, images)


def mean_difference(values: FloatArray, inside: Mask, patient: IntArray) -> tuple[float, float, list[IntArray]]:
    """Mean of ``values`` (n,) inside less rest, its variance, and the images a patient of each side."""
    n_patients = int(patient.max()) + 1
    one, rest = (deviations(values[chosen], patient[chosen], n_patients) for chosen in (inside, ~inside))
    images = [np.bincount(patient[chosen]) for chosen in (inside, ~inside)]
    return one[0] - rest[0], one[1] + rest[1] - 2 * covariance(one[2], rest[2]), images


def compare_areas(positive: Mask, logit: FloatArray, inside: Mask, patient: IntArray) -> tuple[float, float]:
    """The area under the ROC curve, by a t test with DeLong's variances and covariance (Obuchowski 1997).

    A side without negatives is held against all negatives (:func:`for_area`), which both sides may share. A level's
    own variance is too small just when its area is large by chance, so that the placements' variance is pooled. Not
    tested unless both sides have :data:`FEWEST_PATIENTS` patients of each class: the normal approximation fails there.
    """
    sides = [for_area(positive, chosen) for chosen in (inside, ~inside)]
    if not all((positive & side).any() and (~positive & side).any() for side in sides):
        return _NOTHING
    n_patients = int(patient.max()) + 1
    found = [area_by_patient(positive[side], logit[side], patient[side], n_patients) for side in sides]
    difference = found[0][0] - found[1][0]
    images = [[np.bincount(patient[side & of], minlength=n_patients) for side in sides] for of in (positive, ~positive)]
    of_all = [n for of_class in images for n in of_class]
    if fewest_patients(of_all) < FEWEST_PATIENTS:  # the pooled variance needs some
        return difference, math.nan
    (_, *one), (_, *rest) = found
    pooled = sum(_pooled_variance(pair, n) for pair, n in zip(zip(one, rest, strict=True), images, strict=True))
    within = 2 * float(one[0] @ one[1] + rest[0] @ rest[1])
    shared = 2 * covariance(one[0] + one[1], rest[0] + rest[1])
    return difference, _p_value(difference, pooled + within - shared, of_all)


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
