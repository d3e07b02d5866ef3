"""Means over images with patients as clusters, where the values are no proportion: net benefit, calibration gap."""

from __future__ import annotations

import math

import numpy as np

from core.evaluation.intervals import LEVEL, Estimate, z_value
from core.evaluation.predictions import FloatArray, IntArray

METHOD = "interval of a mean, patients as clusters"


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


def clustered_mean(values: FloatArray, patient: IntArray, *, reason: str) -> Estimate:
    """The mean of ``values`` (n,) with a normal interval, ``patient`` (n,) numbering the clusters.

    Undefined for ``reason`` without images. Values that do not vary, or of one patient, have no limits: a width of 0
    would claim certainty.
    """
    mean, variance, _ = deviations(values, patient, int(patient.max(initial=-1)) + 1)
    if math.isnan(mean):
        return Estimate.undefined(reason)
    # Rounding leaves a trace of the values' own size where nothing varies.
    if not variance > (1e-14 * float(np.abs(values).max())) ** 2:
        return Estimate(value=mean, low=math.nan, high=math.nan, method="no interval, as the patients do not differ")
    half = z_value() * math.sqrt(variance)
    return Estimate(value=mean, low=mean - half, high=mean + half, level=LEVEL, method=f"normal {METHOD}")
