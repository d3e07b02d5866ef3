"""The paired intervals of two models on the same images, and how often two that are alike are said to differ.

The second model scores the patients of a simulated hospital around +1.4 or -1.4, less well than the first, and its
errors are correlated with the first one's by 0.6, those of one patient's images like the first one's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
from scipy.special import expit, ndtr, ndtri

from benchmarks.coverage_hospitals import ALIKE, DISTANCE
from benchmarks.coverage_kinds import FIXED, TEMPERATURE, Case, Shown, of_both, shown
from core.evaluation.comparing.matched import MATCHED, matched
from core.evaluation.comparing.paired import Model, Worth, compare
from core.evaluation.predictions import FloatArray, Predictions

WEAKER = 1.4
TOGETHER = 0.6
AT = Worth(prevalence=0.1, alarms_a_miss=10.0)
NAMES = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "brier": "Brier score",
    "slope": "calibration slope",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "precision": "PPV",
    "npv": "NPV",
    "net_benefit": "net benefit",
}
OF_THRESHOLDS = ("sensitivity", "specificity", "precision", "npv", "net_benefit")
RESAMPLES = 200

_SCORES = np.linspace(-10.0, 10.0, 20_001)


def of_pairs(case: Case) -> Iterator[Shown]:
    first = case.validation
    weaker, alike = (second_model(first, distance, case.rng) for distance in (WEAKER, DISTANCE))
    met = case.met(of_both(case.cells(0.0)))
    for threshold in FIXED:
        at = f"at {threshold:g}"
        found = compare(_model(first, threshold), _model(weaker, threshold), worth=AT).figures
        truth = true_differences(threshold, case.setting.prevalence)
        here = case.met(of_both(case.cells(threshold)))
        for name in NAMES:
            if name in OF_THRESHOLDS or threshold == 0:
                where, holds = (at, here) if name in OF_THRESHOLDS else ("", met)
                yield shown(f"{NAMES[name]}, paired", where, found[name].difference, truth[name], holds)
    same = compare(_model(first, 0.0), _model(alike, 0.0))
    assert same.mcnemar is not None
    for name, p in (("AUROC", same.figures["auroc"].p), ("McNemar", same.mcnemar.p)):
        yield Shown(f"{name}, models alike", "p value", False, met, math.nan if math.isnan(p) else float(p > 0.05))
    reader = matched(first, weaker, 0.0, n_resamples=RESAMPLES)
    rate = float(ndtr(WEAKER))
    for name in MATCHED:
        yield shown(f"{name} at the reader's other rate", "", reader[name].difference, _at_same(rate) - rate, met)


def second_model(first: Predictions, distance: float, rng: np.random.Generator) -> Predictions:
    """Another model's scores of the images of the ``first``, around plus or minus ``distance``."""
    side = np.where(first.y_true == 1, 1.0, -1.0)
    of_patient = rng.normal(scale=math.sqrt(ALIKE), size=first.n_patients)[first.patient_index]
    fresh = of_patient + rng.normal(scale=math.sqrt(1 - ALIKE), size=first.n)
    rest = TOGETHER * (first.logit - side * DISTANCE) + math.sqrt(1 - TOGETHER**2) * fresh
    return replace(first, logit=side * distance + rest)


@cache
def true_differences(threshold: float, prevalence: float) -> dict[str, float]:
    """The first model less the second in each of :data:`NAMES`, both at one ``threshold``."""
    one, other = (_truth(distance, threshold, prevalence) for distance in (DISTANCE, WEAKER))
    return {name: one[name] - other[name] for name in one}


def _truth(distance: float, threshold: float, prevalence: float) -> dict[str, float]:
    sensitivity, specificity = float(ndtr(distance - threshold)), float(ndtr(distance + threshold))
    tp, fp = prevalence * sensitivity, (1 - prevalence) * (1 - specificity)
    tn, fn = (1 - prevalence) * specificity, prevalence * (1 - sensitivity)
    ill, well = (_density(_SCORES - side * distance) for side in (1, -1))
    called = [share * ndtr(side * distance - _SCORES) for share, side in ((prevalence, 1), (1 - prevalence, -1))]
    p = expit(_SCORES / TEMPERATURE)
    return {
        "auroc": float(ndtr(math.sqrt(2) * distance)),
        "auprc": float(ill @ (called[0] / (called[0] + called[1]))),
        "brier": float(prevalence * ill @ np.square(1 - p) + (1 - prevalence) * well @ np.square(p)),
        "slope": 2 * distance * TEMPERATURE,
        "sensitivity": sensitivity,
        "specificity": specificity,
        "precision": tp / (tp + fp),
        "npv": tn / (tn + fn),
        "net_benefit": AT.prevalence * sensitivity - (1 - AT.prevalence) * (1 - specificity) * AT.price,
    }


def _at_same(rate: float) -> float:
    """The first model's other rate where its one rate is ``rate``."""
    return float(ndtr(2 * DISTANCE - ndtri(rate)))


def _model(predictions: Predictions, threshold: float) -> Model:
    return Model(predictions=predictions, threshold=threshold, temperature=TEMPERATURE)


def _density(score: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-(score**2) / 2) / math.sqrt(2 * math.pi) * (_SCORES[1] - _SCORES[0]))
