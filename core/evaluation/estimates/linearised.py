"""Figures that are no proportion, as what each patient adds to them, and the limits that follow.

To first order a figure moves with the patients as a sum does (the infinitesimal jackknife; Efron 1982, chapter 6): its
variance is that sum's, Huber's sandwich with patients as clusters. Where some ten wrong images decide, the percentiles
of a bootstrap cover 85 to 91 % and these limits 93 to 96 % (``benchmarks/coverage.py``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import expit, logit, stdtrit

from core.evaluation.estimates.clusters import few_clusters, kish
from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate, wilson, z_value
from core.evaluation.predictions import FloatArray, IntArray

PROPORTION = (0.0, 1.0)
MEAN = "interval of a mean, patients as clusters"
LEFT_OUT = "each patient left out by one Newton step"

_LEAST = 1e-13
_LARGEST_LOG = 600.0


def sums_by_patient(values: FloatArray, patient: IntArray, n_patients: int) -> FloatArray:
    """Sums (n_patients,) of the ``values`` (n,) of each patient's images."""
    return np.asarray(np.bincount(patient, weights=values, minlength=n_patients), dtype=np.float64)


def deviations(values: FloatArray, patient: IntArray, n_patients: int) -> tuple[float, float, FloatArray]:
    """Mean of ``values`` (n,), its variance, and what each patient's deviations add to the mean, (n_patients,).

    The linearised variance of a ratio, sum (z_i - mean n_i)^2 / n^2 (Cochran 1977, chapter 6), as
    :class:`Linearised` has it; of one image a patient it is s^2 / n. NaN without images, 0 of one patient.
    """
    if not len(values):
        return math.nan, math.nan, np.zeros(n_patients)
    found = linearised_mean(values, without_gaps(patient))
    added = sums_by_patient(found.terms, patient, n_patients)
    return found.value, found.variance, added


@dataclass(frozen=True, kw_only=True, eq=False)
class Linearised:
    """A figure and what the deviations of each of n images add to it, ``terms`` (n,), of the patients ``patient`` (n,).

    ``centre`` is the value less its bias where that is known, and the middle of its limits, which stay ``within`` the
    range that the figure can take. The difference of two figures of the same images is one too, paired.

    Where patients have several images, G = n^2 / sum n_i^2 of them count (Kish 1965): the variance is corrected for G
    instead of m patients and is at least that of single images, and limits are Student's with G - 1 degrees of freedom.
    """

    value: float
    centre: float
    terms: FloatArray
    patient: IntArray
    within: tuple[float, float] = (-math.inf, math.inf)

    def __sub__(self, other: Linearised) -> Linearised:
        value, centre = self.value - other.value, self.centre - other.centre
        return Linearised(value=value, centre=centre, terms=self.terms - other.terms, patient=self.patient)

    def times(self, factor: float) -> Linearised:
        return replace(
            self,
            value=self.value * factor,
            centre=self.centre * factor,
            terms=self.terms * factor,
            within=(-math.inf, math.inf),
        )

    @cached_property
    def images(self) -> IntArray:
        """How many images each of the m patients has, (m,)."""
        return np.bincount(self.patient)

    @cached_property
    def added(self) -> FloatArray:
        """What the deviations of each of the m patients add, (m,)."""
        return sums_by_patient(self.terms, self.patient, len(self.images))

    @cached_property
    def variance(self) -> float:
        """Of the sum over patients, corrected for G of them; where they have several images at least that of single
        ones. 0 of one patient; NaN where one decides."""
        added, clusters = self.added, kish(self.images)
        if len(added) < 2:
            return 0.0
        variance = float(added @ added) * clusters / (clusters - 1)
        if clusters == (n := len(self.terms)):
            return variance
        return max(variance, float(self.terms @ self.terms) * n / (n - 1))

    @property
    def standard_error(self) -> float:
        """The square root of the variance; 0 of one patient, or where nothing but rounding is left; NaN where one
        patient decides."""
        error = math.sqrt(self.variance)
        return 0.0 if error <= _LEAST * max(abs(self.value), 1.0) else error

    @property
    def quantile(self) -> float:
        """Of the limits: the normal one of one image a patient, Student's of several."""
        clusters = kish(self.images)
        return z_value() if clusters == len(self.terms) else float(stdtrit(clusters - 1, 0.5 + LEVEL / 2))

    def normal(self, *, method: str) -> Estimate:
        """Normal limits about the centre."""
        half = self.quantile * self.standard_error
        return self._estimate(self.centre - half, self.centre + half, method)

    def skewed(self, *, method: str) -> Estimate:
        """Limits of a mean of skewed values, by the transformation of Hall (1992) that takes the skewness off.

        Without it limits of a mean loss lie too low, as one badly wrong image raises both the mean and its error.
        """
        error = self.standard_error
        if not error:
            return self._estimate(self.value, self.value, method)
        added, z = self.added, self.quantile
        skewness = float((added**3).sum()) / float(added @ added) ** 1.5
        low, high = (self.centre - error * unskewed(end, skewness) for end in (z, -z))
        return self._estimate(low, high, f"{method}, skewness removed (Hall)")

    def on_logit(self, *, method: str, size: int) -> Estimate:
        """Normal limits of the logit of a figure within [0, 1] (Boyd, Eng and Page 2013).

        Wilson's for ``size`` patients where the patients do not differ.
        """
        error, value = self.standard_error, self.value
        if not (error and 0 < value < 1):
            return self._estimate(value, value, method, size)
        half = self.quantile * error / (value * (1 - value))
        low, high = expit([logit(value) - half, logit(value) + half]).tolist()
        return self._estimate(low, high, f"{method}, limits on the logit", size)

    def on_log(self, *, method: str) -> Estimate:
        """Normal limits of the logarithm of a positive figure."""
        factor = math.exp(min(self.quantile * self.standard_error / self.value, _LARGEST_LOG))
        return self._estimate(self.value / factor, self.value * factor, f"{method}, limits on the logarithm")

    def _estimate(self, low: float, high: float, method: str, size: int | None = None) -> Estimate:
        """Widened where needed to hold the value.

        A width of 0 would claim certainty: the limits are then Wilson's for ``size`` patients, by default G in whole
        ones, of a figure within [0, 1], and undefined of others. Below a G of 3 there are none.
        """
        value, (least, most), m = self.value, self.within, len(self.images)
        if few_clusters(self.images):
            return Estimate.without_interval(value, FEW_CLUSTERS)
        if math.isnan(self.standard_error):
            return Estimate.without_interval(value, "one patient decides")
        if self.standard_error:
            low, high = max(min(low, value), least), min(max(high, value), most)
        elif self.within == PROPORTION:
            size = math.floor(kish(self.images)) if size is None else size
            low, high = wilson(value, size)
            method = f"Wilson bound for {size} patients, as the patients do not differ"
        else:
            return Estimate.without_interval(value, "the patients do not differ" if m > 1 else "there is one patient")
        return Estimate(value=value, low=low, high=high, level=LEVEL, method=method)


