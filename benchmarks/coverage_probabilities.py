"""The intervals of probabilities and areas that pages show, of one simulated hospital, each beside the truth."""

from __future__ import annotations

import math
from collections.abc import Iterator

from scipy.special import expit

from benchmarks.coverage_kinds import TEMPERATURE, Case, Shown, of_both, shown
from benchmarks.coverage_truth import SLOPE
from core.evaluation.calibration.change import calibration_changes
from core.evaluation.calibration.probability import errors_of_logits, fit_temperature
from core.evaluation.calibration.smooth import smooth_curve
from core.evaluation.comparing.adaptation import intercept_estimate
from core.evaluation.estimates.discrimination import auprc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import FloatArray

AWAY = 0.05
"""From which expected calibration error on it counts as away from zero."""
ENDS = ("before", "after")


def of_probabilities(case: Case) -> Iterator[Shown]:
    errors = case.met(of_both(case.cells(0.0)))
    yield shown("AUPRC", "", auprc(case.validation), case.population.average_precision, errors)
    temperature = fit_temperature(case.validation).temperature
    yield shown("temperature", "", temperature, case.population.temperature, errors)
    shift = intercept_estimate(case.validation, TEMPERATURE)
    yield shown("intercept, adapted", "", shift, case.population.calibration(TEMPERATURE)["intercept"], errors)
    yield from calibration(case, errors)
    yield from smooth_calibration(case, errors)


def calibration(case: Case, errors: bool) -> Iterator[Shown]:
    """Every measure before and after a temperature, and the change; of true probabilities the error that is shown."""
    found = calibration_changes(case.validation, temperature=TEMPERATURE)
    before, after = case.population.calibration(1.0), case.population.calibration(TEMPERATURE)
    for measure, change in found.items():
        truths = {"before": before[measure], "after": after[measure], "change": after[measure] - before[measure]}
        for when, truth in truths.items():
            met = errors
            if measure.endswith("ece"):
                met = errors and all(truths[end] >= AWAY for end in (ENDS if when == "change" else (when,)))
            yield shown(measure, when, getattr(change, when), truth, met)
    perfect = errors_of_logits(case.validation, true_log_odds(case))
    yield shown("ece", "of true probabilities", perfect.ece_debiased, 0.0, False)


def smooth_calibration(case: Case, errors: bool) -> Iterator[Shown]:
    """The band of the smooth curve of true probabilities, at three of its points: a straight line, which smoothing
    leaves where it is."""
    curve = smooth_curve(case.validation, expit(true_log_odds(case)))
    if curve is None:
        return
    for quarter in (1, 2, 3):
        at = quarter * len(curve.predicted) // 4
        limits = Estimate(value=curve.observed[at], low=curve.low[at], high=curve.high[at], method="")
        yield shown("smooth calibration curve", f"{quarter} of 4", limits, curve.predicted[at], errors)


def true_log_odds(case: Case) -> FloatArray:
    return SLOPE * case.validation.logit + math.log(case.setting.prevalence / (1 - case.setting.prevalence))
