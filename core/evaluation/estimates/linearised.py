"""Figures that are no proportion, as what each patient adds to them, and the limits that follow.

To first order a figure moves with the patients as a sum does (the infinitesimal jackknife; Efron 1982, chapter 6): its
variance is that sum's, Huber's sandwich with patients as clusters. Where some ten wrong images decide, the percentiles
of a bootstrap cover 85 to 91 % and these limits 93 to 96 % (``benchmarks/coverage.py``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from core.evaluation.estimates.intervals import LEVEL, Estimate, wilson, z_value
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

    The linearised variance of a ratio, sum (z_i - mean n_i)^2 / n^2 times m / (m - 1) for the m patients that have
    images (Cochran 1977, chapter 6); of one image a patient it is s^2 / n. NaN without images, 0 of one patient.
    """
    if not len(values):
        return math.nan, math.nan, np.zeros(n_patients)
    mean = float(values.mean())
    added = sums_by_patient(values - mean, patient, n_patients) / len(values)
    m = int(np.count_nonzero(np.bincount(patient)))
    return mean, float(added @ added) * m / (m - 1) if m > 1 else 0.0, added


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Linearised:
    """A figure and what the deviations of each of m patients add to it, ``added`` (m,).

    ``centre`` is the value less its bias where that is known, and the middle of its limits, which stay ``within`` the
    range that the figure can take. The difference of two figures of the same patients is one too, paired.
    """

    value: float
    centre: float
    added: FloatArray
    within: tuple[float, float] = (-math.inf, math.inf)

    def __sub__(self, other: Linearised) -> Linearised:
        return Linearised(
            value=self.value - other.value, centre=self.centre - other.centre, added=self.added - other.added
        )

    def times(self, factor: float) -> Linearised:
        return Linearised(value=self.value * factor, centre=self.centre * factor, added=self.added * factor)

    @property
    def standard_error(self) -> float:
        """The square root of sum(added^2) m / (m - 1); 0 of one patient, or where nothing but rounding is left; NaN
        where one patient decides."""
        m = len(self.added)
        error = math.sqrt(float(self.added @ self.added) * m / (m - 1)) if m > 1 else 0.0
        return 0.0 if error <= _LEAST * max(abs(self.value), 1.0) else error

    def normal(self, *, method: str) -> Estimate:
        """Normal limits about the centre."""
        half = z_value() * self.standard_error
        return self._estimate(self.centre - half, self.centre + half, method)

    def skewed(self, *, method: str) -> Estimate:
        """Limits of a mean of skewed values, by the transformation of Hall (1992) that takes the skewness off.

        Without it limits of a mean loss lie too low, as one badly wrong image raises both the mean and its error.
        """
        error = self.standard_error
        if not error:
            return self._estimate(self.value, self.value, method)
        skewness = float((self.added**3).sum()) / float(self.added @ self.added) ** 1.5
        low, high = (self.centre - error * _unskewed(z, skewness) for z in (z_value(), -z_value()))
        return self._estimate(low, high, f"{method}, skewness removed (Hall)")

    def on_logit(self, *, method: str, size: int) -> Estimate:
        """Normal limits of the logit of a figure within [0, 1] (Boyd, Eng and Page 2013).

        Wilson's for ``size`` patients where the patients do not differ.
        """
        error, value = self.standard_error, self.value
        if not (error and 0 < value < 1):
            return self._estimate(value, value, method, size)
        half = z_value() * error / (value * (1 - value))
        low, high = expit([logit(value) - half, logit(value) + half]).tolist()
        return self._estimate(low, high, f"{method}, limits on the logit", size)

    def on_log(self, *, method: str) -> Estimate:
        """Normal limits of the logarithm of a positive figure."""
        factor = math.exp(min(z_value() * self.standard_error / self.value, _LARGEST_LOG))
        return self._estimate(self.value / factor, self.value * factor, f"{method}, limits on the logarithm")

    def _estimate(self, low: float, high: float, method: str, size: int | None = None) -> Estimate:
        """Widened where needed to hold the value.

        A width of 0 would claim certainty: the limits are then Wilson's for ``size`` patients, by default all, of a
        figure within [0, 1], and undefined of others.
        """
        value, (least, most), m = self.value, self.within, len(self.added)
        if math.isnan(self.standard_error):
            return Estimate.without_interval(value, "one patient decides")
        if self.standard_error:
            low, high = max(min(low, value), least), min(max(high, value), most)
        elif self.within == PROPORTION:
            size = m if size is None else size
            low, high = wilson(min(max(value, 0.0), 1.0), size)
            method = f"Wilson bound for {size} patients, as the patients do not differ"
        else:
            return Estimate.without_interval(value, "the patients do not differ" if m > 1 else "there is one patient")
        return Estimate(value=value, low=low, high=high, level=LEVEL, method=method)


def linearised_mean(
    values: FloatArray, patient: IntArray, n_patients: int, within: tuple[float, float] = (-math.inf, math.inf)
) -> Linearised:
    """The mean of ``values`` (n,), ``patient`` (n,) numbering the patients. NaN without images."""
    mean, _, added = deviations(values, patient, n_patients)
    return Linearised(value=mean, centre=mean, added=added, within=within)


def clustered_mean(values: FloatArray, patient: IntArray, *, reason: str) -> Estimate:
    """The mean of ``values`` (n,) with a normal interval, ``patient`` (n,) numbering the clusters.

    Undefined for ``reason`` without images; without limits where the patients do not differ, or there is one.
    """
    if not len(values):
        return Estimate.undefined(reason)
    own, index = np.unique(patient, return_inverse=True)
    return linearised_mean(values, index, len(own)).normal(method=f"normal {MEAN}")


def left_out(value: float, pull: FloatArray, curvature: FloatArray, *, farthest: float) -> Linearised:
    """The root ``value`` of a sum of falling functions over patients: what leaving each of them out changes, by one
    Newton step.

    ``pull`` and ``curvature`` (m,) are each patient's value and negated derivative there. Leaving out, rather than
    infinitesimally less weight, allows for the patients that draw the root toward themselves (CR3; Bell and McCaffrey
    2002). Undefined where one patient decides: where it has all the curvature, or moves the root by more than
    ``farthest``, so that one step says nothing.
    """
    rest = curvature.sum() - curvature
    changes = np.divide(pull, rest, out=np.full_like(pull, math.nan), where=rest > 0)
    return jackknifed(value, np.where(np.abs(changes) <= farthest, changes, math.nan))


def jackknifed(value: float, changes: FloatArray) -> Linearised:
    """A figure of m patients from what leaving each of them out takes from it, (m,)."""
    m = len(changes)
    return Linearised(value=value, centre=value, added=changes * (m - 1) / m)


def _unskewed(z: float, skewness: float) -> float:
    """The quantile of a studentised mean whose terms have such a skewness, divided by the root of their number."""
    if abs(skewness) < 1e-9:
        return z
    return float((np.cbrt(1 + skewness * (z - skewness / 6)) - 1) * 3 / skewness)
