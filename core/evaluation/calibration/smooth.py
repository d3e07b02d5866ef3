"""Calibration without bins: observed over expected, and a smooth curve with its band and the mean distance from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

from core.evaluation.estimates.clusters import FEWEST
from core.evaluation.estimates.intervals import Estimate, wilson
from core.evaluation.estimates.linearised import Linearised
from core.evaluation.places import places
from core.evaluation.predictions import FloatArray, IntArray, Predictions

SPAN = 2 / 3
"""The share of the images that each point of the curve is fitted to, as R's ``lowess`` and ``val.prob`` have it."""
GRID = 51
_MOST_PULLED = 0.9
_RATIO = "linearised, patients as clusters"
_NO_LIMITS = "a mean distance cannot fall below 0, and near 0 no interval covers it"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SmoothCurve:
    """The share of positives, ``observed`` (g,), at the probabilities ``predicted`` (g,) from the lowest to the highest
    of the images; ``low`` and ``high`` (g,) are a pointwise 95 % band, NaN where the curve goes by one patient or two.

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


def smooth_curve(predictions: Predictions, probability: FloatArray) -> SmoothCurve | None:
    """The smooth calibration curve of ``probability`` (n,), which rises with the logit: lowess (Cleveland 1979) without
    robustness steps.

    Each point is a straight line through the nearest :data:`SPAN` of the images with tricube weights, held within
    [0, 1]. The band is Wilson's, of as many patients as give the point its variance: the sum over patients of what each
    adds to it when left out (the jackknife's; MacKinnon and White 1985), with the widths of the windows as they are.
    None of fewer than three distinct probabilities, through which there is no curve. Images that share one of
    :mod:`~core.evaluation.places` are taken together, at the mean of their probabilities.
    """
    if not _are_three(probability):
        return None
    place = places(predictions.logit)
    images, positives = np.bincount(place), np.bincount(place, weights=predictions.y_true).astype(np.float64)
    where = np.bincount(place, weights=probability) / images
    cells = sparse.csr_array(
        (
            np.ones(predictions.n),
            (predictions.patient_index, place + len(images) * predictions.y_true.astype(np.int64)),
        ),
        shape=(predictions.n_patients, 2 * len(images)),
    )
    grid = np.linspace(probability.min(), probability.max(), GRID)
    lines = [_line(where - at, images, positives) for at in grid]
    observed = np.array([line.value for line in lines])
    low, high = np.array([_limits(line, cells) for line in lines]).T
    distance = float(np.abs(np.interp(probability, grid, observed) - probability).mean())
    return SmoothCurve(
        predicted=grid, observed=observed, low=low, high=high, ici=Estimate.without_interval(distance, _NO_LIMITS)
    )


class _Line(NamedTuple):
    """A weighted line through images at m places, at one point: its ``value`` there and, of each place (m,), what a
    positive image adds to that (``share``), what the line ``expects`` there, and an image's leverage on that."""

    value: float
    share: FloatArray
    expects: FloatArray
    leverage: FloatArray


def _line(distance: FloatArray, images: IntArray, positives: FloatArray) -> _Line:
    """Through so many ``images`` and ``positives`` at a ``distance`` from the point, (m,) each; the weighted mean where
    it has no slope."""
    away = np.abs(distance)
    order = np.argsort(away)
    nearest = max(2, int(SPAN * images.sum() + 1e-10))
    width = away[order[np.argmax(np.cumsum(images[order]) >= nearest)]]
    # Where most images have one probability, the width is 0 there: the line then goes by the nearest ones alone.
    weight = (1 - np.minimum(away / width, 1.0) ** 3) ** 3 if width > 0 else np.zeros(len(away))
    if not weight.any():
        weight = (away <= width).astype(np.float64)
    zero, one, two = (float((images * weight * distance**power).sum()) for power in (0, 1, 2))
    determinant = zero * two - one**2
    if determinant > 1e-12 * zero * two:
        share, slope = weight * (two - one * distance), weight * (zero * distance - one)
        share, slope = share / determinant, slope / determinant
    else:
        share, slope = weight / zero, np.zeros(len(weight))
    value, rise = float(share @ positives), float(slope @ positives)
    return _Line(min(max(value, 0.0), 1.0), share, value + rise * distance, share + slope * distance)


def _limits(line: _Line, cells: sparse.csr_array) -> tuple[float, float]:
    """Of its value, by the images of each patient in ``cells`` (patients, 2 m): at each place without and with it."""
    share = np.tile(line.share, 2)
    residual = np.concatenate([-line.expects, 1 - line.expects])
    added, pulled, part = (cells @ of for of in (share * residual, np.tile(line.leverage, 2), share))
    patients = 1 / float(part @ part)
    if patients < FEWEST:
        return math.nan, math.nan
    left_out = added / (1 - np.minimum(pulled, _MOST_PULLED))
    variance = float(left_out @ left_out)
    spread = line.value * (1 - line.value)
    return wilson(line.value, spread / variance if spread and variance else patients)


def _are_three(probability: FloatArray) -> bool:
    """Whether there are at least three distinct ones."""
    if not len(probability):
        return False
    return bool(((probability > probability.min()) & (probability < probability.max())).any())
