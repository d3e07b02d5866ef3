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
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import clustered_mean
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.sweep import ThresholdSweep
from core.evaluation.worth.better_default import FN, FP, TN, TP, OverDefaults, over_defaults, over_defaults_of

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
    "more_useful",
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


def decision_curve(predictions: Predictions, temperatures: Mapping[str, float]) -> pd.DataFrame:
    """Net benefit at each probability of :data:`GRID` of the models that ``temperatures`` name, one row each.

    Columns: model, probability, tp, fp, net_benefit, treat_all, and gain (net_benefit - treat_all). ``low`` and
    ``high``, ``gain_low`` and ``gain_high`` are pointwise those of :func:`net_benefit_at`; ``more_useful`` is whether
    it is clearly worth more than both defaults, each probability judged alone. Empty without images.
    """
    if not predictions.n:
        return pd.DataFrame(columns=_COLUMNS)
    rows = []
    for model, temperature in temperatures.items():
        images, products = _sums(predictions, temperature)
        for probability, own, multiplied in zip(GRID.tolist(), images, products, strict=True):
            price = probability / (1 - probability)
            over = over_defaults_of(own, multiplied, price)
            treat_all = (own[TP] + own[FN] - price * (own[FP] + own[TN])) / predictions.n
            worth, gain = over.no_one, over.everyone
            limits = (treat_all, gain.value, gain.low, gain.high, over.more_useful)
            rows.append((model, probability, own[TP], own[FP], worth.value, worth.low, worth.high, *limits))
    return pd.DataFrame(rows, columns=_COLUMNS)


def called_at(predictions: Predictions, temperature: float) -> tuple[FloatArray, FloatArray]:
    """True and false positives at each probability of :data:`GRID`, (g,) each; zeros without images."""
    images, _ = _sums(predictions, temperature)
    return images[:, TP].astype(np.float64), images[:, FP].astype(np.float64)


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


def _sums(predictions: Predictions, temperature: float) -> tuple[IntArray, IntArray]:
    """What :func:`~core.evaluation.worth.better_default.over_defaults_of` takes at each probability of :data:`GRID`:
    images (g, 4) and products (g, 4, 4).

    Of all probabilities at once: each patient's images are counted by class and by how many of them they reach, and
    the products of those counts summed over the patients; a cell is a sum of such counts.
    """
    reached = np.searchsorted(temperature * np.log(GRID / (1 - GRID)), predictions.logit, side="right")
    levels = len(GRID) + 1
    where = predictions.patient_index, predictions.y_true * levels + reached
    counts = sparse.csr_array((np.ones(predictions.n), where), shape=(predictions.n_patients, 2 * levels))
    called = np.arange(levels) > np.arange(len(GRID))[:, None]
    nothing = np.zeros_like(called)
    cells = np.stack(
        [np.hstack(pair) for pair in ((nothing, called), (called, nothing), (nothing, ~called), (~called, nothing))],
        axis=1,
    ).astype(np.float64)
    images, products = cells @ counts.sum(axis=0), cells @ (counts.T @ counts).toarray() @ cells.transpose(0, 2, 1)
    return images.astype(np.int64), products.astype(np.int64)
