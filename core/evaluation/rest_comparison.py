"""Does a subgroup differ from the rest? Tests that allow for patients with images in both, and Holm's adjustment.

Each compares the images where ``inside`` is true with all others and gives the difference, inside less rest, and its
two-sided p value; NaN, NaN where there is nothing to compare, and a p of NaN where no variance can be estimated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from core.evaluation.clustered_mean import deviations
from core.evaluation.discrimination import Mask, area_and_variance
from core.evaluation.intervals import effective_size
from core.evaluation.predictions import FloatArray, IntArray

_NOTHING = (math.nan, math.nan)


def compare_rates(hit: Mask, inside: Mask, patient: IntArray) -> tuple[float, float]:
    """A rate, the share of ``hit`` (n,) among images of one class.

    Rao and Scott's (1992) score test: Pearson's chi-squared with effective sizes by patient, less the covariance of
    patients on both sides. It holds where a group has no errors, as Wald's test does not.
    """
    if inside.all() or not inside.any():  # so too without images
        return _NOTHING
    n_patients = int(patient.max()) + 1
    sizes, means, added = [], [], []
    for chosen in (inside, ~inside):
        n = np.bincount(patient[chosen], minlength=n_patients)
        x = np.bincount(patient[chosen & hit], minlength=n_patients)
        sums = (x, n, x * x, x * n, n * n, n > 0)
        sizes.append(float(effective_size(*(np.atleast_1d(values.sum()) for values in sums))[0]))
        means.append(float(x.sum() / n.sum()))
        added.append((x - means[-1] * n) / n.sum())
    pooled = float(hit.mean())
    variance = pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]) - 2 * float(added[0] @ added[1])
    return means[0] - means[1], _p_value(means[0] - means[1], variance)


def compare_means(values: FloatArray, inside: Mask, patient: IntArray) -> tuple[float, float]:
    """The mean of ``values`` (n,), by Wald's test."""
    if inside.all() or not inside.any():
        return _NOTHING
    n_patients = int(patient.max()) + 1
    one, rest = (deviations(values[chosen], patient[chosen], n_patients) for chosen in (inside, ~inside))
    return one[0] - rest[0], _p_value(one[0] - rest[0], _variance(one, rest, patient))


def compare_areas(positive: Mask, logit: FloatArray, inside: Mask, patient: IntArray) -> tuple[float, float]:
    """The area under the ROC curve, by Wald's test with DeLong's variances and covariance (Obuchowski 1997).

    A side without negatives is held against all negatives (:func:`for_area`), which both sides may share.
    """
    sides = [for_area(positive, chosen) for chosen in (inside, ~inside)]
    if not all((positive & side).any() and (~positive & side).any() for side in sides):
        return _NOTHING
    n_patients = int(patient.max()) + 1
    one, rest = (_area(positive[side], logit[side], patient[side], n_patients) for side in sides)
    # A variance that vanishes on one side, as under perfect order, says nothing of what it is.
    variance = _variance(one, rest, patient) if one[1] > 0 and rest[1] > 0 else 0.0
    return one[0] - rest[0], _p_value(one[0] - rest[0], variance)


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


Side = tuple[float, float, FloatArray]


def _area(positive: Mask, logit: FloatArray, patient: IntArray, n_patients: int) -> Side:
    area, variance, added = area_and_variance(positive, logit, patient)
    return area, variance, np.concatenate([added, np.zeros(n_patients - len(added))])


def _variance(one: Side, rest: Side, patient: IntArray) -> float:
    m = int(np.count_nonzero(np.bincount(patient)))
    shared = float(one[2] @ rest[2])
    return one[1] + rest[1] - 2 * shared * m / (m - 1) if m > 1 else 0.0


def _p_value(difference: float, variance: float) -> float:
    return 2 * float(ndtr(-abs(difference) / math.sqrt(variance))) if variance > 1e-18 else math.nan
