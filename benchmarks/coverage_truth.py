"""What is true of the hospitals that ``coverage.py`` simulates: every figure of all patients, not of a sample.

A patient's number of images says nothing of its scores, so a ratio of sums over images tends to the same ratio for one
image of each patient, and what holds of one image (a mixture of two normal distributions) is the truth for any number
of images. Integrals are sums over a fine grid of scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit, ndtr, ndtri

from benchmarks.coverage_hospitals import DISTANCE, true_sensitivity, true_specificity
from core.evaluation.calibration.reliability import N_BINS
from core.evaluation.predictions import FloatArray

SLOPE = 2 * DISTANCE
"""The log odds of a score s are SLOPE s + log(prevalence / (1 - prevalence))."""
AUROC = float(ndtr(SLOPE / math.sqrt(2)))

_SCORES: FloatArray = np.linspace(-10.0, 10.0, 200_001)
_STEP = 1e-4


class Cells(NamedTuple):
    """Shares of all images, or expected numbers of patients, in the four cells of a threshold."""

    tp: float
    fp: float
    tn: float
    fn: float


@dataclass(frozen=True)
class Population:
    """All patients of one kind of hospital, of whom a share ``prevalence`` is ill."""

    prevalence: float
    _kept: dict[float, dict[str, float]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _ill(self) -> FloatArray:
        return self.prevalence * _density(_SCORES - DISTANCE)

    @cached_property
    def _well(self) -> FloatArray:
        return (1 - self.prevalence) * _density(_SCORES + DISTANCE)

    def cells(self, threshold: float, patients: float = 1.0) -> Cells:
        """The four cells, of so many ``patients`` with one image each."""
        ill, well = patients * self.prevalence, patients * (1 - self.prevalence)
        tp, tn = ill * true_sensitivity(threshold), well * true_specificity(threshold)
        return Cells(tp=tp, fp=well - tn, tn=tn, fn=ill - tp)

    def rates(self, threshold: float) -> dict[str, float]:
        """Every rate of :func:`core.evaluation.choosing.operating_point.rates`."""
        tp, fp, tn, fn = self.cells(threshold)
        sensitivity, specificity = true_sensitivity(threshold), true_specificity(threshold)
        return {
            "sensitivity": sensitivity,
            "specificity": specificity,
            "precision": tp / (tp + fp),
            "npv": tn / (tn + fn),
            "accuracy": tp + tn,
            "balanced_accuracy": (sensitivity + specificity) / 2,
            "f1": 2 * tp / (2 * tp + fp + fn),
            "lr_positive": sensitivity / (1 - specificity),
            "lr_negative": (1 - sensitivity) / specificity,
        }

    def chosen(self, rule: str) -> float:
        """The threshold that a rule of :data:`~core.evaluation.choosing.operating_point.RULES` chooses of all."""
        thresholds = {
            "youden": 0.0,
            "specificity_0.90": -DISTANCE + float(ndtri(0.90)),
            "sensitivity_0.95": DISTANCE - float(ndtri(0.95)),
        }
        return self._best_f1 if rule == "best_f1" else thresholds[rule]

    @cached_property
    def _best_f1(self) -> float:
        return float(minimize_scalar(lambda t: -self.rates(t)["f1"], bounds=(-2, 2), method="bounded").x)

    @cached_property
    def average_precision(self) -> float:
        """The integral of precision over recall."""
        positive, negative = ndtr(DISTANCE - _SCORES), ndtr(-DISTANCE - _SCORES)
        called = self.prevalence * positive + (1 - self.prevalence) * negative
        return float(self._ill @ (positive / called))

    def mean(self, of_ill: FloatArray, of_well: FloatArray) -> float:
        """The mean over images of a value of ill and one of well ones, functions of the score."""
        return float(self._ill @ of_ill + self._well @ of_well)

    def calibration(self, temperature: float) -> dict[str, float]:
        """The measures of ``expit(score / temperature)``, as :mod:`core.evaluation.calibration.change` names them.

        Kept, as every hospital of a kind is judged by them.
        """
        if temperature not in self._kept:
            self._kept[temperature] = self._calibration(temperature)
        return self._kept[temperature]

    def _calibration(self, temperature: float) -> dict[str, float]:
        scaled = _SCORES / temperature
        p = expit(scaled)
        equal_mass = np.minimum((self._of_all.cumsum() * N_BINS).astype(int), N_BINS - 1)
        return {
            "nll": self.mean(np.logaddexp(0, -scaled), np.logaddexp(0, scaled)),
            "brier": self.mean(np.square(1 - p), np.square(p)),
            "ece": self._mean_gap(p, np.ceil(p * N_BINS).astype(int) - 1),
            "adaptive_ece": self._mean_gap(p, equal_mass),
            "intercept": self._root(lambda shift: float(self._of_all @ expit(scaled + shift)) - self.prevalence),
            "slope": SLOPE * temperature,
            "gap": float(self._of_all @ p) - self.prevalence,
        }

    def share_in_bin(self, number: int, temperature: float) -> tuple[float, float]:
        """Ill and well images in one of the 15 bins of equal width, as shares of all."""
        low, high = (temperature * float(logit(edge / N_BINS)) for edge in (number, number + 1))
        above, below = self.cells(low), self.cells(high)
        return above.tp - below.tp, above.fp - below.fp

    @cached_property
    def temperature(self) -> float:
        """The temperature with the least negative log likelihood."""

        def slope(beta: float) -> float:
            wrong = expit(-beta * _SCORES), expit(beta * _SCORES)
            return self.mean(-_SCORES * wrong[0], _SCORES * wrong[1])

        return 1 / self._root(slope, 0.01, 100.0)

    def net_benefit(self, threshold: float, price: float) -> float:
        tp, fp, _, _ = self.cells(threshold)
        return tp - price * fp

    @cached_property
    def _of_all(self) -> FloatArray:
        return self._ill + self._well

    def _mean_gap(self, p: FloatArray, bins: FloatArray) -> float:
        difference = self._of_all * p - self._ill
        return float(np.abs(np.bincount(np.clip(bins, 0, N_BINS - 1), weights=difference)).sum())

    @staticmethod
    def _root(function: Callable[[float], float], low: float = -30.0, high: float = 30.0) -> float:
        return float(brentq(function, low, high, xtol=1e-10))


def _density(score: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-(score**2) / 2) / math.sqrt(2 * math.pi) * _STEP)
