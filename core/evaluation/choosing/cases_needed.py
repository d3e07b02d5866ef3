"""How many local cases are needed for how much certainty: closed forms, and what repeated samples would have given."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.choosing.patients_needed import fewest_hits, power_of
from core.evaluation.estimates.intervals import wilson
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.predictions import FloatArray, IntArray, Predictions

SIZES = (10, 20, 40, 60, 80, 100, 125, 150, 200, 300, 500, 1_000, 2_000, 5_000, 10_000)
"""Numbers of local patients that are looked at."""
DRAWS = 200
_LARGEST_SHARE = 2 / 3
"""Of the patients of a split that a sample may have: the rest must still tell one rate from another."""


def allowed_misses(cases: IntArray, floor: str, confidence: float = 0.95) -> IntArray:
    """Of so many patients of a class (k,), how many may be called wrongly for the floor to be guaranteed; -1 for none.

    The order-statistic form of the Clopper-Pearson bound: P(at least so many right) at a rate of ``floor`` must not
    exceed 1 - confidence.
    """
    return np.asarray(np.maximum(cases - fewest_hits(cases, floor, confidence), -1), dtype=np.int64)


def certainty_table(prevalence: float, sensitivity: float, specificity: float, floor: tuple[str, str]) -> pd.DataFrame:
    """What each of :data:`SIZES` local patients would be worth, one image each, at these rates; one row a size.

    Columns: patients, positives and negatives (expected), sensitivity_width and specificity_width (of the 95 % Wilson
    interval), best_floor (the highest floor that could be guaranteed for ``floor``'s rate, if all were called rightly),
    misses (how many of that class may be called wrongly for ``floor`` itself, -1 where it is out of reach) and power
    (the chance that no more are, at a true rate as given).
    """
    patients = np.array(SIZES)
    positives = np.round(patients * prevalence).astype(np.int64)
    negatives = patients - positives
    own, rate = (positives, sensitivity) if floor[0] == "sensitivity" else (negatives, specificity)
    with np.errstate(divide="ignore"):
        best = np.where(own > 0, 0.05 ** (1 / np.maximum(own, 1)), math.nan)
    return pd.DataFrame(
        {
            "patients": patients,
            "positives": positives,
            "negatives": negatives,
            "sensitivity_width": [_width(sensitivity, n) for n in positives.tolist()],
            "specificity_width": [_width(specificity, n) for n in negatives.tolist()],
            "best_floor": best,
            "misses": allowed_misses(own, floor[1]),
            "power": power_of(own, rate, floor[1], confidence=0.95),
        }
    )


def sample_sizes(split: Predictions) -> tuple[int, ...]:
    """Those of :data:`SIZES` that can be drawn from a split and leave enough of it to evaluate on."""
    return tuple(size for size in SIZES if size <= _LARGEST_SHARE * split.n_patients)


def repeated_draws(
    split: Predictions,
    threshold: float,
    *,
    floor: tuple[str, str],
    sizes: Sequence[int],
    draws: int = DRAWS,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Sites drawn from ``split`` again and again: what a guaranteed threshold achieves on the patients not drawn.

    Columns: patients, draw, threshold (the logit that the sample guarantees ``floor`` at, NaN where it cannot),
    sensitivity and specificity at it on the rest, unadapted_sensitivity and unadapted_specificity at ``threshold`` on
    the same rest. NaN where the rest lacks a class.
    """
    rng = np.random.default_rng(seed)
    alone = np.zeros(split.n, dtype=bool)
    alone[one_image_a_patient(split)] = True
    by_patient = np.argsort(split.patient_index, kind="stable")
    images = np.bincount(split.patient_index)
    ends = np.cumsum(images)
    negative, positive = (np.sort(split.logit[split.y_true == label]) for label in (0, 1))

    def rates_of_rest(drawn: IntArray, at: float) -> tuple[float, float]:
        if math.isnan(at):
            return math.nan, math.nan
        y_true, called = split.y_true[drawn] == 1, split.logit[drawn] >= at
        fn, tn = (int(np.searchsorted(own, at)) for own in (positive, negative))
        fn, tn = fn - int(np.count_nonzero(y_true & ~called)), tn - int(np.count_nonzero(~y_true & ~called))
        n_pos, n_neg = len(positive) - np.count_nonzero(y_true), len(negative) - np.count_nonzero(~y_true)
        return (1 - fn / n_pos if n_pos else math.nan), (tn / n_neg if n_neg else math.nan)

    rows = []
    for size in sizes:
        for draw in range(draws):
            chosen = rng.choice(split.n_patients, size, replace=False, shuffle=False)
            own = images[chosen]
            drawn = by_patient[np.repeat(ends[chosen] - np.cumsum(own), own) + np.arange(own.sum())]
            adapted = guaranteed_threshold(
                split.y_true[drawn], split.logit[drawn], alone[drawn], floor=floor, confidence=confidence
            )
            rows.append((size, draw, adapted, *rates_of_rest(drawn, adapted), *rates_of_rest(drawn, threshold)))
    names = ["sensitivity", "specificity", "unadapted_sensitivity", "unadapted_specificity"]
    return pd.DataFrame(rows, columns=["patients", "draw", "threshold", *names])


def guaranteed_threshold(
    y_true: npt.NDArray[np.int8],
    logit: FloatArray,
    alone: npt.NDArray[np.bool_],
    *,
    floor: tuple[str, str],
    confidence: float = 0.95,
) -> float:
    """The threshold of :func:`~core.evaluation.choosing.guarantee.choose_guaranteed`, by order statistics, or NaN.

    ``alone`` (n,) marks one image a patient and class, which the bound sees; candidates are the scores of all images.
    """
    rate, least = floor
    own = np.sort(logit[(y_true == (rate == "sensitivity")) & alone])
    misses = int(allowed_misses(np.array([len(own)]), least, confidence)[0]) if len(own) else -1
    if misses < 0 or not 0 < np.count_nonzero(y_true) < len(y_true):
        return math.nan
    if rate == "sensitivity":
        edge = own[misses]
        negative = logit[(y_true == 0) & (logit < edge)]
        return float(logit[logit > negative.max(initial=-math.inf)].min())
    above = logit > own[len(own) - 1 - misses]
    positive = logit[above & (y_true == 1)]
    if len(positive):
        return float(positive.min())
    return float(logit[above].max()) if above.any() else math.nan


def spread(drawn: pd.DataFrame, rate: str) -> pd.DataFrame:
    """Of :func:`repeated_draws`, how far ``rate`` (a column) scatters at each size; one row a size.

    Columns: patients, low, middle, high (5, 50 and 95 % of the draws that gave a threshold) and draws, their number.
    """
    by_size = drawn.groupby("patients", sort=True)[rate]
    levels = {"low": 0.05, "middle": 0.5, "high": 0.95}
    quantiles = {name: by_size.quantile(level) for name, level in levels.items()}
    return pd.DataFrame({**quantiles, "draws": by_size.count()}).reset_index()


def _width(rate: float, cases: int) -> float:
    low, high = wilson(rate, cases)
    return high - low
