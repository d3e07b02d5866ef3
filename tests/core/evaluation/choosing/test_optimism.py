"""The optimism of a choice, against resamples put together image by image and against simulated truth."""

import math

import numpy as np
import pytest

from benchmarks.coverage_hospitals import TRUTH, hospital
from core.evaluation.choosing.operating_point import OperatingPoint, choose_operating_points, rates
from core.evaluation.choosing.optimism import choices, optimism, optimism_by_threshold
from core.evaluation.sweep import threshold_sweep
from tests.core.evaluation.conftest import _make

FLOORS = {"specificity": "0.90", "sensitivity": "0.95"}
RULES = choices(FLOORS)


def test_the_rules_are_those_of_every_run(single):
    sweep = threshold_sweep(single)
    assert tuple(rule(sweep) for rule in RULES) == choose_operating_points(sweep)


def test_is_the_mean_over_resamples_of_patients_that_choose_again(clustered):
    """Every resample is a split of its own, whose rules choose, and which is measured at their thresholds."""
    rng = np.random.default_rng(4)
    images = [np.flatnonzero(clustered.patient_index == patient) for patient in range(clustered.n_patients)]
    whole, added = threshold_sweep(clustered), []
    for _ in range(12):
        rows = np.concatenate([images[k] for k in rng.integers(clustered.n_patients, size=clustered.n_patients)])
        sweep = threshold_sweep(_make(clustered.y_true[rows], clustered.logit[rows]))
        of_rules = []
        for point in choose_operating_points(sweep):
            own, real = rates(sweep, point.threshold), rates(whole, point.threshold)
            of_rules.append([own[rate].value - real[rate].value for rate in ("sensitivity", "specificity")])
        added.append(of_rules)
    found = optimism(clustered, RULES, n_resamples=12, seed=4)
    np.testing.assert_allclose(found, np.mean(added, axis=0), atol=1e-12)


def test_recovers_most_of_what_choosing_adds():
    """Mean over 80 hospitals of 200 patients; the truth at each chosen threshold is known."""
    rng, estimated, true = np.random.default_rng(6), [], []
    for seed in range(80):
        split = hospital(rng, 200, 0.3, 1)
        sweep = threshold_sweep(split)
        points = choose_operating_points(sweep)
        shown = [[rates(sweep, p.threshold)[r].value - TRUTH[r](p.threshold) for r in TRUTH] for p in points]
        estimated.append(optimism(split, RULES, n_resamples=25, seed=seed).sum(axis=1))
        true.append(np.sum(shown, axis=1))
    share = np.mean(estimated, axis=0) / np.mean(true, axis=0)
    assert (share > 0.45).all() and (share < 1.35).all(), share


def test_a_rule_that_cannot_be_met_has_none_and_no_images_have_none(make):
    tied = make([0, 0, 1, 1], [2.0, 2.0, 2.0, 1.0])
    found = optimism(tied, RULES, n_resamples=5)
    assert np.isnan(found[1]).all() and np.isfinite(found[[0, 2, 3]]).all()
    assert np.isnan(optimism(make([], []), RULES)).all()
    assert np.isnan(optimism(make([1, 1], [0.0, 1.0]), RULES)).all()


def test_by_threshold_is_the_mean_of_the_rules_that_choose_it_and_0_of_others(make):
    parted = make([0, 0, 0, 1, 1, 1], [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
    sweep = threshold_sweep(parted)
    assert {rule(sweep).threshold for rule in RULES} == {1.0}
    added = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [0.7, 0.8]])
    found = optimism_by_threshold(sweep, RULES, added, [0.25, 1.0])
    assert sorted(found) == [0.25, 1.0]
    assert found[1.0].tolist() == pytest.approx([0.4, 0.5])
    assert found[0.25].tolist() == [0.0, 0.0]


def test_a_million_images_have_fewer_resamples(monkeypatch, single):
    from core.evaluation.choosing import optimism as module

    monkeypatch.setattr(module, "_LARGEST_WORK", 30 * single.n)
    asked = []
    rule = lambda sweep: asked.append(sweep) or RULES[0](sweep)  # noqa: E731
    assert isinstance(rule(threshold_sweep(single)), OperatingPoint)
    asked.clear()
    assert not math.isnan(optimism(single, [rule])[0, 0])
    assert len(asked) == 1 + 30
