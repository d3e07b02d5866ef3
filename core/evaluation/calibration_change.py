"""What temperature scaling does to the calibration of a split: every measure before, after, and the change."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.special import expit

from core.evaluation.bootstrap import RESAMPLES, bootstrap_by_patient, percentile_estimate
from core.evaluation.calibration import error_sums, errors_of_sums, sums_by_patient
from core.evaluation.calibration_slope import N_DERIVATIVES, SMALL, chebyshev_step, derivatives, fitted_slopes, quotient
from core.evaluation.intervals import Estimate
from core.evaluation.predictions import FloatArray, Predictions
from core.evaluation.recalibration import calibration_intercept, calibration_line, no_line
from core.evaluation.reliability import N_BINS, equal_mass_bin, equal_width_bin

ERRORS = ("nll", "brier", "ece", "adaptive_ece")
MEASURES = (*ERRORS, "intercept", "slope")
"""Negative log likelihood in nats, Brier score, both calibration errors (15 bins), calibration intercept and slope."""

_BINNINGS = (equal_width_bin, equal_mass_bin)
_COMMON = 2 + N_DERIVATIVES
_ERROR_COLUMNS = 2 + N_BINS * len(_BINNINGS)
_ENDLESS = 1e9
"""Stands for the infinite slope of a resample that the scores part perfectly: infinities cannot be interpolated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One measure before and after temperature scaling, and after minus before, all from the same resamples."""

    before: Estimate
    after: Estimate
    change: Estimate


def calibration_changes(
    predictions: Predictions, *, temperature: float | None, n_resamples: int = RESAMPLES, seed: int = 0
) -> Mapping[str, Change]:
    """Each of :data:`MEASURES` of ``expit(logit)`` and ``expit(logit / temperature)``, with intervals over patients.

    Temperature and bins are held fixed in the resamples. A resample costs one product of sums by patient: its intercept
    is a Newton step from that of all images, its slope a Chebyshev step, or a whole fit where the split is small
    (see :mod:`core.evaluation.calibration_slope`). Undefined with a reason where there are no images, one class, or a
    perfect separation; ``after`` and ``change`` also without a temperature. A slope has no limit on the side where
    more than 2.5 % of the resamples are parted perfectly.
    """
    if not predictions.n:
        undefined = Estimate.undefined("no images")
        return dict.fromkeys(MEASURES, Change(before=undefined, after=undefined, change=undefined))
    versions = [predictions.logit] if temperature is None else [predictions.logit, predictions.logit / temperature]
    of_resamples = _measures(predictions, versions, temperature or 1.0)
    value = of_resamples(np.ones((1, predictions.n_patients)))[0]
    resampled = bootstrap_by_patient(
        lambda times: of_resamples(times).reshape(len(times), -1),
        n_patients=predictions.n_patients,
        n_images=predictions.n,
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    ).reshape(-1, *value.shape)
    one_class = "one class has no images" if not (predictions.n_pos and predictions.n_neg) else None
    reasons = {"intercept": one_class, "slope": no_line(predictions.y_true, predictions.logit)}
    return {
        name: _change(value[:, column], resampled[:, :, column], predictions.n_patients, name, reasons.get(name))
        for column, name in enumerate(MEASURES)
    }


def _change(value: FloatArray, resampled: FloatArray, size: int, name: str, reason: str | None) -> Change:
    """``value`` (versions,) and ``resampled`` (r, versions) of one measure, which is undefined for ``reason``."""
    if reason is not None:
        undefined = Estimate.undefined(reason)
        return Change(before=undefined, after=undefined, change=undefined)
    fallback = size if name in {"brier", "ece", "adaptive_ece"} else None
    versions = [
        _finite(percentile_estimate(v, r, fallback_size=fallback))
        for v, r in zip(value.tolist(), resampled.T, strict=True)
    ]
    if len(versions) == 1:
        unknown = Estimate.undefined("no temperature could be fitted on validation")
        return Change(before=versions[0], after=unknown, change=unknown)
    change = percentile_estimate(float(value[1] - value[0]), resampled[:, 1] - resampled[:, 0], fallback_size=None)
    return Change(before=versions[0], after=versions[1], change=_finite(change))


def _finite(estimate: Estimate) -> Estimate:
    """Without the limits that resamples of infinite slope have driven away."""
    low, high = (limit if abs(limit) < math.sqrt(_ENDLESS) else math.nan for limit in (estimate.low, estimate.high))
    if math.isnan(low) == math.isnan(estimate.low) and math.isnan(high) == math.isnan(estimate.high):
        return estimate
    method = f"{estimate.method}; unbounded, as the scores part some of them perfectly"
    return replace(estimate, low=low, high=high, method=method)


def _measures(
    predictions: Predictions, versions: list[FloatArray], temperature: float
) -> Callable[[FloatArray], FloatArray]:
    """The function of how often each patient was drawn, (b, patients), to the measures (b, versions, measures)."""
    intercepts = [calibration_intercept(predictions.y_true, logit) for logit in versions]
    line = calibration_line(predictions.y_true, predictions.logit)
    sums = _sums(predictions, versions, intercepts, line)

    def of_resamples(times: FloatArray) -> FloatArray:
        total = times @ sums
        images, positives = total[:, 0], total[:, 1]
        of_one_class = (positives == 0) | (positives == images)
        step = chebyshev_step(total[:, 2:_COMMON])
        slopes = line[1] + step[1]
        if predictions.n <= SMALL and not math.isnan(line[1]):
            weight = times[:, predictions.patient_index]
            slopes = fitted_slopes(predictions.y_true, predictions.logit, weight, line, step)
        slopes = np.where(of_one_class, math.nan, np.clip(slopes, -_ENDLESS, _ENDLESS))
        measures = []
        for version, intercept in enumerate(intercepts):
            block = total[:, _COMMON + version * (_ERROR_COLUMNS + 2) :][:, : _ERROR_COLUMNS + 2]
            errors = errors_of_sums(block[:, 2:]) / images[:, None]
            shift = np.where(of_one_class, math.nan, intercept + quotient(block[:, 0], block[:, 1]))
            # Logits divided by T have T times the slope, in every resample.
            measures.append(np.column_stack([errors, shift, slopes * (temperature if version else 1.0)]))
        return np.stack(measures, axis=1)

    return of_resamples


def _sums(
    predictions: Predictions, versions: list[FloatArray], intercepts: list[float], line: tuple[float, float]
) -> sparse.csr_array:
    """Sums by patient: images, positives, nine for the slope; for each version two for its intercept and its errors."""
    y_true = predictions.y_true.astype(np.float64)
    line_sums = derivatives(y_true, predictions.logit, line)
    parts = [sums_by_patient(predictions, [np.ones(predictions.n), y_true, *line_sums])]
    for logit, intercept in zip(versions, intercepts, strict=True):
        p = expit(logit + intercept)
        parts.append(sums_by_patient(predictions, [y_true - p, p * (1 - p)]))
        parts.extend(error_sums(predictions, logit, _BINNINGS))
    return sparse.csr_array(sparse.hstack(parts, format="csr"))
