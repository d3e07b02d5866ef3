"""Promise and delivery against brute force, the plain bootstrap and core's own rates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.delivery import PROMISED, deliveries, needed_threshold
from core.evaluation.estimates.difference import gap
from core.evaluation.sweep import threshold_sweep

FEW = 300


def test_promise_gap_and_level_are_those_of_the_two_splits(single, clustered):
    validation, test = threshold_sweep(single), threshold_sweep(clustered)
    found = deliveries(validation, test, clustered, 0.1, n_resamples=FEW)
    promised, delivered = rates(validation, 0.1), rates(test, 0.1)
    for rate in PROMISED:
        own = found.rates[rate]
        assert (own.promised, own.delivered) == (promised[rate], delivered[rate])
        assert own.gap == gap(promised[rate], delivered[rate])
        assert own.level == promised[rate].low
        assert not own.is_floor
    assert found.binding == PROMISED


def test_floor_is_the_promise_of_its_rate_alone(single, clustered):
    validation, test = threshold_sweep(single), threshold_sweep(clustered)
    found = deliveries(validation, test, clustered, 0.1, floor=("sensitivity", "0.95"), n_resamples=FEW)
    assert found.binding == ("sensitivity",)
    assert (found.rates["sensitivity"].level, found.rates["sensitivity"].is_floor) == (0.95, True)
    assert found.rates["specificity"].level == rates(validation, 0.1)["specificity"].low
    assert found.support == found.rates["sensitivity"].support
    assert found.needed == found.rates["sensitivity"].needed


def plain_support(split, threshold, level, n_resamples):
    """Every resample put together image by image, from the same patients."""
    rng = np.random.default_rng(0)
    images = [np.flatnonzero(split.patient_index == patient) for patient in range(split.n_patients)]
    chunk = max(1, 500_000 // split.n)
    kept, left = [], n_resamples
    while left:
        size = min(left, chunk)
        for drawn in rng.integers(split.n_patients, size=(size, split.n_patients)):
            rows = np.concatenate([images[patient] for patient in drawn])
            y, called = split.y_true[rows], split.logit[rows] >= threshold
            kept.append(
                (called[y == 1].mean() >= level["sensitivity"], (~called)[y == 0].mean() >= level["specificity"])
            )
        left -= size
    return np.array(kept)


def test_support_is_the_share_of_resamples_of_patients_that_keep_the_promise(single, clustered):
    validation, test = threshold_sweep(single), threshold_sweep(clustered)
    found = deliveries(validation, test, clustered, 0.1, n_resamples=FEW)
    level = {rate: found.rates[rate].level for rate in PROMISED}
    kept = plain_support(clustered, 0.1, level, FEW)
    assert all(0 < found.rates[rate].support.share < 1 for rate in PROMISED)
    assert [found.rates[rate].support.kept for rate in PROMISED] == kept.sum(axis=0).tolist()
    assert found.support.kept == kept.all(axis=1).sum()
    assert found.support.drawn == FEW


def test_a_floor_met_to_the_last_image_is_kept(make):
    y = np.repeat([1, 0], 10)
    split = make(y, np.where(np.arange(20) % 10 == 0, -2.0, 2.0) * np.where(y == 1, 1, -1))
    sweep = threshold_sweep(split)
    found = deliveries(sweep, sweep, split, 0.0, floor=("sensitivity", "0.90"), n_resamples=FEW)
    assert found.rates["sensitivity"].delivered.value == 0.9
    assert found.rates["sensitivity"].delivered.value >= found.rates["sensitivity"].level
    assert found.needed.move == 0


@pytest.mark.parametrize(("floor", "kept"), [("0.90", FEW), ("0.9001", 0)])
@pytest.mark.parametrize("rate", ["sensitivity", "specificity"])
def test_a_resample_that_only_just_reaches_the_floor_keeps_it(make, rate, floor, kept):
    """Of every patient nine of ten images are called rightly, and so in every resample; 0 is called positive at 0."""
    sign = 1 if rate == "sensitivity" else -1
    right = np.tile([0.0] * 9 + [-2.0] if sign > 0 else [-2.0] * 9 + [0.0], 12)
    y = np.array([sign > 0] * 120 + [sign < 0] * 12).astype(int)
    split = make(y, [*right, *[-3.0 * sign] * 12], [*np.repeat(np.arange(12), 10), *np.arange(12)])
    sweep = threshold_sweep(split)
    found = deliveries(sweep, sweep, split, 0.0, floor=(rate, floor), n_resamples=FEW)
    assert found.rates[rate].delivered.value == 0.9
    assert (found.support.kept, found.support.drawn) == (kept, FEW)
    assert (found.needed.move == 0) == bool(kept)


def test_a_validation_limit_that_test_only_just_reaches_is_kept(make):
    """The lower limit of the promise is the very rate of test: 0 of 3 on validation, 0 of 2 on test."""
    validation, test = make([0, 0, 1, 1, 1], [-2, -1, -3, -3, -3]), make([0, 1, 1], [-1.0, -5.0, -6.0])
    found = deliveries(threshold_sweep(validation), threshold_sweep(test), test, 0.0, n_resamples=FEW)
    own = found.rates["sensitivity"]
    assert own.level == own.delivered.value == 0
    assert own.support.kept == own.support.drawn > 0
    assert own.needed.move == 0


scores = st.lists(st.tuples(st.integers(0, 1), st.integers(-6, 6)), min_size=2, max_size=25)
levels = st.sampled_from([0.0, 0.3, 0.5, 0.75, 0.9, 1.0])


@given(scores, st.integers(-8, 8), levels, levels)
def test_needed_threshold_is_the_nearest_score_that_keeps_every_rate(pairs, threshold, sensitivity, specificity):
    y, logit = (np.array(column) for column in zip(*pairs, strict=True))
    if len(set(y.tolist())) < 2:
        return
    from tests.core.evaluation.conftest import _make

    found = needed_threshold(
        threshold_sweep(_make(y, logit.astype(float))), float(threshold),
        {"sensitivity": sensitivity, "specificity": specificity},
    )  # fmt: skip

    def keeps(t):
        return (logit[y == 1] >= t).mean() >= sensitivity and (logit[y == 0] < t).mean() >= specificity

    within = [abs(t - threshold) for t in {*logit.tolist(), threshold} if keeps(t)]
    if within:
        assert abs(found.move) == min(within)
        assert keeps(found.threshold)
        assert found.threshold == threshold + found.move
    else:
        assert math.isnan(found.threshold)
        assert "no score of test" in found.reason


def test_move_is_signed_towards_the_threshold_that_would_have_done(make):
    validation = make([0, 0, 0, 0, 1, 1, 1, 1], [-4, -3, -2, -1, 1, 2, 3, 4])
    test = make([0, 0, 0, 0, 1, 1, 1, 1], [-1, 0, 1, 2, 2.5, 3, 4, 5])
    found = deliveries(
        threshold_sweep(validation), threshold_sweep(test), test, 0.5, floor=("specificity", "0.90"), n_resamples=FEW
    )
    assert found.rates["specificity"].delivered.value < found.rates["specificity"].level
    assert found.needed.threshold == 2.5
    assert found.needed.move == 2.0


@pytest.mark.parametrize(("missing", "rate"), [(1, "sensitivity"), (0, "specificity")])
def test_a_class_that_test_lacks_has_reasons_instead_of_figures(make, single, missing, rate):
    test = make([1 - missing] * 12, np.arange(12.0))
    found = deliveries(threshold_sweep(single), threshold_sweep(test), test, 0.0, n_resamples=FEW)
    assert math.isnan(found.rates[rate].delivered.value)
    assert (found.rates[rate].support.drawn, found.support.drawn) == (0, 0)
    assert "test has no" in found.rates[rate].needed.reason
    assert math.isnan(found.rates[rate].support.share)


def test_an_empty_test_and_an_empty_validation(make, single):
    empty = make([], [])
    found = deliveries(threshold_sweep(single), threshold_sweep(empty), empty, 0.0)
    assert found.support.drawn == 0
    other = deliveries(threshold_sweep(empty), threshold_sweep(single), single, 0.0, n_resamples=FEW)
    assert math.isnan(other.rates["sensitivity"].level)
    assert other.support.drawn == 0
    assert "promised nothing" in other.needed.reason
