"""The bootstrap intervals that pages show, of one simulated hospital, each beside the truth."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.coverage_kinds import ERRORS, TEMPERATURE, Case, Shown, of_both, shown
from benchmarks.coverage_truth import SLOPE
from core.evaluation.adaptation import intercept_estimate
from core.evaluation.calibration import errors_of_logits, fit_temperature
from core.evaluation.calibration_change import calibration_changes
from core.evaluation.discrimination import auprc
from core.evaluation.intervals import Estimate
from core.evaluation.operating_point import choose_best_f1, choose_with_floor, choose_youden, just_meeting_floor
from core.evaluation.prior_shift import inferred_prevalence
from core.evaluation.threshold_interval import threshold_interval
from core.evaluation.utility import GRID, decision_curve

AWAY = 0.05
"""From which expected calibration error on it counts as away from zero."""
ENDS = ("before", "after")


def resampled(case: Case, n_resamples: int) -> Iterator[Shown]:
    errors = case.met(of_both(case.cells(0.0)))
    area = auprc(case.validation, n_resamples=n_resamples)
    yield shown("AUPRC", "", area, case.population.average_precision, errors)
    scaling = fit_temperature(case.validation, n_resamples=n_resamples)
    yield shown("temperature", "", scaling.temperature, case.population.temperature, errors)
    shift = intercept_estimate(case.validation, TEMPERATURE, n_resamples=n_resamples)
    yield shown("intercept, adapted", "", shift, case.population.calibration(TEMPERATURE)["intercept"], errors)
    yield from calibration(case, n_resamples, errors)
    yield from inferred(case, n_resamples, errors)
    yield from net_benefits(case, n_resamples)
    yield from thresholds(case, n_resamples)


def calibration(case: Case, n_resamples: int, errors: bool) -> Iterator[Shown]:
    """Every measure before and after a temperature, and the change; calibration errors as shown, and debiased."""
    found = calibration_changes(case.validation, temperature=TEMPERATURE, n_resamples=n_resamples)
    before, after = case.population.calibration(1.0), case.population.calibration(TEMPERATURE)
    for measure, change in found.items():
        truths = {"before": before[measure], "after": after[measure], "change": after[measure] - before[measure]}
        for when, truth in truths.items():
            estimate = getattr(change, when)
            if not measure.endswith("ece"):
                yield shown(measure, when, estimate, truth, errors)
                continue
            away = all(truths[end] >= AWAY for end in (ENDS if when == "change" else (when,)))
            yield shown(measure, when, estimate, truth, errors and away)
            yield shown(f"{measure}, debiased", when, debiased(estimate), truth, errors and away)
    perfect = SLOPE * case.validation.logit + np.log(case.setting.prevalence / (1 - case.setting.prevalence))
    ece = errors_of_logits(case.validation, perfect, n_resamples=n_resamples).ece
    yield shown("ece", "of true probabilities", ece, 0.0, False)
    yield shown("ece, debiased", "of true probabilities", debiased(ece), 0.0, False)


def debiased(estimate: Estimate) -> Estimate:
    """The basic bootstrap interval (Davison and Hinkley 1997, section 5.2): the percentile limits, reflected at the
    value. What resampling adds to a calibration error is taken off as often as it was added."""
    return Estimate(
        value=estimate.value, low=2 * estimate.value - estimate.high, high=2 * estimate.value - estimate.low, method=""
    )


def inferred(case: Case, n_resamples: int, errors: bool) -> Iterator[Shown]:
    """The prevalence inferred on a test split in which nothing but prevalence changed, at the right temperature."""
    if not (case.validation.n_pos and case.validation.n_neg):
        return
    found = inferred_prevalence(case.validation, case.test, 1 / SLOPE, n_resamples=n_resamples)
    yield shown("inferred prevalence", "", found.test, case.test_population.prevalence, errors)
    yield shown("inferred prevalence - true", "", found.difference, 0.0, errors)


def net_benefits(case: Case, n_resamples: int) -> Iterator[Shown]:
    """The band of a decision curve, at three of its probabilities."""
    table = decision_curve(case.validation, {"model": 1.0}, n_resamples=n_resamples).set_index("probability")
    for probability in (GRID[9], GRID[29], GRID[49]):
        threshold, price = float(np.log(probability / (1 - probability))), probability / (1 - probability)
        row = table.loc[probability]
        model = case.population.net_benefit(threshold, price)
        gain = model - case.population.net_benefit(-np.inf, price)
        met = case.met(of_both(case.cells(threshold)))
        for kind, low, high, truth in (
            ("decision curve", "low", "high", model),
            ("decision curve - treat all", "gain_low", "gain_high", gain),
        ):
            limits = Estimate(value=0.0, low=row[low], high=row[high], method="")
            yield shown(kind, f"at {probability:g}", limits, truth, met)


def thresholds(case: Case, n_resamples: int) -> Iterator[Shown]:
    """The chosen threshold's own interval: of floors by the ordinary bootstrap, of Youden and F1 m out of n."""
    floors = {"sensitivity_0.95": ("sensitivity", "0.95"), "specificity_0.90": ("specificity", "0.90")}
    for rule, choose in {**dict.fromkeys(floors), "youden": choose_youden, "best_f1": choose_best_f1}.items():
        truth, just_met = case.population.chosen(rule), None
        if choose is None:
            rate, least = floors[rule]
            choose, just_met = (
                partial(find, rate=rate, floor=least) for find in (choose_with_floor, just_meeting_floor)
            )
        estimate = threshold_interval(
            case.validation, choose, smooth=rule in floors, just_met=just_met, n_resamples=n_resamples
        )
        cell = case.cells(truth)
        met = rule in floors and case.met(ERRORS[floors[rule][0]](cell))
        yield shown(f"threshold of {rule}", "" if rule in floors else "m out of n", estimate, truth, met)
