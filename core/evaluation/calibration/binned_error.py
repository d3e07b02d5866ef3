"""Limits of the expected calibration error: of its debiased estimate, as chance alone makes bins differ.

The error is a sum of absolute gaps, one a bin. A gap that was estimated with an error is on average larger than it is,
above all near zero, by what the mean of a folded normal distribution exceeds its centre; that is taken off (the
debiased l1 error of Kumar, Liang and Ma 2019). The value itself stays the plain one, as it is published.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from core.evaluation.calibration.reliability import N_BINS, Labels, equal_mass_bin, equal_width_bin, twice_mid_rank
from core.evaluation.estimates.clusters import kish
from core.evaluation.estimates.linearised import PROPORTION, Linearised
from core.evaluation.predictions import FloatArray, IntArray

METHOD = "normal limits of the debiased error (Kumar et al.), patients as clusters"


def binned_error(y_true: Labels, probability: FloatArray, patient: IntArray) -> Linearised:
    """The expected calibration error over 15 bins of equal width of n images, centred on its debiased estimate."""
    return _binned(probability - y_true, equal_width_bin(probability), patient)


def adaptive_error(y_true: Labels, probability: FloatArray, patient: IntArray) -> Linearised:
    """The same over 15 bins of equal mass, whose edges are quantiles and move with the patients too.

    An edge that moves carries images from one bin to the next, which changes the error where one bin is too high and
    the other too low: by the mean gap of the images within half a bin of it.
    """
    residual, bins, place = probability - y_true, equal_mass_bin(probability), twice_mid_rank(probability) * N_BINS
    n = len(residual)
    found = _binned(residual, bins, patient)
    sign = np.sign(np.bincount(bins, weights=residual, minlength=N_BINS))
    filled = np.unique(bins)
    moved = np.zeros(n)
    for low, high in itertools.pairwise(filled.tolist()):
        below = bins <= low
        up_to = int(np.count_nonzero(below))
        near = np.abs(place - 2 * N_BINS * up_to) <= n
        if sign[low] != sign[high] and near.any():
            moved += (sign[low] - sign[high]) * residual[near].mean() / n * (up_to / n - below)
    return replace(found, terms=found.terms + moved)


def _binned(residual: FloatArray, bins: IntArray, patient: IntArray) -> Linearised:
    n, counts = len(residual), np.bincount(patient)
    sums = sparse.csr_array((residual / n, (patient, bins)), shape=(len(counts), N_BINS))
    clusters, images = kish(counts), counts / n
    gap: FloatArray = sums.sum(axis=0)
    squares = sums.multiply(sums).sum(axis=0) - 2 * gap * (images @ sums) + gap**2 * (images @ images)
    error = np.sqrt(np.maximum(squares, 0.0) * (clusters / (clusters - 1) if clusters > 1 else 0.0))
    value = float(np.abs(gap).sum())
    return Linearised(
        value=value,
        centre=2 * value - float(_folded_mean(gap, error).sum()),
        terms=residual / n * np.sign(gap)[bins] - value * (1 / n),
        patient=patient,
        within=PROPORTION,
    )


def _folded_mean(centre: FloatArray, error: FloatArray) -> FloatArray:
    """The mean of the absolute value of normal variables (Leone, Nelson and Nottingham 1961)."""
    ratio = np.divide(centre, error, out=np.full_like(centre, math.inf), where=error > 0)
    density = np.exp(-(ratio**2) / 2) * math.sqrt(2 / math.pi)
    return np.where(error > 0, error * density + centre * (1 - 2 * ndtr(-ratio)), np.abs(centre))
