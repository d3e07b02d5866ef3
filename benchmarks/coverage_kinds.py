"""The intervals with a closed form that pages show, of one simulated hospital, each beside the truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from benchmarks.coverage_hospitals import DISTANCE, Setting, true_sensitivity, true_specificity
from benchmarks.coverage_truth import AUROC, Cells, Population
from core.evaluation.calibration.probability import probability
from core.evaluation.calibration.reliability import reliability_bins
from core.evaluation.choosing.operating_point import (
    OperatingPoint,
    choose_operating_points,
    predictive_values_at,
    rates,
)
from core.evaluation.choosing.triage import referred
from core.evaluation.comparing import rest_comparison
from core.evaluation.comparing.robustness import paired_change
from core.evaluation.comparing.shift import median, prevalence_shift
from core.evaluation.estimates.difference import gap
from core.evaluation.estimates.discrimination import auroc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import clustered_mean
from core.evaluation.predictions import Predictions
from core.evaluation.roc_band import roc_band
from core.evaluation.sweep import ThresholdSweep
from core.evaluation.worth import consequences
from core.evaluation.worth.cost_curve import threshold_cost
from core.evaluation.worth.utility import net_benefit_at

FIXED = (-1.0, 0.0, 1.0)
CLINIC = 0.1
TEMPERATURE = 1 / 3
MOVED = 0.5
"""How far lower all scores of the test split lie."""
BIN = 7
FEWEST_PATIENTS, FEWEST_ERRORS = 30, 5


class Shown(NamedTuple):
    """One interval, where it was taken, whether the issue's conditions hold there, and whether it holds the truth.

    ``holds`` is NaN where there is no interval. ``chosen``: at a threshold chosen on the same data.
    """

    kind: str
    where: str
    chosen: bool
    met: bool
    holds: float


@dataclass(frozen=True, kw_only=True)
class Case:
    """Two splits of one hospital and what is true of each; in ``test`` fewer or more are ill, with the same scores."""

    setting: Setting
    validation: Predictions
    test: Predictions
    population: Population
    test_population: Population
    sweep: ThresholdSweep
    test_sweep: ThresholdSweep
    rng: np.random.Generator

    def met(self, errors: float, share: float = 1.0) -> bool:
        """Whether each class has a G of at least 30 (Kish) and ``errors``, an expected number, is at least 5."""
        patients = self.setting.n_patients * share * self.setting.worth
        ill = patients * self.setting.prevalence
        return min(ill, patients - ill) >= FEWEST_PATIENTS and errors >= FEWEST_ERRORS

    def cells(self, threshold: float) -> Cells:
        """Expected patients, one image each, in the four cells."""
        return self.population.cells(threshold, self.setting.n_patients)


ERRORS: Mapping[str, Callable[[Cells], float]] = {
    "sensitivity": lambda cell: min(cell.tp, cell.fn),
    "specificity": lambda cell: min(cell.tn, cell.fp),
    "precision": lambda cell: min(cell.tp, cell.fp),
    "npv": lambda cell: min(cell.tn, cell.fn),
    "accuracy": lambda cell: cell.fp + cell.fn,
    "f1": lambda cell: cell.fp + cell.fn,
}
"""The expected errors that a rate rests on; of what needs both rates the fewer of the two."""


def of_both(cell: Cells) -> float:
    return min(cell)


def shown(kind: str, where: str, estimate: Estimate, truth: float, met: bool, chosen: bool = False) -> Shown:
    known = not (math.isnan(estimate.low) or math.isnan(estimate.high))
    holds = float(estimate.low <= truth <= estimate.high) if known else math.nan
    return Shown(kind, where, chosen, met, holds)


def closed_forms(case: Case) -> Iterator[Shown]:
    for threshold in FIXED:
        yield from at_threshold(case, threshold, f"at {threshold:g}", case.cells(threshold), chosen=False)
    for point in choose_operating_points(case.sweep):
        if isinstance(point, OperatingPoint):
            expected = case.cells(case.population.chosen(point.name))
            yield from at_threshold(case, point.threshold, point.name, expected, chosen=True)
    yield every_threshold(case)
    yield from without_threshold(case)
    yield from comparisons(case)
    yield from two_thresholds(case)
    yield from costs(case)


def at_threshold(case: Case, threshold: float, where: str, cell: Cells, *, chosen: bool) -> Iterator[Shown]:
    """Everything that is shown of one threshold; ``cell`` is what the conditions are judged by."""
    found, truth = rates(case.sweep, threshold), case.population.rates(threshold)
    both = case.met(of_both(cell))

    def row(kind: str, estimate: Estimate, true: float, met: bool = both) -> Shown:
        return shown(kind, where, estimate, true, met, chosen)

    for rate, estimate in found.items():
        yield row(rate, estimate, truth[rate], case.met(ERRORS.get(rate, of_both)(cell)))
    sensitivity, specificity = found["sensitivity"], found["specificity"]
    together = case.sweep.correlation_at(threshold)
    clinic, at_clinic = Population(CLINIC), Population(CLINIC).rates(threshold)
    values = predictive_values_at(case.sweep, threshold, CLINIC)
    yield row("PPV at a prevalence", values[0], at_clinic["precision"])
    yield row("NPV at a prevalence", values[1], at_clinic["npv"])
    tp, fp, _, fn = clinic.cells(threshold)
    called = consequences.share_called_positive(sensitivity, specificity, together, prevalence=CLINIC)
    cost = consequences.expected_cost(sensitivity, specificity, together, prevalence=CLINIC, miss=10.0, alarm=1.0)
    yield row("share called positive", called, tp + fp)
    yield row("expected cost", cost, 10 * fn + fp)
    worth = consequences.expected_net_benefit(sensitivity, specificity, together, prevalence=CLINIC, probability=0.2)
    yield row("net benefit at a prevalence", worth, tp - fp / 4)
    yield from worth_of(case, threshold, where, cell, chosen)
    delivered = rates(case.test_sweep, threshold + MOVED)
    truths = {"sensitivity": true_sensitivity, "specificity": true_specificity}
    for rate, true in truths.items():
        difference = true(threshold + MOVED) - true(threshold)
        yield row(
            f"{rate}, test - validation", gap(found[rate], delivered[rate]), difference, case.met(ERRORS[rate](cell))
        )


def worth_of(case: Case, threshold: float, where: str, cell: Cells, chosen: bool) -> Iterator[Shown]:
    """Net benefit at the threshold's own probability."""
    found = net_benefit_at(case.validation, threshold, 1.0)
    model = case.population.net_benefit(threshold, found.price)
    treat_all = case.population.net_benefit(-math.inf, found.price)
    for kind, estimate, truth in (
        ("net benefit", found.model, model),
        ("net benefit - treat all", found.gain, model - treat_all),
    ):
        yield shown(kind, where, estimate, truth, case.met(of_both(cell)), chosen)


