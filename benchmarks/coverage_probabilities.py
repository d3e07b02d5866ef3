"""The intervals of probabilities and areas that pages show, of one simulated hospital, each beside the truth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.coverage_kinds import TEMPERATURE, Case, Shown, of_both, shown
from benchmarks.coverage_truth import SLOPE
from core.evaluation.calibration.change import calibration_changes
from core.evaluation.calibration.probability import errors_of_logits, fit_temperature
from core.evaluation.comparing.adaptation import intercept_estimate
from core.evaluation.estimates.discrimination import auprc

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
    perfect = SLOPE * case.validation.logit + np.log(case.setting.prevalence / (1 - case.setting.prevalence))
    yield shown("ece", "of true probabilities", errors_of_logits(case.validation, perfect).ece_debiased, 0.0, False)
