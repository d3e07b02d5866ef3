"""The search behind temperature scaling: the inverse temperature with the least negative log likelihood.

Of an image with margin s (the logit, negated for the negative class) the loss is log(1 + exp(-beta s)): convex in the
inverse temperature beta, so that the sign of its slope says on which side of the minimum one is.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from core.evaluation.bootstrap import bootstrap_by_patient
from core.evaluation.predictions import FloatArray, IntArray

COLDEST, HOTTEST = 0.01, 100.0
"""Ends of the range of temperatures searched."""

_LOW, _HIGH = 1 / HOTTEST, 1 / COLDEST
_FULL_TOLERANCE = 1e-10
_RESAMPLE_TOLERANCE = 1e-6
_MOST_STEPS = 200


def inverse_temperature(margin: FloatArray) -> float:
    """The minimiser of the loss over all images (n,), within [1 / 100, 1 / 0.01]; an end where nothing is inside."""
    weight = np.ones((1, len(margin)))
    slopes = [_slope(margin, np.array([end]), weight)[0] for end in (_LOW, _HIGH)]
    return float(_minimise(margin, weight, *slopes, start=np.ones(1), tolerance=_FULL_TOLERANCE)[0])


def resampled_inverse_temperatures(
    margin: FloatArray, patient: IntArray, full_fit: float, *, n_resamples: int, rng: np.random.Generator
) -> FloatArray:
    """The minimiser of every bootstrap resample of the patients, (r,), each to 1e-6 of itself.

    Slopes at the ends and at the fit to all images are sums over patients: they, and the first Newton step, cost one
    product of matrices for all resamples together.
    """
    n_patients = int(patient.max()) + 1
    terms = [
        *(_terms(margin, end)[0] for end in (_LOW, _HIGH)),
        *_terms(margin, full_fit),
    ]
    sums = np.column_stack([np.bincount(patient, weights=term, minlength=n_patients) for term in terms])

    def of_resamples(times: FloatArray) -> FloatArray:
        at_low, at_high, slope, curvature = (times @ sums).T
        step = np.divide(-slope, full_fit * curvature, out=np.zeros_like(slope), where=curvature > 0)
        start = full_fit * np.exp(np.clip(step, -1.0, 1.0))
        weight = times[:, patient]
        return _minimise(margin, weight, at_low, at_high, start=start, tolerance=_RESAMPLE_TOLERANCE)

    return bootstrap_by_patient(
        of_resamples, n_patients=n_patients, n_images=len(margin), n_resamples=n_resamples, rng=rng
    )


def _minimise(
    margin: FloatArray,
    weight: FloatArray,
    slope_low: FloatArray,
    slope_high: FloatArray,
    *,
    start: FloatArray,
    tolerance: float,
) -> FloatArray:
    """The minimiser (b,) for each row of ``weight`` (b, n), from its slopes at both ends of the range.

    Newton's method in log beta, kept between the points where the slope is known to be negative and positive;
    bisection where a step leaves them or fails to halve.
    """
    inside = np.clip(start, _LOW, _HIGH)
    log_beta = np.log(np.where(slope_high <= 0, _HIGH, np.where(slope_low >= 0, _LOW, inside)))
    low, high = np.full_like(log_beta, np.log(_LOW)), np.full_like(log_beta, np.log(_HIGH))
    moved = high - low
    active = np.flatnonzero((slope_low < 0) & (slope_high > 0))
    for _ in range(_MOST_STEPS):
        if not len(active):
            break
        at = log_beta[active]
        slope, curvature = _slope(margin, np.exp(at), weight if len(active) == len(weight) else weight[active])
        low[active] = np.where(slope <= 0, at, low[active])
        high[active] = np.where(slope >= 0, at, high[active])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = at - slope / (np.exp(at) * curvature)
        kept = (low[active] <= newton) & (newton <= high[active]) & (np.abs(newton - at) <= moved[active] / 2)
        log_beta[active] = np.where(kept, newton, (low[active] + high[active]) / 2)
        moved[active] = np.abs(log_beta[active] - at)
        active = active[moved[active] > tolerance]
    ended = (slope_high <= 0) | (slope_low >= 0)
    return np.where(ended, np.where(slope_high <= 0, _HIGH, _LOW), np.exp(log_beta))


def _slope(margin: FloatArray, beta: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and second derivative (b,) of the weighted loss at each beta (b,), for weights (b, n)."""
    wrong = expit(-np.outer(beta, margin))
    pull = weight * wrong
    return -(pull @ margin), (pull * (1 - wrong)) @ np.square(margin)


def _terms(margin: FloatArray, beta: float) -> tuple[FloatArray, FloatArray]:
    """First and second derivative of each image's loss at one beta, both (n,)."""
    wrong = expit(-beta * margin)
    return -margin * wrong, np.square(margin) * wrong * (1 - wrong)
