"""Whether test differs from validation, against statsmodels, Bonferroni by hand and simulated hospitals."""

import math

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from benchmarks.coverage_hospitals import hospital
from core.evaluation.choosing.operating_point import rates
from core.evaluation.choosing.optimism import choices, optimism, optimism_by_threshold
from core.evaluation.comparing.difference_from_validation import differences
from core.evaluation.estimates.difference import gap
from core.evaluation.sweep import threshold_sweep

NONE = np.zeros(2)
RULES = choices({"specificity": "0.90", "sensitivity": "0.95"})


@pytest.fixture(scope="module")
def other(make):
    rng = np.random.default_rng(8)
    y_true = (rng.random(300) < 0.4).astype(int)
    return make(y_true, np.round(rng.normal(size=300) + 1.5 * y_true - 0.4, 2))


def test_a_fixed_threshold_has_no_optimism_and_one_alone_is_compared_for_both_rates(single, other):
    before, after = threshold_sweep(single), threshold_sweep(other)
    found = differences(before, after, {0.1: NONE})[0.1]
    for rate, own in found.items():
        plain = rates(before, 0.1)[rate], rates(after, 0.1)[rate]
        assert (own.validation, own.delivered) == plain
        assert own.corrected == own.validation
        assert own.gap == gap(*plain)
        label = int(rate == "sensitivity")
        counts = []
        for split in (other, single):
            member = split.y_true == label
            counts += [int(((split.logit >= 0.1) == label)[member].sum()), int(member.sum())]
        limits = confint_proportions_2indep(*counts, method="newcomb", compare="diff", correction=False, alpha=0.05 / 2)
        assert (own.corrected_gap.low, own.corrected_gap.high) == pytest.approx(limits, abs=1e-9)


def test_the_gap_is_to_validation_less_its_optimism(single, other):
    before, after = threshold_sweep(single), threshold_sweep(other)
    found = differences(before, after, {0.1: np.array([0.03, -0.02])})[0.1]
    for rate, added in (("sensitivity", 0.03), ("specificity", -0.02)):
        own = found[rate]
        assert own.optimism == added
        assert own.corrected.value == pytest.approx(own.validation.value - added)
        assert own.corrected.low < own.corrected.value < own.corrected.high
        assert own.corrected_gap.value == pytest.approx(own.gap.value + added)
        assert own.corrected_gap.low < own.gap.low + added, "its interval is wider, as it holds with others"
        assert own.corrected_gap.high > own.gap.high + added


def test_a_corrected_rate_stays_within_0_and_1(single, other):
    found = differences(threshold_sweep(single), threshold_sweep(other), {-9.0: np.array([-0.1, 0.1])})[-9.0]
    assert [own.corrected.value for own in found.values()] == [1.0, 0.0]


def test_more_distinct_thresholds_widen_and_those_that_call_alike_do_not(single, other):
    before, after = threshold_sweep(single), threshold_sweep(other)

    def width(*thresholds):
        own = differences(before, after, dict.fromkeys(thresholds, NONE))[0.1]["sensitivity"].corrected_gap
        return own.high - own.low

    assert width(0.1, 0.1001) == width(0.1), "no score lies between them"
    assert width(0.1) < width(0.1, 0.5) < width(0.1, 0.5, 0.9)


def test_what_is_lost_differs_and_a_set_does_not_differ_from_itself(single):
    sweep = threshold_sweep(single)
    assert not any(own.differs for own in differences(sweep, sweep, {0.1: NONE})[0.1].values())
    from dataclasses import replace

    moved = threshold_sweep(replace(single, logit=single.logit + 1.0))
    found = differences(sweep, moved, {0.1: NONE})[0.1]
    assert found["specificity"].differs and found["specificity"].corrected_gap.value < 0


def test_a_class_that_is_missing_is_not_said_to_differ(single, make):
    found = differences(threshold_sweep(single), threshold_sweep(make([1] * 9, np.arange(9.0))), {0.1: NONE})[0.1]
    assert math.isnan(found["specificity"].corrected_gap.value) and not found["specificity"].differs
    assert found["specificity"].corrected_gap.reason
    assert math.isfinite(found["sensitivity"].corrected_gap.low)


def test_sets_of_one_distribution_are_said_to_differ_in_at_most_5_in_100():
    """Four rules, both rates, chosen on validation; uncorrected and one by one it would be three times as often."""
    rng, said, plain, rounds = np.random.default_rng(9), 0, 0, 400
    for seed in range(rounds):
        validation, test = (hospital(rng, 200, 0.4, 1) for _ in range(2))
        before, after = threshold_sweep(validation), threshold_sweep(test)
        added = optimism_by_threshold(before, RULES, optimism(validation, RULES, n_resamples=15, seed=seed))
        found = [own for rate in differences(before, after, added).values() for own in rate.values()]
        said += any(own.differs for own in found)
        plain += any(own.gap.low > 0 or own.gap.high < 0 for own in found)
    assert said / rounds <= 0.05
    assert plain / rounds > 0.10
