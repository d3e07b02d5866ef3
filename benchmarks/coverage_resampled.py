"""The bootstrap intervals that pages show, of one simulated hospital, each beside the truth."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.coverage_kinds import ERRORS, Case, Shown, of_both, shown
from benchmarks.coverage_truth import SLOPE
from core.evaluation.choosing.operating_point import (
    choose_best_f1,
    choose_with_floor,
    choose_youden,
    just_meeting_floor,
)
from core.evaluation.choosing.threshold_interval import threshold_interval
from core.evaluation.comparing.prior_shift import inferred_prevalence
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.worth.utility import GRID, decision_curve


def resampled(case: Case, n_resamples: int) -> Iterator[Shown]:
    yield from inferred(case, n_resamples, case.met(of_both(case.cells(0.0))))
    yield from net_benefits(case)
    yield from thresholds(case, n_resamples)


def inferred(case: Case, n_resamples: int, errors: bool) -> Iterator[Shown]:
    """The prevalence inferred on a test split in which nothing but prevalence changed, at the right temperature."""
    if not (case.validation.n_pos and case.validation.n_neg):
        return
    found = inferred_prevalence(case.validation, case.test, 1 / SLOPE, n_resamples=n_resamples)
    yield shown("inferred prevalence", "", found.test, case.test_population.prevalence, errors)
    yield shown("inferred prevalence - true", "", found.difference, 0.0, errors)


def net_benefits(case: Case) -> Iterator[Shown]:
    """The band of a decision curve, at three of its probabilities."""
    table = decision_curve(case.validation, {"model": 1.0}).set_index("probability")
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