def linearised_mean(
    values: FloatArray, patient: IntArray, within: tuple[float, float] = (-math.inf, math.inf)
) -> Linearised:
    """The mean of ``values`` (n,), ``patient`` (n,) numbering the patients. NaN without images."""
    mean = float(values.mean()) if len(values) else math.nan
    terms = (values - mean) / max(len(values), 1)
    return Linearised(value=mean, centre=mean, terms=terms, patient=patient, within=within)


def clustered_mean(values: FloatArray, patient: IntArray, *, reason: str) -> Estimate:
    """The mean of ``values`` (n,) with a normal interval, ``patient`` (n,) numbering the clusters.

    Undefined for ``reason`` without images; without limits where the patients do not differ, or there is one.
    """
    if not len(values):
        return Estimate.undefined(reason)
    return linearised_mean(values, without_gaps(patient)).normal(method=f"normal {MEAN}")


def without_gaps(patient: IntArray) -> IntArray:
    """The patients that are there (n,), numbered from 0."""
    return np.asarray((np.cumsum(np.bincount(patient) > 0) - 1)[patient])


def left_out(
    value: float, pull: FloatArray, curvature: FloatArray, patient: IntArray, *, farthest: float
) -> Linearised:
    """The root ``value`` of a sum of falling functions over images: what leaving each patient out changes, by one
    Newton step.

    ``pull`` and ``curvature`` (n,) are each image's value and negated derivative there. Leaving out, rather than
    infinitesimally less weight, allows for the patients that draw the root toward themselves (CR3; Bell and McCaffrey
    2002). Undefined where one patient decides: where it has all the curvature, or moves the root by more than
    ``farthest``, so that one step says nothing.
    """
    m = len(np.bincount(patient))
    rest = (curvature.sum() - sums_by_patient(curvature, patient, m))[patient]
    changes = np.divide(pull, rest, out=np.full_like(pull, math.nan), where=rest > 0)
    moved = sums_by_patient(changes, patient, m)[patient]
    return jackknifed(value, np.where(np.abs(moved) <= farthest, changes, math.nan), patient)


def jackknifed(value: float, changes: FloatArray, patient: IntArray) -> Linearised:
    """A figure from what each image's part in leaving its patient out takes from it, (n,)."""
    m = len(np.bincount(patient))
    return Linearised(value=value, centre=value, terms=changes * (m - 1) / m, patient=patient)


def unskewed(z: float, skewness: float) -> float:
    """The quantile of a studentised mean whose terms have such a skewness, divided by the root of their number."""
    if abs(skewness) < 1e-9:
        return z
    return float((np.cbrt(1 + skewness * (z - skewness / 6)) - 1) * 3 / skewness)
