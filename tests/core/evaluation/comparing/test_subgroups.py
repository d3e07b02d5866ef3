from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import astuple

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from core.evaluation.calibration.probability import calibration_errors, probability
from core.evaluation.comparing.levels import MOST_LEVELS, levels_of
from core.evaluation.comparing.rest_difference import difference_of_areas, difference_of_means, difference_of_rates
from core.evaluation.comparing.subgroups import (
    MEASURES,
    Group,
    Subgroups,
    calibration_errors_by_level,
    subgroups,
    worst_first,
)
from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.discrimination import auroc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions

T = 1.7


def with_levels(split: Predictions, levels: np.ndarray) -> Predictions:
    return Predictions(
        image_id=split.image_id,
        patient_id=split.patient_id,
        y_true=split.y_true,
        logit=split.logit,
        subgroups={"level": levels},
    )


def kept(split: Predictions, rows: np.ndarray) -> Predictions:
    return Predictions(
        image_id=split.image_id[rows],
        patient_id=split.patient_id[rows],
        y_true=split.y_true[rows],
        logit=split.logit[rows],
    )


@pytest.fixture(scope="module")
def hospitals(clustered: Predictions) -> Predictions:
    """Both classes everywhere, patients with images in several levels, some images of no known level."""
    rng = np.random.default_rng(6)
    return with_levels(clustered, rng.choice(np.array(["a", "b", "c", None], dtype=object), clustered.n))


@pytest.fixture(scope="module")
def causes(clustered: Predictions) -> Predictions:
    """As on the public data: levels exist among positives only."""
    rng = np.random.default_rng(7)
    cause = rng.choice(np.array(["bacteria", "virus"], dtype=object), clustered.n)
    return with_levels(clustered, np.where(clustered.y_true == 1, cause, None))


def named(found: Subgroups) -> dict[str | None, Group]:
    return {group.name: group for group in found.groups}


def test_every_figure_is_that_of_the_images_of_the_level(hospitals: Predictions) -> None:
    found = named(subgroups(hospitals, "level", threshold=0.3, temperature=T))
    assert list(found) == ["a", "b", "c", None]
    for name, group in found.items():
        rows = np.array([level == name for level in hospitals.subgroups["level"]])
        part = kept(hospitals, rows)
        called, ill = part.logit >= 0.3, part.y_true == 1
        assert (group.images, group.patients, group.positives) == (part.n, part.n_patients, part.n_pos)
        assert group.patients_pos == len(set(part.patient_id[ill]))
        assert group.estimates["sensitivity"].value == pytest.approx(called[ill].mean())
        assert group.estimates["specificity"].value == pytest.approx((~called[~ill]).mean())
        assert group.estimates["auroc"].value == pytest.approx(roc_auc_score(part.y_true, part.logit))
        assert astuple(group.estimates["auroc"]) == astuple(auroc(part))
        gap = (probability(part.logit, T) - part.y_true).mean()
        assert group.estimates["calibration_gap"].value == pytest.approx(gap)
        sums = [np.bincount(part.patient_index[ill], weights=w) for w in (called[ill], np.ones(ill.sum()))]
        by_patient = clustered_wilson(*sums, reason="none")
        assert astuple(group.estimates["sensitivity"])[:3] == pytest.approx(astuple(by_patient)[:3])


def test_all_images_are_a_group_of_their_own(hospitals: Predictions) -> None:
    overall = subgroups(hospitals, "level", threshold=0.3, temperature=T).overall
    assert (overall.images, overall.patients) == (hospitals.n, hospitals.n_patients)
    assert astuple(overall.estimates["auroc"]) == astuple(auroc(hospitals))
    assert overall.comparisons == {}


def test_levels_of_one_class_have_the_rate_that_exists_and_an_area_against_all(causes: Predictions) -> None:
    found = named(subgroups(causes, "level", threshold=0.3, temperature=T))
    for name in ("bacteria", "virus"):
        group = found[name]
        rows = (causes.y_true == 0) | (causes.subgroups["level"] == name)
        assert group.against_all
        assert group.estimates["auroc"].value == pytest.approx(roc_auc_score(causes.y_true[rows], causes.logit[rows]))
        assert math.isnan(group.estimates["specificity"].value)
        assert "one class" in group.estimates["calibration_gap"].reason
    unknown = found[None]
    assert not unknown.against_all
    assert math.isfinite(unknown.estimates["specificity"].value)
    assert all(math.isnan(unknown.estimates[m].value) for m in MEASURES if m != "specificity")


