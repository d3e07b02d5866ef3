"""Limits of the expected calibration error: of its debiased estimate, as chance alone makes bins differ.

The error is a sum of absolute gaps, one a bin. A gap that was estimated with an error is on average larger than it is,
above all near zero, by what the mean of a folded normal distribution exceeds its centre; that is taken off (the
debiased l1 error of Kumar, Liang and Ma 2019). The plain error is published more often, and stands beside it.

Near 0 the limits are one-sided: where probabilities that are all true would show such a plain error in more than one
of 40 sets, the lower limit is 0. Without that, limits of true probabilities left 0 out in 35 to 45 % of sets.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from core.evaluation.calibration.reliability import N_BINS, Labels, equal_width_bin, twice_mid_rank
from core.evaluation.estimates.clusters import kish
from core.evaluation.estimates.intervals import Estimate, newcombe_difference, z_value
from core.evaluation.estimates.linearised import PROPORTION, Linearised
from core.evaluation.predictions import FloatArray, IntArray

METHOD = "normal limits of the debiased error (Kumar et al.), patients as clusters"

_PLAIN = "by chance alone it lies above 0: the interval is of the debiased error"
_MEAN = math.sqrt(2 / math.pi)
_VARIANCE = 1 - 2 / math.pi
_SKEWNESS = math.sqrt(2) * (4 - math.pi) / (math.pi - 2) ** 1.5
"""Moments of the absolute value of a standard normal variable."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BinnedError:
    """A calibration error: ``found`` has the plain value and the debiased one as its centre, both in [0, 1].

    ``by_chance`` is what the plain error of true probabilities would exceed in one of 40 sets like this one.
    """

    found: Linearised
    by_chance: float

    @property
    def plain(self) -> Estimate:
        """The error as it is published, which has no interval of its own."""
        return Estimate.without_interval(self.found.value, _PLAIN)

    @property
    def debiased(self) -> Estimate:
        """The debiased error, at least 0, with limits that also hold the plain one: where every gap happens to be
        small, the debiased error alone would be taken for less than chance allows."""
        also = (0.0,) if self.found.value <= self.by_chance else ()
        return _holding(self.found.normal(method=METHOD), min(max(self.found.centre, 0.0), 1.0), *also)

    def change_from(self, before: BinnedError) -> Estimate:
        """The debiased error less that of ``before``, of the same images, paired.

        Where either may be 0, an absolute gap has no derivative that pairing could rest on: the limits are then from
        those of both, as if they were independent, and reach what would be if the error were 0, as chance still adds to
        a debiased error there. They hold 0 where both errors may be 0.
        """
        own, earlier = self.debiased, before.debiased
        if own.low > 0 and earlier.low > 0:
            return _holding((self.found - before.found).normal(method=METHOD), own.value - earlier.value)
        found = newcombe_difference(own, earlier)
        low = found.low if own.low > 0 else own.low - earlier.high
        high = found.high if earlier.low > 0 else own.high - earlier.low
        return replace(found, low=low, high=high)


def _holding(found: Estimate, value: float, *also: float) -> Estimate:
    """The limits of ``found`` with another value, widened where needed to hold it and ``also`` others."""
    return replace(found, value=value, low=min(found.low, value, *also), high=max(found.high, value, *also))


def binned_error(y_true: Labels, probability: FloatArray, patient: IntArray) -> BinnedError:
    """The expected calibration error over 15 bins of equal width of n images."""
    return _binned(y_true, probability, equal_width_bin(probability), patient)


def adaptive_error(y_true: Labels, probability: FloatArray, patient: IntArray) -> BinnedError:
    """The same over 15 bins of equal mass, whose edges are quantiles and move with the patients too.

    An edge that moves carries images from one bin to the next, which changes the error where one bin is too high and
    the other too low: by the mean gap of the images within half a bin of it.
    """
    residual, n = probability - y_true, len(probability)
    place = twice_mid_rank(probability) * N_BINS
    bins = place // (2 * max(n, 1))
    error = _binned(y_true, probability, bins, patient)
    sign = np.sign(np.bincount(bins, weights=residual, minlength=N_BINS))
    filled = np.unique(bins)
    moved = np.zeros(n)
    for low, high in itertools.pairwise(filled.tolist()):
        below = bins <= low
        up_to = int(np.count_nonzero(below))
        near = np.abs(place - 2 * N_BINS * up_to) <= n
        if sign[low] != sign[high] and near.any():
            moved += (sign[low] - sign[high]) * residual[near].mean() / n * (up_to / n - below)
    return replace(error, found=replace(error.found, terms=error.found.terms + moved))


def _binned(y_true: Labels, probability: FloatArray, bins: IntArray, patient: IntArray) -> BinnedError:
    residual = probability - y_true
    n, counts = len(residual), np.bincount(patient)
    sums = sparse.csr_array((residual / n, (patient, bins)), shape=(len(counts), N_BINS))
    clusters, images = kish(counts), counts / n
    gap: FloatArray = sums.sum(axis=0)
    squares = sums.multiply(sums).sum(axis=0) - 2 * gap * (images @ sums) + gap**2 * (images @ images)
    variance = np.maximum(squares, 0.0) * (clusters / (clusters - 1) if clusters > 1 else 0.0)
    error = np.sqrt(variance)
    # Of few images in a bin all may be of one class; true probabilities vary at least as single images do.
    of_single = np.bincount(bins, weights=probability * (1 - probability), minlength=N_BINS) / n**2
    value = float(np.abs(gap).sum())
    found = Linearised(
        value=value,
        centre=2 * value - float(_folded_mean(gap, error).sum()),
        terms=residual / n * np.sign(gap)[bins] - value * (1 / n),
        patient=patient,
        within=PROPORTION,
    )
    return BinnedError(found=found, by_chance=_by_chance(np.sqrt(np.maximum(variance, of_single))))


def _by_chance(error: FloatArray) -> float:
    """The upper quantile of a sum of absolute values of normal variables about 0, by its first three cumulants
    (Cornish and Fisher 1938)."""
    largest = float(error.max(initial=0.0))
    if not largest:
        return 0.0
    of_largest, z = error / largest, z_value()  # powers of errors near 0 would be 0
    spread = math.sqrt(_VARIANCE * float(of_largest @ of_largest))
    skewness = _SKEWNESS * float((of_largest**3).sum()) / float(of_largest @ of_largest) ** 1.5
    return float(largest * (_MEAN * float(of_largest.sum()) + spread * (z + (z * z - 1) / 6 * skewness)))


def _folded_mean(centre: FloatArray, error: FloatArray) -> FloatArray:
    """The mean of the absolute value of normal variables (Leone, Nelson and Nottingham 1961)."""
    ratio = np.divide(centre, error, out=np.full_like(centre, math.inf), where=error > 0)
    density = np.exp(-(ratio**2) / 2) * math.sqrt(2 / math.pi)
    return np.where(error > 0, error * density + centre * (1 - 2 * ndtr(-ratio)), np.abs(centre))