def every_threshold(case: Case) -> Shown:
    """The band around the ROC curve: whether both rates of every threshold lie in it at once."""
    sweep = case.sweep
    limits = roc_band(sweep, np.arange(-1, len(sweep.threshold)))
    met = case.met(of_both(case.cells(0.0)))
    if limits.isna().any(axis=None):
        return Shown("both rates, all thresholds", "", False, met, math.nan)
    # The counts of a row hold from its own score down to the next one, so that the true rates at both ends do.
    ends = np.append(math.inf, sweep.threshold), np.append(sweep.threshold, -math.inf)
    inside = [
        (limits[f"{rate}_low"] <= ndtr(DISTANCE + sign * end)) & (ndtr(DISTANCE + sign * end) <= limits[f"{rate}_high"])
        for rate, sign in (("sensitivity", -1), ("specificity", 1))
        for end in ends
    ]
    return Shown("both rates, all thresholds", "", False, met, float(np.all(inside)))


def without_threshold(case: Case) -> Iterator[Shown]:
    """Area, prevalence, medians, calibration gap, and one bin of the reliability diagram."""
    split, prevalence = case.validation, case.setting.prevalence
    errors = of_both(case.cells(0.0))
    yield shown("AUROC", "", auroc(split), AUROC, case.met(errors))
    for label, centre in ((0, -DISTANCE), (1, DISTANCE)):
        member = split.y_true == label
        middle = median(split.logit[member], split.patient_index[member])
        yield shown("median score of a class", f"class {label}", middle, centre, case.met(math.inf))
    both = prevalence_shift(split, case.test)
    yield shown("prevalence", "", both.validation, prevalence, case.met(math.inf))
    difference = case.test_population.prevalence - prevalence
    yield shown("prevalence, test - validation", "", both.difference, difference, case.met(math.inf))
    apart = probability(split.logit, TEMPERATURE) - split.y_true
    mean_gap = clustered_mean(apart, split.patient_index, reason="no images")
    yield shown("calibration gap", "", mean_gap, case.population.calibration(TEMPERATURE)["gap"], case.met(errors))
    ill, well = case.population.share_in_bin(BIN, 1.0)
    bins = reliability_bins(split.y_true, probability(split.logit), patient_index=split.patient_index)
    limits = Estimate(value=bins.observed[BIN], low=bins.low[BIN], high=bins.high[BIN], method="")
    fewest = case.setting.n_patients * min(ill, well)
    yield shown("positives in a bin", f"bin {BIN + 1}", limits, ill / (ill + well), case.met(fewest))