def test_two_levels_of_one_class_are_one_test_each(causes: Predictions) -> None:
    found = subgroups(causes, "level", threshold=0.3, temperature=T)
    one, other = (named(found)[name].comparisons for name in ("bacteria", "virus"))
    assert found.tests == 2
    for measure in ("sensitivity", "auroc"):
        assert one[measure].p == pytest.approx(other[measure].p)
        assert one[measure].p_adjusted == other[measure].p_adjusted >= one[measure].p
        here, there = one[measure].difference, other[measure].difference
        assert (here.value, here.low, here.high) == pytest.approx((-there.value, -there.high, -there.low))


def test_a_level_that_fails_is_found(hospitals: Predictions) -> None:
    worse = np.array(hospitals.subgroups["level"] == "b") & (hospitals.y_true == 1)
    split = with_levels(hospitals, hospitals.subgroups["level"])
    shifted = Predictions(
        image_id=split.image_id,
        patient_id=split.patient_id,
        y_true=split.y_true,
        logit=split.logit - 2.0 * worse,
        subgroups=dict(split.subgroups),
    )
    found = named(subgroups(shifted, "level", threshold=0.3, temperature=T))
    for measure in ("sensitivity", "auroc", "calibration_gap"):
        assert found["b"].comparisons[measure].difference.high < 0
        assert found["b"].comparisons[measure].p_adjusted < 0.05
    assert found["b"].comparisons["specificity"].p_adjusted > 0.05


def test_differences_have_the_level_of_all_tests_at_once(hospitals: Predictions) -> None:
    found = subgroups(hospitals, "level", threshold=0.3, temperature=T)
    at_once = 1 - 0.05 / found.tests
    assert found.tests == 16
    for group in found.groups:
        inside = np.array([level == group.name for level in hospitals.subgroups["level"]])
        positive, patient, called = hospitals.y_true == 1, hospitals.patient_index, hospitals.logit >= 0.3
        gap = probability(hospitals.logit, T) - hospitals.y_true
        expected = {
            "sensitivity": difference_of_rates(called[positive], inside[positive], patient[positive], level=at_once),
            "specificity": difference_of_rates(
                ~called[~positive], inside[~positive], patient[~positive], level=at_once
            ),
            "auroc": difference_of_areas(hospitals, inside, level=at_once),
            "calibration_gap": difference_of_means(gap, inside, patient, level=at_once),
        }
        for measure, own in group.comparisons.items():
            assert (own.difference.method, own.difference.reason) == (
                expected[measure].method,
                expected[measure].reason,
            )
            limits, theirs = ([one.value, one.low, one.high] for one in (own.difference, expected[measure]))
            assert limits == pytest.approx(theirs, abs=1e-14, nan_ok=True)


def test_what_is_not_tested_has_no_interval(make: Callable[..., Predictions]) -> None:
    """Perfect order on both sides: Wilson's bounds are there, but no test, and the family is that of the tests."""
    y_true = np.tile([0, 1], 100)
    levels = np.repeat(np.array(["a", "b"], dtype=object), 100)
    split = with_levels(make(y_true, y_true + np.arange(200) / 1000), levels)
    for group in subgroups(split, "level", threshold=0.5, temperature=1.0).groups:
        found = group.comparisons["auroc"]
        assert math.isnan(found.p)
        assert (found.difference.value, found.difference.reason) == (0.0, "no variance can be estimated")
        assert math.isnan(found.difference.low)
        assert math.isfinite(group.comparisons["sensitivity"].difference.low)


def test_intervals_hold_all_differences_at_once(make: Callable[..., Predictions]) -> None:
    """One level truly fails, patients have one to three images: all at once in 95 % of 60 worlds, by its own error."""
    rng, held = np.random.default_rng(11), 0
    names = np.array(["a", "b", "c", "d"], dtype=object)
    share, lower = np.array([0.35, 0.3, 0.2, 0.15]), np.array([0.0, 0.0, 0.8, 0.0])
    spread = math.sqrt(2) * 1.2
    for _ in range(60):
        patient = np.repeat(np.arange(400), rng.integers(1, 4, 400))
        y_true = (rng.random(400) < 0.5)[patient].astype(int)
        level = rng.choice(4, 400, p=share)[patient]
        own = rng.normal(scale=math.sqrt(0.72), size=400)[patient] + rng.normal(
            scale=math.sqrt(0.72), size=len(patient)
        )
        logit = own + 2.4 * y_true - 1.2 - lower[level] * y_true
        found = subgroups(
            with_levels(make(y_true, logit, patient), names[level]), "level", threshold=0.0, temperature=1
        )
        right = True
        for number, group in enumerate(found.groups):
            rest = np.delete(np.arange(4), number)
            weight = share[rest] / share[rest].sum()
            sensitivity = norm.cdf((1.2 - lower) / 1.2)
            area = norm.cdf((2.4 - lower) / spread)
            mixed = weight @ norm.cdf((2.4 - lower[rest]) / spread)
            for measure, true in (
                ("sensitivity", sensitivity[number] - weight @ sensitivity[rest]),
                ("specificity", 0.0),
                ("auroc", area[number] - mixed),
            ):
                interval = group.comparisons[measure].difference
                right &= not (true < interval.low or interval.high < true)  # a few areas have too few patients
        held += right
    assert held >= 51  # 0.001 of a binomial of 60 at 0.95


