"""Net benefit: true positives, less false positives at the price that a threshold probability names.

Whoever treats from a probability p_t on says that a false positive costs p_t / (1 - p_t) true positives; net benefit
counts both in true positives an image (Vickers and Elkin 2006). Probabilities are ``expit(logit / temperature)``, so
that p_t is the threshold ``temperature * log(p_t / (1 - p_t))`` on the logit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit

from core.evaluation.curves import curve
from core.evaluation.estimates.bootstrap import RESAMPLES, bootstrap_by_patient
from core.evaluation.estimates.clusters import few_clusters
from core.evaluation.estimates.discrimination import Mask
from core.evaluation.estimates.intervals import LEVEL, Estimate
from core.evaluation.estimates.linearised import clustered_mean
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.sweep import ThresholdSweep
from core.evaluation.worth.better_default import OverDefaults, over_defaults

GRID: FloatArray = np.arange(1, 100) / 100
"""The threshold probabilities that a decision curve is drawn at."""

_COLUMNS = [
    "model",
    "probability",
    "tp",
    "fp",
    "net_benefit",
    "low",
    "high",
    "treat_all",
    "gain",
    "gain_low",
    "gain_high",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class NetBenefit:
    """What one threshold is worth on a split, in true positives an image.

    ``price`` is what a false positive costs in true positives, p_t / (1 - p_t). ``over`` has the gain over each
    default, of the same patients, and over the better of both; treating no one is worth 0.
    """

    price: float
    treat_all: Estimate
    over: OverDefaults

    @property
    def model(self) -> Estimate:
        """What the threshold is worth: its gain over treating no one."""
        return self.over.no_one

    @property
    def gain(self) -> Estimate:
        """The gain over treating everyone."""
        return self.over.everyone


def net_benefit(tp: IntArray | int, fp: IntArray | int, n: int, price: FloatArray | float) -> FloatArray:
    """True positives less ``price`` times false positives, an image of ``n``; NaN where n is 0."""
    return np.asarray((tp - fp * np.asarray(price)) / n) if n else np.full(np.shape(price), math.nan)


def net_benefit_at(predictions: Predictions, threshold: float, temperature: float) -> NetBenefit:
    """Net benefit of a ``threshold`` on the logit at its own probability, ``expit(threshold / temperature)``.

    Of the gains by :mod:`~core.evaluation.worth.better_default`, of treating everyone a normal interval, patients as
    clusters. Undefined without images, and where that probability is 1 to the last bit: a false positive would then
    cost more than all else.
    """
    if expit(threshold / temperature) == 1:
        unknown = Estimate.undefined("at a probability of 1 a false alarm outweighs everything")
        over = OverDefaults(everyone=unknown, no_one=unknown, better=unknown, default="", lost_to="")
        return NetBenefit(price=math.inf, treat_all=unknown, over=over)
    price = math.exp(threshold / temperature)
    worth = np.where(predictions.y_true == 1, 1.0, -price)
    return NetBenefit(
        price=price,
        treat_all=clustered_mean(worth, predictions.patient_index, reason="no images"),
        over=over_defaults(predictions, predictions.logit >= threshold, price),
    )


def more_useful(predictions: Predictions, temperature: float) -> Mask:
    """At which probabilities of :data:`GRID`, each judged alone, it is clearly worth more than both defaults, (99,)."""
    prices = GRID / (1 - GRID)
    return np.array(
        [
            over_defaults(predictions, predictions.logit >= temperature * math.log(price), price).more_useful
            for price in prices.tolist()
        ]
    )


def decision_curve(
    predictions: Predictions, temperatures: Mapping[str, float], *, n_resamples: int = RESAMPLES, seed: int = 0
) -> pd.DataFrame:
    """Net benefit at each probability of :data:`GRID` of the models that ``temperatures`` name, one row each.

    Columns: model, probability, tp, fp, net_benefit, treat_all, and gain (net_benefit - treat_all). ``low`` and
    ``high``, ``gain_low`` and ``gain_high`` are pointwise percentile limits of a bootstrap over patients, the same
    resamples for all; NaN where resamples do not vary, or one patient or two have most of the images. Empty without
    images.
    """
    if not predictions.n:
        return pd.DataFrame(columns=_COLUMNS)
    cells = sparse.hstack([_cells(predictions, temperature) for temperature in temperatures.values()], format="csr")
    price = GRID / (1 - GRID)

    def of_resamples(times: FloatArray) -> FloatArray:
        tp, fp, positives, negatives = _treated(times @ cells, len(temperatures))
        n = positives + negatives
        found = (tp - fp * price) / n
        return np.stack([found, found - (positives - negatives * price) / n], axis=1)

    value = of_resamples(np.ones((1, predictions.n_patients)))[0]
    resampled = bootstrap_by_patient(
        of_resamples,
        n_patients=predictions.n_patients,
        n_images=predictions.n,
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    )
    low, high = _limits(value, resampled)
    if few_clusters(np.bincount(predictions.patient_index)):
        low, high = np.full_like(low, math.nan), np.full_like(high, math.nan)
    tp, fp, positives, negatives = _treated(np.asarray(cells.sum(axis=0))[None, :], len(temperatures))
    facts = {
        "probability": np.tile(GRID, len(temperatures)),
        "tp": tp.ravel().astype(np.int64),
        "fp": fp.ravel().astype(np.int64),
        "net_benefit": value[0].ravel(),
        "low": low[0].ravel(),
        "high": high[0].ravel(),
        "treat_all": ((positives - negatives * price) / predictions.n).ravel(),
        "gain": value[1].ravel(),
        "gain_low": low[1].ravel(),
        "gain_high": high[1].ravel(),
    }
    return pd.DataFrame({"model": np.repeat(list(temperatures), len(GRID)), **facts})[_COLUMNS]


def called_at(predictions: Predictions, temperature: float) -> tuple[FloatArray, FloatArray]:
    """True and false positives at each probability of :data:`GRID`, (g,) each; zeros without images."""
    total = np.asarray(_cells(predictions, temperature).sum(axis=0), dtype=np.float64)[None, :]
    tp, fp, _, _ = _treated(total, 1)
    return tp.ravel(), fp.ravel()


def decision_curve_at(
    prevalence: float, tp: FloatArray | int, fp: FloatArray | int, predictions: Predictions
) -> pd.DataFrame:
    """Net benefit at each probability of :data:`GRID` where ``prevalence`` of the patients are ill, by the rates that
    counts of ``predictions`` are: columns probability, net_benefit, treat_all.

    At the images' own prevalence it is :func:`decision_curve`'s. So that sets with other shares of ill are worth as
    much as their rates, and no more (Vickers and Elkin 2006). NaN where a class has no images.
    """
    price = (1 - prevalence) * GRID / (1 - GRID)
    with np.errstate(invalid="ignore"):
        sensitivity, called = np.divide(tp, predictions.n_pos), np.divide(fp, predictions.n_neg)
    worth = prevalence * sensitivity - price * called
    return pd.DataFrame({"probability": GRID, "net_benefit": worth, "treat_all": prevalence - price})


def rates_by_threshold(sweep: ThresholdSweep, temperature: float) -> pd.DataFrame:
    """:func:`core.evaluation.curves.curve` with NPV, F1 and net benefit at each threshold; NaN where undefined."""
    table = curve(sweep)
    tp, fp, tn, fn = (table[cell].to_numpy() for cell in ("tp", "fp", "tn", "fn"))
    scaled = table["threshold"].to_numpy() / temperature
    with np.errstate(invalid="ignore", over="ignore"):
        table["npv"] = tn / (tn + fn)
        table["f1"] = 2 * tp / (2 * tp + fp + fn)
        worth = net_benefit(tp, fp, sweep.n_pos + sweep.n_neg, np.exp(scaled))
    table["net_benefit"] = np.where(expit(scaled) < 1, worth, math.nan)
    return table


def _cells(predictions: Predictions, temperature: float) -> sparse.csr_array:
    """Images of each patient by class and by how many probabilities of the grid they reach, (patients, 2 (g + 1))."""
    thresholds = temperature * np.log(GRID / (1 - GRID))
    reached = np.searchsorted(thresholds, predictions.logit, side="right")
    cell = predictions.y_true * (len(GRID) + 1) + reached
    shape = predictions.n_patients, 2 * (len(GRID) + 1)
    return sparse.csr_array((np.ones(predictions.n), (predictions.patient_index, cell)), shape=shape)


def _treated(total: FloatArray, models: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """True and false positives (b, models, g), and all positives and negatives (b, models, 1), of sums of cells."""
    by_class = total.reshape(len(total), models, 2, len(GRID) + 1)
    reached = np.cumsum(by_class[..., ::-1], axis=-1)[..., ::-1]
    return reached[:, :, 1, 1:], reached[:, :, 0, 1:], reached[:, :, 1, :1], reached[:, :, 0, :1]


def _limits(value: FloatArray, resampled: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Percentile limits of ``resampled`` (r, ...), widened where needed to hold ``value``; NaN where none varies."""
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    flat = high - low <= 1e-12 * np.maximum(1.0, np.abs(value))
    low, high = np.minimum(low, value), np.maximum(high, value)
    return np.where(flat, math.nan, low), np.where(flat, math.nan, high)
