"""Calibration without bins: observed over expected, and a smooth curve with its band and the mean distance from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from core.evaluation.estimates.bootstrap import RESAMPLES, bootstrap_by_patient
from core.evaluation.estimates.clusters import few_clusters
from core.evaluation.estimates.intervals import LEVEL, Estimate
from core.evaluation.estimates.linearised import Linearised
from core.evaluation.places import places
from core.evaluation.predictions import FloatArray, IntArray, Predictions

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


def smooth_curves(
    predictions: Predictions, scales: Mapping[str, FloatArray], *, n_resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, SmoothCurve | None]:
    """The smooth calibration curve of each scale, whose probabilities (n,) rise with the logit: lowess (Cleveland 1979)
    without robustness steps.

    Each point is a straight line through the nearest :data:`SPAN` of the images with tricube weights, held within
    [0, 1]. The band is of one bootstrap over patients for all scales, with the widths of the windows as they are. None
    of fewer than three distinct probabilities, through which there is no curve. Images that share one of
    :mod:`~core.evaluation.places` are taken together, at the mean of their probabilities.
    """
    place = places(predictions.logit)
    images, positives = np.bincount(place), np.bincount(place, weights=predictions.y_true)
    lines = {
        name: _Lines.through(np.bincount(place, weights=probability) / images, images)
        for name, probability in scales.items()
        if _are_three(probability)
    }
    found: dict[str, SmoothCurve | None] = dict.fromkeys(scales)
    bands = _bands(predictions, place, list(lines.values()), n_resamples, seed)
    for (name, line), (low, high) in zip(lines.items(), bands, strict=True):
        observed = line.fitted(images[None].astype(np.float64), positives[None].astype(np.float64))[0]
        probability = scales[name]
        distance = float(np.abs(np.interp(probability, line.grid, observed) - probability).mean())
        found[name] = SmoothCurve(
            predicted=line.grid,
            observed=observed,
            low=np.minimum(low, observed),
            high=np.maximum(high, observed),
            ici=Estimate.without_interval(distance, _NO_LIMITS),
        )
    return found


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Lines:
    """A weighted line at each point of the ``grid`` (g,), through images at m places.

    ``of_images`` (m, 3 g) and ``of_positives`` (m, 2 g) are what an image, and a positive one, adds to its sums.
    """

    grid: FloatArray
    of_images: FloatArray
    of_positives: FloatArray

    @classmethod
    def through(cls, probability: FloatArray, images: IntArray) -> _Lines:
        """Lines through so many ``images`` at each ``probability``, (m,) both."""
        grid = np.linspace(probability.min(), probability.max(), GRID)
        distance = probability[:, None] - grid
        away = np.abs(distance)
        order = np.argsort(away, axis=0)
        nearest = max(2, int(SPAN * images.sum() + 1e-10))
        last = np.argmax(np.cumsum(images[order], axis=0) >= nearest, axis=0)
        width = away[order[last, np.arange(GRID)], np.arange(GRID)]
        # Where most images have one probability, the width is 0 there: the line then goes by the nearest ones alone.
        near = away <= width
        share = np.divide(away, width, out=np.zeros_like(away), where=near & (width > 0))
        weight = np.where(near, (1 - share**3) ** 3, 0.0)
        weight = np.where(weight.any(axis=0), weight, near)
        moments = (weight, weight * distance, weight * distance**2)
        return cls(
            grid=grid, of_images=np.concatenate(moments, axis=1), of_positives=np.concatenate(moments[:2], axis=1)
        )

    def fitted(self, images: FloatArray, positives: FloatArray) -> FloatArray:
        """The line at each point of the grid, (b, g), through so many images and positives a place, (b, m) both; the
        weighted mean where it has no slope."""
        zero, one, two = np.split(images @ self.of_images, 3, axis=1)
        of_y, of_xy = np.split(positives @ self.of_positives, 2, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            determinant = zero * two - one**2
            line = (two * of_y - one * of_xy) / determinant
            value = np.where(determinant > 1e-12 * zero * two, line, of_y / zero)
        return np.clip(value, 0.0, 1.0)


def _are_three(probability: FloatArray) -> bool:
    """Whether there are at least three distinct ones."""
    if not len(probability):
        return False
    return bool(((probability > probability.min()) & (probability < probability.max())).any())


def _bands(
    predictions: Predictions, place: IntArray, lines: Sequence[_Lines], n_resamples: int, seed: int
) -> list[tuple[FloatArray, FloatArray]]:
    """Both ends of the band of each of ``lines``, (g,) each; NaN where one patient or two have most images."""
    if not lines or few_clusters(np.bincount(predictions.patient_index)):
        return [(np.full(GRID, math.nan), np.full(GRID, math.nan)) for _ in lines]
    k = int(place.max()) + 1
    cell = place + k * predictions.y_true.astype(np.int64)
    by_patient = sparse.csr_array(
        (np.ones(predictions.n), (predictions.patient_index, cell)), shape=(predictions.n_patients, 2 * k)
    )
    drawn = bootstrap_by_patient(
        lambda times: np.asarray(times @ by_patient),
        n_patients=predictions.n_patients,
        n_images=predictions.n,
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    )
    positives = drawn[:, k:]
    images = drawn[:, :k] + positives
    resampled = np.concatenate([line.fitted(images, positives) for line in lines], axis=1)
    ends = np.full((2, resampled.shape[1]), math.nan)
    known = ~np.isnan(resampled).all(axis=0)
    ends[:, known] = np.nanquantile(resampled[:, known], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return [(low, high) for low, high in zip(*(np.split(end, len(lines)) for end in ends), strict=True)]