def comparisons(case: Case) -> Iterator[Shown]:
    """Paired changes under a shift of the images, and whether groups that are alike are found to differ."""
    split, rng = case.validation, case.rng
    spoilt = split.logit - 0.4 + rng.normal(scale=0.3, size=split.n)
    spread = math.hypot(1.0, 0.3)
    group = rng.random(split.n_patients) < 0.5
    half = of_both(case.cells(0.0)) / 2
    inside = group[split.patient_index]
    for label, rate, true in ((1, "sensitivity", true_sensitivity), (0, "specificity", true_specificity)):
        member = split.y_true == label
        patient, right = split.patient_index[member], (split.logit[member] >= 0) == label
        change = paired_change(right, (spoilt[member] >= 0) == label, patient, reason="no images")
        truth = float(ndtr((DISTANCE - 0.4 if label else DISTANCE + 0.4) / spread)) - true(0.0)
        turning = case.setting.n_patients * (case.setting.prevalence if label else 1 - case.setting.prevalence)
        yield shown(f"{rate}, change under a shift", "", change, truth, case.met(turning * abs(truth)))
        p = rest_comparison.compare_rates(right, inside[member], patient)[1]
        yield _alike(f"{rate}, group - rest", p, case.met(half, 0.5))
    apart = probability(split.logit, TEMPERATURE) - split.y_true
    tests = {
        "AUROC, group - rest": rest_comparison.compare_areas(split, inside),
        "calibration gap, group - rest": rest_comparison.compare_means(apart, inside, split.patient_index),
    }
    for kind, (_, p) in tests.items():
        yield _alike(kind, p, case.met(half, 0.5))


def _alike(kind: str, p: float, met: bool) -> Shown:
    """The test at 5 % is an interval of the difference that holds 0 or not."""
    return Shown(kind, "p value", False, met, math.nan if math.isnan(p) else float(p > 0.05))


def two_thresholds(case: Case) -> Iterator[Shown]:
    """The share between two thresholds, of the split and at a clinic's prevalence."""
    lower, upper = -0.5, 0.5
    low, high = case.cells(lower), case.cells(upper)
    between = (low.tp - high.tp, low.fp - high.fp)
    for kind, prevalence in (("referred share", None), ("referred share at a prevalence", CLINIC)):
        population = case.population if prevalence is None else Population(CLINIC)
        truth = [sum((population.cells(t).tp, population.cells(t).fp)) for t in (lower, upper)]
        errors = sum(between) if prevalence is None else min(between)
        yield shown(
            kind, "", referred(case.validation, lower, upper, prevalence), truth[0] - truth[1], case.met(errors)
        )


def costs(case: Case) -> Iterator[Shown]:
    """The line of one threshold among cost curves, where the positives' share of the worst cost is 0.2."""
    row = threshold_cost(case.sweep, 0.0, np.array([0.2])).iloc[0]
    limits = Estimate(value=row["cost"], low=row["low"], high=row["high"], method="")
    truth = 0.2 * (1 - true_sensitivity(0.0)) + 0.8 * (1 - true_specificity(0.0))
    yield shown("cost curve", "", limits, truth, case.met(of_both(case.cells(0.0))))
