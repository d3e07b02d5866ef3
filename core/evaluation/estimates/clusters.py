"""How many independent images the images of patients are worth, and where they are too few for an interval."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri, stdtrit

from core.evaluation.estimates.intervals import LEVEL, Estimate, wilson_estimate
from core.evaluation.predictions import FloatArray, IntArray

FEWEST = 3
"""Patients, counted by :func:`effective_size`'s G where they have several images, below which there is no interval."""

_UPPER = 0.5 + LEVEL / 2
_LONG = 200.0
_Z = float(ndtri(_UPPER))
_OF_STUDENT = (
    _Z,
    (_Z**3 + _Z) / 4,
    (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96,
    (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384,
    (79 * _Z**9 + 776 * _Z**7 + 1482 * _Z**5 - 1920 * _Z**3 - 945 * _Z) / 92160,
)


def effective_size(x: IntArray, n: IntArray, xx: IntArray, xn: IntArray, nn: IntArray) -> FloatArray:
    """Effective sample sizes n/d of proportions x/n with patients as clusters (Rao and Scott 1992), shape (k,).

    Of patient i with x_i of n_i: ``x`` and ``n`` are the totals, ``xx``, ``xn`` and ``nn`` the sums of x_i^2, x_i n_i
    and n_i^2. d is the ratio of the variance sum (x_i - p n_i)^2 / n^2 to the binomial one, p (1 - p) / n. With one
    image a patient the size is exactly n.

    Where patients have several images, few of them, or one with many, decide: the sum then rests on
    G = n^2 / sum n_i^2 patients (Kish 1965) rather than on all. It is corrected for that as s^2 is for n, is never less
    than the binomial variance, and the size is reduced so that Wilson's interval is as wide as one with Student's t of
    G - 1 degrees of freedom would be. At p of 0 or 1, where the sum is 0, the size is G; 0, which gives no interval,
    below a G of :data:`FEWEST`.
    """
    several = nn > n
    if not several.any():
        return n + np.zeros(x.shape)
    total, hits = n.astype(np.float64), x.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        clusters = total * total / nn
        design = spread(x, n, xx, xn, nn) / (hits * (total - hits) * total)
        design *= (1 - 1 / total) / (1 - 1 / clusters)
        size = total / np.maximum(design, 1.0) * (_student(total - 1) / _student(clusters - 1)) ** 2
    few = np.where((x > 0) & (x < n), size, clusters)
    return np.where(several, np.where(clusters < FEWEST, 0.0, few), n)


def worth_of_many(images: IntArray) -> float:
    """What :func:`effective_size` takes off for the t of ``images`` a patient (m,), (t(n - 1) / t(G - 1))^2 in (0, 1].

    Of all images of a split it depends on no threshold. 1 where every patient has one; 0 where there is no interval.
    """
    if few_clusters(images):
        return 0.0
    total, clusters = float(images.sum()), kish(images)
    return 1.0 if total == clusters else float((stdtrit(total - 1, _UPPER) / stdtrit(clusters - 1, _UPPER)) ** 2)


def largest_share(images: IntArray) -> float:
    """The largest share of all ``images`` a patient (m,) that one patient has, in [0, 1].

    0 where no patient has several: intervals then take each image as one patient, however few there are.
    """
    return float(images.max() / images.sum()) if (images > 1).any() else 0.0


def spread(x: IntArray, n: IntArray, xx: IntArray, xn: IntArray, nn: IntArray) -> FloatArray:
    """n^2 sum (x_i - p n_i)^2 of :func:`effective_size`, where p = x / n: an integer, as a float, (k,)."""
    # Its float is off by no more than the rounding of its largest term; int64 arithmetic is exact modulo 2^64. Below
    # 2^62 the second is therefore the true value, and above it the first is accurate to 1e-10 for a million images,
    # however they fall on patients.
    scaled = xx * n * n - 2 * x * n * xn + x * x * nn
    total, hits = n.astype(np.float64), x.astype(np.float64)
    rough = xx * total * total - 2 * hits * total * xn + hits * hits * nn
    return np.where(np.abs(rough) < 2.0**62, scaled.astype(np.float64), rough)


def _student(freedom: FloatArray) -> FloatArray:
    """The quantile of Student's t of two-sided limits, (k,). From 200 degrees of freedom on by the series of Fisher and
    Cornish (Abramowitz and Stegun 1964, 26.7.5): the same to 1e-12, and a sweep has millions."""
    quantile = np.polynomial.polynomial.polyval(1 / freedom, _OF_STUDENT)
    short = ~(freedom >= _LONG)
    quantile[short] = stdtrit(freedom[short], _UPPER)
    return np.asarray(quantile)


def kish(images: IntArray) -> float:
    """How many patients with equally many images would count as much as these, n^2 / sum n_i^2 (Kish 1965).

    ``images`` (m,) are theirs; with one each it is their number, and 0 without images.
    """
    counts = images.astype(np.int64, copy=False)
    total = float(counts.sum())
    return total * total / float(counts @ counts) if total else 0.0


def few_clusters(images: IntArray) -> bool:
    """Whether these ``images`` a patient (m,), several of some, are too few patients' for an interval."""
    return bool((images > 1).any()) and kish(images) < FEWEST


def clustered_wilson(x: FloatArray | IntArray, n: FloatArray | IntArray, *, reason: str) -> Estimate:
    """Wilson's interval of sum(x) / sum(n) with ``x[i]`` of ``n[i]`` images of patient i, both (patients,)."""
    hits, images = np.asarray(x, dtype=np.int64), np.asarray(n, dtype=np.int64)
    total = int(images.sum())
    p = int(hits.sum()) / total if total else math.nan
    return wilson_estimate(p, size_of_share(hits, images), reason=reason)


def size_of_share(x: IntArray, n: IntArray) -> float:
    """:func:`effective_size` of one share, of ``x`` of ``n`` images a patient, both (patients,)."""
    return float(effective_size(*(np.atleast_1d(total) for total in (x.sum(), n.sum(), x @ x, x @ n, n @ n)))[0])
