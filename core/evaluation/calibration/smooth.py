"""Calibration without bins: observed over expected, and a smooth curve with its band and the mean distance from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.evaluation.estimates.bootstrap import RESAMPLES, bootstrap_by_patient, columns_by_patient
from core.evaluation.estimates.clusters import few_clusters
from core.evaluation.estimates.intervals import LEVEL, Estimate
from core.evaluation.estimates.linearised import Linearised
from core.evaluation.predictions import FloatArray, Predictions

SPAN = 2 / 3
"""The share of the images that each point of the curve is fitted to, as R's ``lowess`` and ``val.prob`` have it."""
GRID = 51
_RATIO = "linearised, patients as clusters"
_NO_LIMITS = "a mean distance cannot fall below 0, and near 0 no interval covers it"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SmoothCurve:
    """The share of positives, ``observed`` (g,), at the probabilities ``predicted`` (g,) from the lowest to the highest
    of the images; ``low`` and ``high`` (g,) are a pointwise 95 % band, NaN where one patient or two have most images.

    ``ici`` is the mean over the images of how far the curve lies from their probability (Austin and Steyerberg 2019),
    without limits.
    """

    predicted: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray
    ici: Estimate


def observed_over_expected(predictions: Predictions, probability: FloatArray) -> Estimate:
    """Positives over the sum of ``probability`` (n,): above 1 more are ill than was foretold, below 1 fewer.

    Limits on the logarithm (Debray et al. 2017), from what each patient adds. Undefined without images; without limits
    where no image is positive.
    """
    expected, observed = float(probability.sum()), float(predictions.y_true.sum())
    if not expected:
        return Estimate.undefined("no images" if not predictions.n else "no image has a probability above 0")
    ratio = observed / expected
    if not observed:
        return Estimate.without_interval(ratio, "no image is positive")
    terms = (predictions.y_true - ratio * probability) / expected
    found = Linearised(
        value=ratio, centre=ratio, terms=terms, patient=predictions.patient_index, within=(0.0, math.inf)
    )
    return found.on_log(method=_RATIO)


def smooth_curve(
    predictions: Predictions, probability: FloatArray, *, n_resamples: int = RESAMPLES, seed: int = 0
) -> SmoothCurve | None:
    """The smooth calibration curve of ``probability`` (n,): lowess (Cleveland 1979) without robustness steps.

    Each point is a straight line through the nearest :data:`SPAN` of the images with tricube weights, held within
    [0, 1]. The band is of a bootstrap over patients with the widths of the windows as they are. None of fewer than
    three distinct probabilities, through which there is no curve.
    """
    distinct = np.unique(probability)
    if len(distinct) < 3:
        return None
    grid = np.linspace(distinct[0], distinct[-1], GRID)
    sums = _sums(predictions, probability, grid)
    by_patient = columns_by_patient(predictions, list(sums))
    low, high = np.full(GRID, math.nan), np.full(GRID, math.nan)
    if not few_clusters(np.bincount(predictions.patient_index)):
        resampled = bootstrap_by_patient(
            lambda times: _fitted(times @ by_patient),
            n_patients=predictions.n_patients,
            n_images=predictions.n,
            n_resamples=n_resamples,
            rng=np.random.default_rng(seed),
        )
        known = ~np.isnan(resampled).all(axis=0)
        ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
        low[known], high[known] = np.nanquantile(resampled[:, known], ends, axis=0)
    observed = _fitted(sums.sum(axis=1)[None, :])[0]
    distance = float(np.abs(np.interp(probability, grid, observed) - probability).mean())
    return SmoothCurve(
        predicted=grid,
        observed=observed,
        low=np.minimum(low, observed),
        high=np.maximum(high, observed),
        ici=Estimate.without_interval(distance, _NO_LIMITS),
    )


def _sums(predictions: Predictions, probability: FloatArray, grid: FloatArray) -> FloatArray:
    """What each image adds to the five sums of a weighted line at each point of the grid, (5 g, n)."""
    distance = probability[None, :] - grid[:, None]
    nearest = max(2, int(SPAN * predictions.n + 1e-10))
    width = np.partition(np.abs(distance), nearest - 1, axis=1)[:, nearest - 1 : nearest]
    # Where most images have one probability, the width is 0 there: the line then goes by the nearest ones alone.
    nearest_ones = np.abs(distance) <= width
    share = np.divide(np.abs(distance), width, out=np.zeros_like(distance), where=nearest_ones & (width > 0))
    weight = np.where(nearest_ones, (1 - share**3) ** 3, 0.0)
    weight = np.where(weight.any(axis=1, keepdims=True), weight, nearest_ones)
    y = predictions.y_true.astype(np.float64)
    parts = (weight, weight * distance, weight * distance**2, weight * y, weight * distance * y)
    return np.concatenate(parts)


def _fitted(totals: FloatArray) -> FloatArray:
    """The line at each point of the grid, (b, g), of the sums (b, 5 g); the weighted mean where it has no slope."""
    zero, one, two, of_y, of_xy = np.split(np.asarray(totals), 5, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        determinant = zero * two - one**2
        line = (two * of_y - one * of_xy) / determinant
        value = np.where(determinant > 1e-12 * zero * two, line, of_y / zero)
    return np.clip(value, 0.0, 1.0)