def test_false_alarms_of_the_family_are_rare(make: Callable[..., Predictions]) -> None:
    """Levels that mean nothing, one of them small, patients in several: at most 5 % of 60 worlds, by its own error."""
    rng, alarms = np.random.default_rng(8), 0
    for _ in range(60):
        patient = np.repeat(np.arange(150), rng.integers(1, 3, 150))
        y_true = (rng.random(150) < 0.5)[patient].astype(int)
        logit = 0.7 * rng.normal(size=150)[patient] + rng.normal(size=len(patient)) + 3.2 * y_true - 1.6
        levels = rng.choice(np.array(["a", "b", "c", "d"], dtype=object), len(patient), p=[0.4, 0.3, 0.25, 0.05])
        found = subgroups(with_levels(make(y_true, logit, patient), levels), "level", threshold=-0.5, temperature=1.0)
        alarms += any(c.p_adjusted < 0.05 for group in found.groups for c in group.comparisons.values())
    assert alarms <= 9  # 0.999 of a binomial of 60 at 0.05


def test_small_groups_are_said_to_be_small(make: Callable[..., Predictions]) -> None:
    y_true = np.tile([0, 1], 300)
    logit = np.where(np.arange(600) % 50 == 1, -1.0, 1.0) * np.where(y_true == 1, 1, -1)
    levels = np.where(np.arange(600) < 50, "few", "many").astype(object)
    found = named(subgroups(with_levels(make(y_true, logit), levels), "level", threshold=0.0, temperature=1.0))
    assert found["few"].small["sensitivity"] == "fewer than 30 patients"
    assert found["few"].small["auroc"] == "fewer than 30 patients"
    assert "sensitivity" not in found["many"].small  # 275 positives at 12 of 300 missed: 11 errors expected
    assert found["many"].small["specificity"] == "fewer than 5 errors expected"


def test_the_largest_levels_are_shown() -> None:
    names = [f"level {k:03}" for k in range(MOST_LEVELS + 10)]
    column = np.array([name for k, name in enumerate(names) for _ in range(k + 1)] + [None] * 3, dtype=object)
    found = levels_of(np.random.default_rng(9).permutation(column))
    assert found.names == (*names[10:], None)
    assert found.left_out == 10
    assert np.bincount(found.index[found.index >= 0]).tolist() == [*range(11, MOST_LEVELS + 11), 3]


def test_the_worst_level_is_that_whose_best_is_worst() -> None:
    def limits(low: float, high: float) -> Estimate:
        return Estimate(value=(low + high) / 2, low=low, high=high, method="by hand")

    few, many, good = limits(0.1, 0.9), limits(0.5, 0.6), limits(0.8, 0.95)
    unknown = Estimate.without_interval(0.2, "by hand")
    assert worst_first([good, unknown, few, many], "sensitivity") == [3, 2, 0, 1]
    too_low, about, too_high = limits(-0.3, -0.2), limits(-0.4, 0.1), limits(0.1, 0.5)
    assert worst_first([about, too_high, too_low], "calibration_gap") == [2, 1, 0]
    assert worst_first([], "auroc") == []


def test_an_empty_split_and_a_column_of_nothing(make: Callable[..., Predictions]) -> None:
    empty = subgroups(with_levels(make([], []), np.zeros(0, dtype=object)), "level", threshold=0.0, temperature=1.0)
    assert empty.groups == ()
    assert empty.tests == 0
    unknown = subgroups(
        with_levels(make([0, 1], [0.0, 1.0]), np.array([None, None])), "level", threshold=0.0, temperature=1.0
    )
    assert [group.name for group in unknown.groups] == [None]
    assert unknown.tests == 0


def test_calibration_error_of_a_level_is_that_of_its_images(hospitals: Predictions) -> None:
    levels = levels_of(hospitals.subgroups["level"])
    found = calibration_errors_by_level(hospitals, levels, T)
    for number, estimate in enumerate(found):
        alone = calibration_errors(kept(hospitals, levels.index == number), temperature=T).ece_debiased
        assert estimate.value == pytest.approx(alone.value)
        assert (estimate.low, estimate.high) == pytest.approx((alone.low, alone.high))


def test_calibration_error_needs_both_classes(causes: Predictions) -> None:
    for estimate in calibration_errors_by_level(causes, levels_of(causes.subgroups["level"]), T):
        assert math.isnan(estimate.value)
