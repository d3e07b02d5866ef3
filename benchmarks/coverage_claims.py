"""How often test's two claims are wrong, in the simulated hospitals of ``coverage.py``.

Validation and test of a hospital are of one distribution, so whatever is said to differ is said wrongly. A promise is
judged by the rate that the threshold truly has: of the thresholds that floors choose on validation, and of fixed ones
whose true rate is the floor itself, where both verdicts are as good as wrong and each is bounded by 2.5 %.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from benchmarks.coverage_hospitals import TRUTH, Setting, hospital, monte_carlo_error
from benchmarks.coverage_truth import Population
from core.evaluation.choosing.operating_point import FLOORS, OperatingPoint
from core.evaluation.choosing.optimism import choices, optimism, optimism_by_threshold
from core.evaluation.comparing.delivery import judgement_at
from core.evaluation.comparing.difference_from_validation import differences
from core.evaluation.comparing.promise import Verdict
from core.evaluation.sweep import ThresholdSweep, threshold_sweep

RESAMPLES = 40
BOUND, DIFFERS_BOUND = 0.025, 0.05
_RULES = choices(FLOORS)
_COUNTED = (
    "held wrongly",
    "broken wrongly",
    "held at the floor",
    "broken at the floor",
    "broken",
    "differs wrongly",
    "plain gap",
)


def claims(settings: Iterable[Setting], number: int, n_resamples: int = RESAMPLES) -> pd.DataFrame:
    """One row a setting. Verdicts are shares of the promises of both floors: ``held wrongly`` and ``broken wrongly`` by
    what the chosen threshold truly does, the same ``at the floor``, and ``broken`` whether rightly or not.

    ``differs wrongly`` is the share of hospitals in which any rate at any threshold is said to differ, ``plain gap``
    that in which an uncorrected 95 % interval alone would say so. ``±`` is the Monte Carlo error of a share of 5 %.
    """
    rows = []
    for setting in settings:
        hospitals = max(2, number // 5 if setting.n_patients >= 5000 else number)
        rng = np.random.default_rng([setting.n_patients, round(1000 * setting.prevalence), setting.most_images, 99])
        found = [_of_hospital(setting, rng, n_resamples, seed) for seed in range(hospitals)]
        rows.append(
            {
                "patients": setting.n_patients,
                "prevalence": setting.prevalence,
                "images": "1" if setting.most_images == 1 else f"1 to {setting.most_images}",
                **dict(zip(_COUNTED, np.mean(found, axis=0).tolist(), strict=True)),
                "±": float(monte_carlo_error(np.float64(DIFFERS_BOUND), hospitals)),
                "hospitals": hospitals,
            }
        )
    return pd.DataFrame(rows)


def _of_hospital(setting: Setting, rng: np.random.Generator, n_resamples: int, seed: int) -> list[float]:
    validation, test = (hospital(rng, setting.n_patients, setting.prevalence, setting.most_images) for _ in range(2))
    before, after = threshold_sweep(validation), threshold_sweep(test)
    added = optimism_by_threshold(before, _RULES, optimism(validation, _RULES, n_resamples=n_resamples, seed=seed))
    compared = [own for rates in differences(before, after, added).values() for own in rates.values()]
    points = dict(zip(("", *FLOORS, ""), (rule(before) for rule in _RULES), strict=True))
    verdicts = np.zeros(5)
    for rate, floor in FLOORS.items():
        point, at_floor = points[rate], Population(setting.prevalence).chosen(f"{rate}_{floor}")
        if isinstance(point, OperatingPoint):
            verdict = _verdict(after, point.threshold, rate, floor)
            met = TRUTH[rate](point.threshold) >= float(floor)
            verdicts[0] += verdict is Verdict.HELD and not met
            verdicts[1] += verdict is Verdict.BROKEN and met
            verdicts[4] += verdict is Verdict.BROKEN
        verdict = _verdict(after, at_floor, rate, floor)
        verdicts[2] += verdict is Verdict.HELD
        verdicts[3] += verdict is Verdict.BROKEN
    plain = any(own.gap.low > 0 or own.gap.high < 0 for own in compared)
    return [*(verdicts / len(FLOORS)), any(own.differs for own in compared), plain]


def _verdict(test: ThresholdSweep, threshold: float, rate: str, floor: str) -> Verdict:
    return judgement_at(test, threshold, rate, floor).verdict


def report_claims(table: pd.DataFrame) -> str:
    """The table of :func:`claims`, and how many settings leave what is said by more than Monte Carlo error."""
    verdicts = table[["held wrongly", "broken wrongly", "held at the floor", "broken at the floor"]]
    # Two promises of two classes a hospital.
    error = monte_carlo_error(np.float64(BOUND), 2 * table["hospitals"])
    beyond = (verdicts.sub(error, axis=0) > BOUND).any(axis=1) | (table["differs wrongly"] - table["±"] > DIFFERS_BOUND)
    return "\n".join(
        [
            "Two claims: promises judged by what a threshold truly does (held and broken wrongly: at most 0.025 each),",
            "and sets of one distribution said to differ (at most 0.05); broken and plain gap are not bounded",
            table.to_string(index=False, float_format="{:.4f}".format),
            f"settings beyond Monte Carlo error: {int(beyond.sum())} of {len(table)}",
        ]
    )
