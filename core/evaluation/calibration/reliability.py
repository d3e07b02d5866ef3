"""The reliability diagram and the calibration errors read off it: bins of probabilities, and what was seen in each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.estimates.clusters import effective_size
from core.evaluation.estimates.intervals import wilson
from core.evaluation.predictions import FloatArray, IntArray

N_BINS = 15
"""Bins of the expected calibration errors, in ``metrics.json`` and on the page."""

Labels = npt.NDArray[np.integer]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ReliabilityBins:
    """The b bins of a reliability diagram. ``edges`` (b + 1,) run from 0 to 1; ``count`` and ``positives`` (b,) count
    images.

    ``mean_predicted`` and ``observed`` (b,) are the mean probability and the share of positives, ``low`` and ``high``
    the limits of the latter; NaN where a bin is empty.
    """

    edges: FloatArray
    count: IntArray
    positives: IntArray
    mean_predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray


def equal_width_bin(probability: FloatArray, n_bins: int = N_BINS) -> IntArray:
    """The equal-width bin of each probability: [0, 1/b], (1/b, 2/b], ... as in scikit-learn's ``calibration_curve``."""
    return np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], probability, side="left")


def equal_mass_bin(probability: FloatArray, n_bins: int = N_BINS) -> IntArray:
    """The equal-mass bin of each probability (n,): of b bins, the one in which its mid-rank falls.

    Equal probabilities have one mid-rank and so one bin, which makes the bins unequal, or leaves some empty, where
    there are many of them. With every image twice the bins are the same.
    """
    return twice_mid_rank(probability) * n_bins // (2 * max(len(probability), 1))


def twice_mid_rank(probability: FloatArray) -> IntArray:
    """Twice the images below each probability (n,), equal ones counting half: whole numbers from 1 to 2 n - 1."""
    _, of_score, ties = np.unique(probability, return_inverse=True, return_counts=True)
    return np.asarray((2 * np.cumsum(ties) - ties)[of_score])


def expected_calibration_error(y_true: Labels, probability: FloatArray, n_bins: int = N_BINS) -> float:
    """Expected calibration error of the positive class over equal-width bins, in [0, 1]; NaN where n is 0.

    The mean over images of the gap between the mean probability and the share of positives of their bin.
    """
    return _mean_gap(y_true, probability, equal_width_bin(probability, n_bins))


def adaptive_calibration_error(y_true: Labels, probability: FloatArray, n_bins: int = N_BINS) -> float:
    """Like :func:`expected_calibration_error`, over equal-mass bins (Nguyen and O'Connor 2015; Nixon et al. 2019)."""
    return _mean_gap(y_true, probability, equal_mass_bin(probability, n_bins))


def reliability_bins(
    y_true: Labels,
    probability: FloatArray,
    n_bins: int = N_BINS,
    *,
    equal_mass: bool = False,
    patient_index: IntArray | None = None,
) -> ReliabilityBins:
    """The bins of a reliability diagram, with Wilson's limits for the share of positives in each.

    They are of equal width, or of equal mass without those that ties leave empty; inner edges then lie halfway
    between the scores of neighbours. ``patient_index`` (n,) numbers the patients; the limits then allow for several
    images a patient. Without it every image is a patient of its own.
    """
    if equal_mass:
        bins = equal_mass_bin(probability, n_bins)
        bins = np.unique(bins, return_inverse=True)[1]
        n_bins = int(bins.max()) + 1 if len(bins) else 1
        edges = _edges_between(probability, bins, n_bins)
    else:
        bins, edges = equal_width_bin(probability, n_bins), np.linspace(0, 1, n_bins + 1)
    count = np.bincount(bins, minlength=n_bins)
    positives = np.bincount(bins, weights=y_true, minlength=n_bins).astype(np.int64)
    with np.errstate(invalid="ignore"):
        observed = positives / count
        mean_predicted = np.bincount(bins, weights=probability, minlength=n_bins) / count
    patient = np.arange(len(y_true)) if patient_index is None else patient_index
    sizes = _effective_sizes(y_true, bins, n_bins, patient)
    limits = [wilson(p, size) for p, size in zip(observed.tolist(), sizes.tolist(), strict=True)]
    low, high = np.array(limits).T
    return ReliabilityBins(
        edges=edges,
        count=count,
        positives=positives,
        mean_predicted=mean_predicted,
        observed=observed,
        low=low,
        high=high,
    )


def class_counts(y_true: Labels, probability: FloatArray, n_bars: int) -> IntArray:
    """How the probabilities spread: images of the negative and the positive class in equal-width bins, (2, n_bars)."""
    cell = np.asarray(y_true, dtype=np.int64) * n_bars + equal_width_bin(probability, n_bars)
    return np.bincount(cell, minlength=2 * n_bars).reshape(2, n_bars)


def wrong_claims(bins: ReliabilityBins) -> list[int]:
    """The bins whose limits exclude their mean probability, the one that is at least furthest off first."""
    beyond = np.fmax(bins.low - bins.mean_predicted, bins.mean_predicted - bins.high)
    return [int(b) for b in np.argsort(-beyond, kind="stable") if beyond[b] > 0]


def farthest_possible(bins: ReliabilityBins) -> float:
    """How far the share of positives of some bin may lie from its mean probability, by its limits; NaN without any."""
    reach = np.fmax(bins.high - bins.mean_predicted, bins.mean_predicted - bins.low)
    return float(np.nanmax(reach)) if np.isfinite(reach).any() else math.nan


def _mean_gap(y_true: Labels, probability: FloatArray, bins: IntArray) -> float:
    if not len(y_true):
        return math.nan
    return float(np.abs(np.bincount(bins, weights=probability - y_true)).sum() / len(y_true))


def _edges_between(probability: FloatArray, bins: IntArray, n_bins: int) -> FloatArray:
    smallest, largest = np.ones(n_bins), np.zeros(n_bins)
    np.minimum.at(smallest, bins, probability)
    np.maximum.at(largest, bins, probability)
    return np.concatenate([[0.0], (largest[:-1] + smallest[1:]) / 2, [1.0]])


def _effective_sizes(y_true: Labels, bins: IntArray, n_bins: int, patient: IntArray) -> FloatArray:
    """Effective sample size (b,) of the share of positives in each bin, with patients as clusters."""
    cell, of_cell = np.unique(patient * n_bins + bins, return_inverse=True)
    x = np.bincount(of_cell, weights=y_true, minlength=len(cell)).astype(np.int64)
    n = np.bincount(of_cell, minlength=len(cell))

    def by_bin(values: IntArray) -> IntArray:
        return np.bincount(cell % n_bins, weights=values, minlength=n_bins).astype(np.int64)

    return effective_size(*(by_bin(values) for values in (x, n, x * x, x * n, n * n)))
