"""The intervals of one set against another, of levels against the rest, and of a gain over the better default."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.special import expit, ndtr

from benchmarks.coverage_hospitals import DISTANCE
from benchmarks.coverage_kinds import FIXED, TEMPERATURE, Case, Shown, of_both, shown
from benchmarks.coverage_truth import SLOPE
from core.evaluation.comparing.set_figures import set_figures, set_gaps
from core.evaluation.comparing.subgroups import subgroups
from core.evaluation.predictions import Predictions
from core.evaluation.worth.utility import net_benefit_at

LEVELS = np.array(["a", "b", "c", "d"], dtype=object)
SHARES = np.array([0.4, 0.3, 0.2, 0.1])
LOWER = np.array([0.0, 0.0, 0.8, 0.0])
"""How much lower the scores of the ill of each level lie."""
GAPS = {"auroc": "AUROC", "auprc": "AUPRC", "brier": "Brier score", "slope": "calibration slope"}

_SCORES = np.linspace(-10.0, 10.0, 4001)


def of_sets(case: Case) -> Iterator[Shown]:
    yield from gaps(case)
    yield from over_better(case)
    yield from levels_at_once(case)


def gaps(case: Case) -> Iterator[Shown]:
    """Test less validation, whose scores are alike in each class and whose prevalence differs."""
    found = set_gaps(*(set_figures(split, TEMPERATURE) for split in (case.validation, case.test)))
    here, there = case.population, case.test_population
    truth = {
        "auroc": 0.0,
        "auprc": there.average_precision - here.average_precision,
        "brier": there.calibration(TEMPERATURE)["brier"] - here.calibration(TEMPERATURE)["brier"],
        "slope": 0.0,
    }
    met = case.met(of_both(case.cells(0.0)))
    for measure, name in GAPS.items():
        yield shown(f"{name}, test - validation", "", found[measure], truth[measure], met)


def over_better(case: Case) -> Iterator[Shown]:
    """The gain over the better of calling everyone and no one positive, at a threshold's own probability.

    Its interval holds in at least 95 %, and where one default is far worse in 96 to 98 %: no cell is judged by 97 %.
    """
    for threshold in FIXED:
        found = net_benefit_at(case.validation, threshold, 1.0)
        model = case.population.net_benefit(threshold, found.price)
        truth = min(model, model - case.population.net_benefit(-math.inf, found.price))
        yield shown("net benefit - better default", f"at {threshold:g}", found.over.better, truth, False)


def levels_at_once(case: Case) -> Iterator[Shown]:
    """Whether all differences of four levels from the rest hold at once, of which one level is truly worse."""
    split, rng = case.validation, case.rng
    level = rng.choice(len(LEVELS), split.n_patients, p=SHARES)[split.patient_index]
    seen = Predictions(
        image_id=split.image_id,
        patient_id=split.patient_id,
        y_true=split.y_true,
        logit=split.logit - LOWER[level] * split.y_true,
        subgroups={"level": LEVELS[level]},
    )
    found, truth = subgroups(seen, "level", threshold=0.0, temperature=1.0), _differences(case.setting.prevalence)
    held = [
        comparison.difference.low <= truth[measure][group.name] <= comparison.difference.high
        for group in found.groups
        for measure, comparison in group.comparisons.items()
        if not math.isnan(comparison.difference.low)
    ]
    met = case.met(of_both(case.cells(0.0)) * SHARES.min(), SHARES.min())
    yield Shown("subgroup differences, all at once", "", False, met, float(all(held)) if held else math.nan)


def _differences(prevalence: float) -> dict[str, dict[str, float]]:
    """Each level less the rest, in each measure of :mod:`core.evaluation.comparing.subgroups`, by the level's name."""
    ill = _density(_SCORES[:, None] - (DISTANCE - LOWER)) * (_SCORES[1] - _SCORES[0])
    well = _density(_SCORES + DISTANCE) * (_SCORES[1] - _SCORES[0])
    p = expit(_SCORES)
    figures = {
        "sensitivity": ndtr(DISTANCE - LOWER),
        "specificity": np.full(len(LEVELS), ndtr(DISTANCE)),
        "auroc": ndtr((SLOPE - LOWER) / math.sqrt(2)),
        "calibration_gap": prevalence * (p @ ill - 1) + (1 - prevalence) * (p @ well),
    }
    rest = (SHARES * (1 - np.eye(len(LEVELS)))) / (1 - SHARES)[:, None]
    return {
        measure: dict(zip(LEVELS.tolist(), (values - rest @ values).tolist(), strict=True))
        for measure, values in figures.items()
    }


def _density(score: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-(score**2) / 2) / math.sqrt(2 * math.pi))
