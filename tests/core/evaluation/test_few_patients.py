"""A patient with nearly all images: every figure keeps its value, has no limits and says why; no width is 0."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from core.evaluation.calibration.change import calibration_changes
from core.evaluation.calibration.probability import errors_of_logits, fit_temperature
from core.evaluation.choosing.operating_point import choose_youden, rates
from core.evaluation.choosing.threshold_interval import threshold_interval
from core.evaluation.choosing.triage import triage
from core.evaluation.comparing.adaptation import intercept_estimate
from core.evaluation.comparing.conformal import class_conditional, coverage
from core.evaluation.comparing.difference_from_validation import differences
from core.evaluation.comparing.prior_shift import inferred_prevalence
from core.evaluation.comparing.robustness import Variant, areas, under_shifts
from core.evaluation.comparing.shift import class_shift, prevalence_shift
from core.evaluation.comparing.subgroups import subgroups
from core.evaluation.estimates.discrimination import auprc, auroc
from core.evaluation.estimates.intervals import FEW_CLUSTERS, Estimate
from core.evaluation.estimates.predictive_values import predictive_values
from core.evaluation.estimates.prevalence import prevalence
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.consequences import expected_cost, expected_net_benefit, share_called_positive
from core.evaluation.worth.cost_curve import threshold_cost
from core.evaluation.worth.utility import decision_curve, net_benefit_at
from tests.core.evaluation.conftest import Make


def split_of(make: Make, others: int, images: int, seed: int = 0) -> Predictions:
    """One patient with so many ``images`` of both classes beside ``others`` with one each."""
    rng = np.random.default_rng(seed)
    patient = np.concatenate([np.arange(others), np.full(images, others)])
    y_true = rng.integers(0, 2, len(patient))
    sex = np.where(rng.random(len(patient)) < 0.5, "f", "m").astype(object)
    return replace(make(y_true, rng.normal(size=len(patient)) + 1.5 * y_true - 0.75, patient), subgroups={"sex": sex})


def estimates(found: Any, name: str) -> Iterator[tuple[str, Estimate]]:
    """Every estimate in a figure, however it is wrapped."""
    if isinstance(found, Estimate):
        yield name, found
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from estimates(value, f"{name} {key}")
    elif isinstance(found, tuple | list):
        for place, value in enumerate(found):
            yield from estimates(value, f"{name} {place}")
    elif is_dataclass(found):
        for field in fields(found):
            yield from estimates(getattr(found, field.name), f"{name} {field.name}")


def figures(split: Predictions) -> Iterator[tuple[str, Estimate]]:
    sweep = threshold_sweep(split)
    for threshold in (-99.0, -1.0, 0.0, 0.4, 1.0):
        found, size = rates(sweep, threshold), sweep.effective_sizes(threshold)
        sensitivity, specificity = found["sensitivity"], found["specificity"]
        sizes = size["sensitivity"], size["specificity"]
        yield from estimates(found, f"at {threshold}")
        yield from estimates(
            predictive_values(sensitivity.value, specificity.value, *sizes, 0.1, correlation=0.0),
            f"predictive values at {threshold}",
        )
        yield "called", share_called_positive(sensitivity, specificity, prevalence=0.1, correlation=0.0)
        yield "cost", expected_cost(sensitivity, specificity, prevalence=0.1, miss=5, alarm=1, correlation=0.0)
        yield (
            "benefit",
            expected_net_benefit(sensitivity, specificity, prevalence=0.1, probability=0.2, correlation=0.0),
        )
        yield from estimates(net_benefit_at(split, threshold, 1.3), f"net benefit at {threshold}")
    for share in (None, 0.1):
        yield from estimates(triage(split, sweep, -0.5, 0.7, share), f"triage {share}")
    yield from estimates([auroc(split), auprc(split), prevalence(split)], "auroc, auprc, prevalence")
    yield from estimates(dict(calibration_changes(split, temperature=1.3)), "calibration")
    yield from estimates(errors_of_logits(split, split.logit), "errors")
    yield from estimates([fit_temperature(split).temperature, intercept_estimate(split, 1.3)], "fits")
    yield from estimates([class_shift(split, split, 1, n_permutations=20), prevalence_shift(split, split)], "shift")
    yield from estimates(differences(sweep, sweep, {0.0: np.array([0.01, 0.02])}), "difference from validation")
    logits = np.stack([split.logit, split.logit - 0.5])
    yield from estimates(under_shifts(split, [Variant(), Variant(shift="darker", strength=1)], logits, 0.0), "robust")
    yield from estimates(areas(split, logits), "area")
    yield from estimates(subgroups(split, "sex", threshold=0.0, temperature=1.3), "subgroups")
    yield "threshold", threshold_interval(split, choose_youden, smooth=False, n_resamples=20)
    yield from estimates(inferred_prevalence(split, split, 1.0, n_resamples=20), "inferred")
    yield from estimates(dict(coverage(class_conditional(split, "0.9"), split)), "sets")


def test_a_decision_curve_of_one_patient_or_two_has_no_band(make: Make) -> None:
    limits = ["low", "high", "gain_low", "gain_high"]
    dominated, plain = (decision_curve(split_of(make, 60, images), {"model": 1.0}) for images in (900, 1))
    assert dominated[limits].isna().all(axis=None)
    assert dominated["net_benefit"].notna().all()
    assert plain.loc[20, limits].notna().all()


@pytest.mark.parametrize(("others", "images"), [(6, 90), (2, 300)])
def test_one_patient_with_nearly_all_images_leaves_values_without_limits(make: Make, others: int, images: int) -> None:
    split = split_of(make, others, images)
    found = list(figures(split))
    assert len(found) > 120
    for name, estimate in found:
        if estimate.method.startswith("undefined") or math.isinf(estimate.value):
            continue
        assert not math.isnan(estimate.value), name
        if estimate.method == "nothing lies between equal thresholds":
            continue
        assert math.isnan(estimate.low) and math.isnan(estimate.high), (name, estimate)
        assert estimate.reason, (name, estimate)
    assert sum(FEW_CLUSTERS in estimate.reason for _, estimate in found) > 0.9 * len(found)
    cost = threshold_cost(threshold_sweep(split), 0.0, np.array([0.0, 0.2, 1.0]))
    assert np.isfinite(cost["cost"]).all() and np.isnan(cost[["low", "high"]]).all(axis=None)


@pytest.mark.parametrize("seed", range(4))
def test_a_patient_with_half_of_the_images_leaves_limits_that_hold_the_value(make: Make, seed: int) -> None:
    for name, estimate in figures(split_of(make, 40, 40, seed)):
        if estimate.method.startswith("undefined") or math.isnan(estimate.low):
            continue
        assert estimate.low <= estimate.value <= estimate.high, (name, estimate)
        assert estimate.low < estimate.high, (name, estimate)


def test_limits_widen_as_a_patient_comes_to_dominate(make: Make) -> None:
    """300 images; of ever more of them one patient's, who is like the others."""
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 2, 300)
    logit = rng.normal(size=300) + 1.5 * y_true - 0.75
    widths = []
    for images in (1, 30, 90, 150):
        split = make(y_true, logit, np.concatenate([np.zeros(images, int), np.arange(1, 301 - images)]))
        found = [rates(threshold_sweep(split), 0.0)["specificity"], auroc(split), auprc(split)]
        widths.append([estimate.high - estimate.low for estimate in found])
    assert (np.diff(widths, axis=0) > 0).all()
