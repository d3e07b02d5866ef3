"""The bootstrap over patients, for figures whose interval has no closed form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from core.evaluation.estimates.intervals import LEVEL, Estimate, wilson
from core.evaluation.estimates.linearised import sums_by_patient
from core.evaluation.predictions import FloatArray, IntArray, Predictions

RESAMPLES = 2000
"""Resamples of every bootstrap, as long as the split has at most 100,000 images."""

_LARGEST_WORK = 200_000_000
_FEWEST = 200
_CHUNK = 500_000


def resamples_within_reach(n_resamples: int, n_images: int) -> int:
    """``n_resamples``, or fewer above 100,000 images (at 1,000,000: 200), so that large splits end in good time."""
    return min(n_resamples, max(_FEWEST, _LARGEST_WORK // max(n_images, 1)))


def bootstrap_by_patient(
    statistic: Callable[[FloatArray], FloatArray],
    *,
    n_patients: int,
    n_images: int,
    n_resamples: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw whole patients with replacement (Field and Welsh 2007) and compute ``statistic`` of every resample.

    ``statistic`` is given how often each patient was drawn, (b, n_patients), and returns (b,) or (b, m); it is called
    with as many resamples at once as keep arrays of shape (b, n_images) small. Returns (r,) or (r, m), where r is
    ``resamples_within_reach(n_resamples, n_images)``. Needs at least one patient.
    """
    left = resamples_within_reach(n_resamples, n_images)
    parts = []
    while left:
        size = min(left, max(1, _CHUNK // n_images))
        drawn = rng.integers(n_patients, size=(size, n_patients)) + n_patients * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * n_patients)
        parts.append(statistic(times.reshape(size, n_patients).astype(np.float64)))
        left -= size
    return np.concatenate(parts)


def resampled_totals(counts: IntArray, *, n_resamples: int, rng: np.random.Generator) -> IntArray:
    """Totals (n_resamples, m) of ``counts`` (patients, m) in resamples of whole patients, drawn as
    :func:`bootstrap_by_patient` does.

    Patients with the same counts are drawn as one kind, and how often each kind is, is multinomial: it takes as long as
    there are kinds, and these are few, however many patients there are. Needs at least one patient.
    """
    sizes = pd.DataFrame(counts).groupby(list(range(counts.shape[1])), sort=False).size()
    kinds = np.array([np.atleast_1d(kind) for kind in sizes.index])
    return np.asarray(rng.multinomial(len(counts), sizes.to_numpy() / len(counts), size=n_resamples) @ kinds)


def columns_by_patient(predictions: Predictions, columns: Sequence[FloatArray]) -> sparse.csr_array:
    """Sums (patients, columns) of values that each image has, (n,) each.

    Sparse, so that products with it cost what there is, and leave the other cores to others.
    """
    return columns_of(predictions.patient_index, columns)


def columns_of(patient: IntArray, columns: Sequence[FloatArray]) -> sparse.csr_array:
    """:func:`columns_by_patient` of images (n,) whose patients are numbered from 0 by ``patient`` (n,)."""
    n_patients = int(patient.max()) + 1 if len(patient) else 0
    return sparse.csr_array(np.stack([sums_by_patient(values, patient, n_patients) for values in columns], axis=1))


def percentile_estimate(
    value: float, resampled: FloatArray, *, fallback_size: int | None, level: float = LEVEL
) -> Estimate:
    """``value`` with the percentile interval of ``resampled`` (r,), widened where needed to hold ``value``.

    Resamples in which the figure is undefined (NaN: one class only) are left out. Where the rest do not vary, as when
    no two images are out of order, a width of 0 would claim certainty: the limits are then Wilson's for
    ``fallback_size`` patients if ``value`` lies in [0, 1], and undefined if that is ``None``.
    """
    defined = resampled[~np.isnan(resampled)]
    method = f"bootstrap over patients, {len(resampled)} resamples"
    if len(defined) < len(resampled):
        method += f", {len(resampled) - len(defined)} of one class left out"
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2]) if len(defined) else (value, value)
    if high - low > 1e-12 * max(1.0, abs(value)):
        return Estimate(
            value=value, low=min(float(low), value), high=max(float(high), value), level=level, method=method
        )
    if fallback_size is None:
        return Estimate.without_interval(value, "the resamples do not vary")
    low, high = wilson(min(max(value, 0.0), 1.0), fallback_size, level)
    method = f"Wilson bound for {fallback_size} patients, as bootstrap resamples do not vary"
    return Estimate(value=value, low=low, high=high, level=level, method=method)
