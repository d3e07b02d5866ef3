"""Promise and delivery against brute force, the plain bootstrap and core's own rates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.delivery import PROMISED, deliveries, judgement_at, needed_threshold
from core.evaluation.comparing.promise import Verdict, judge
from core.evaluation.sweep import threshold_sweep

FEW, MANY = 300, 2000


def test_a_promised_rate_is_that_of_test_against_its_floor(clustered):
    test = threshold_sweep(clustered)
    found = deliveries(test, clustered, 0.1, {"sensitivity": "0.95"}, margin=0.02, n_resamples=FEW)
    own = found.rates["sensitivity"]
    assert list(found.rates) == ["sensitivity"]
    assert own.delivered == rates(test, 0.1)["sensitivity"]
    size = test.effective_sizes(0.1)["sensitivity"]
    assert own.judgement == judge(own.delivered, size, 0.95, margin=0.02)
    assert own.judgement == judgement_at(test, 0.1, "sensitivity", "0.95", margin=0.02)
    assert own.judgement.verdict is Verdict.BROKEN
    assert (found.support, found.needed) == (own.support, own.needed)


@pytest.mark.parametrize("floors", [{}, {"npv": "0.9"}])
def test_without_a_floor_nothing_is_promised(clustered, floors):
    with pytest.raises(ValueError, match="a floor is put under"):
        deliveries(threshold_sweep(clustered), clustered, 0.1, floors)


def plain_support(split, threshold, level, n_resamples):
    """Every resample put together image by image, from the same patients."""
    rng = np.random.default_rng(0)
    images = [np.flatnonzero(split.patient_index == patient) for patient in range(split.n_patients)]
    kept = []
    for drawn in rng.integers(split.n_patients, size=(n_resamples, split.n_patients)):
        rows = np.concatenate([images[patient] for patient in drawn])
        y, called = split.y_true[rows], split.logit[rows] >= threshold
        kept.append((called[y == 1].mean() >= level["sensitivity"], (~called)[y == 0].mean() >= level["specificity"]))
    return np.array(kept)


def test_support_is_the_share_of_resamples_of_patients_that_reach_the_floors(clustered):
    floors = {"sensitivity": "0.87", "specificity": "0.70"}
    found = deliveries(threshold_sweep(clustered), clustered, 0.0, floors, n_resamples=20_000)
    kept = plain_support(clustered, 0.0, {rate: float(floor) for rate, floor in floors.items()}, MANY)
    both = kept.all(axis=1, keepdims=True)
    for own, plain in zip(
        (*(found.rates[rate] for rate in PROMISED), found), np.append(kept, both, axis=1).T, strict=True
    ):
        share = plain.mean()
        assert 0 < share < 1
        assert own.support.share == pytest.approx(
            share, abs=4 * math.sqrt(share * (1 - share) * (1 / MANY + 1 / 20_000))
        )
    assert found.support.drawn == 20_000


def test_a_floor_met_to_the_last_image_needs_no_move(make):
    y = np.repeat([1, 0], 10)
    split = make(y, np.where(np.arange(20) % 10 == 0, -2.0, 2.0) * np.where(y == 1, 1, -1))
    found = deliveries(threshold_sweep(split), split, 0.0, {"sensitivity": "0.90"}, n_resamples=FEW)
    assert found.rates["sensitivity"].delivered.value == 0.9
    assert found.needed.move == 0


@pytest.mark.parametrize(("floor", "kept"), [("0.90", FEW), ("0.9001", 0)])
@pytest.mark.parametrize("rate", ["sensitivity", "specificity"])
def test_a_resample_that_only_just_reaches_the_floor_keeps_it(make, rate, floor, kept):
    """Of every patient nine of ten images are called rightly, and so in every resample; 0 is called positive at 0."""
    sign = 1 if rate == "sensitivity" else -1
    right = np.tile([0.0] * 9 + [-2.0] if sign > 0 else [-2.0] * 9 + [0.0], 12)
    y = np.array([sign > 0] * 120 + [sign < 0] * 12).astype(int)
    split = make(y, [*right, *[-3.0 * sign] * 12], [*np.repeat(np.arange(12), 10), *np.arange(12)])
    found = deliveries(threshold_sweep(split), split, 0.0, {rate: floor}, n_resamples=FEW)
    assert found.rates[rate].delivered.value == 0.9
    assert (found.support.kept, found.support.drawn) == (kept, FEW)
    assert (found.needed.move == 0) == bool(kept)


scores = st.lists(st.tuples(st.integers(0, 1), st.integers(-6, 6)), min_size=2, max_size=25)
levels = st.sampled_from([0.0, 0.3, 0.5, 0.75, 0.9, 1.0])


@given(scores, st.integers(-8, 8), levels, levels)
def test_needed_threshold_is_the_nearest_score_that_keeps_every_rate(pairs, threshold, sensitivity, specificity):
    y, logit = (np.array(column) for column in zip(*pairs, strict=True))
    if len(set(y.tolist())) < 2:
        return
    from tests.core.evaluation.conftest import _make

    found = needed_threshold(
        threshold_sweep(_make(y, logit.astype(float))),
        float(threshold),
        {"sensitivity": sensitivity, "specificity": specificity},
    )

    def keeps(t):
        return (logit[y == 1] >= t).mean() >= sensitivity and (logit[y == 0] < t).mean() >= specificity

    within = [abs(t - threshold) for t in {*logit.tolist(), threshold} if keeps(t)]
    if within:
        assert abs(found.move) == min(within)
        assert keeps(found.threshold)
        assert found.threshold == threshold + found.move
    else:
        assert math.isnan(found.threshold)
        assert found.reason.startswith("no score as threshold keeps sensitivity at ")


def test_move_is_signed_towards_the_threshold_that_would_have_done(make):
    test = make([0, 0, 0, 0, 1, 1, 1, 1], [-1, 0, 1, 2, 2.5, 3, 4, 5])
    found = deliveries(threshold_sweep(test), test, 0.5, {"specificity": "0.90"}, n_resamples=FEW)
    assert found.rates["specificity"].delivered.value < 0.9
    assert found.needed.threshold == 2.5
    assert found.needed.move == 2.0


@pytest.mark.parametrize(("missing", "rate"), [(1, "sensitivity"), (0, "specificity")])
def test_a_class_that_test_lacks_does_not_tell(make, missing, rate):
    test = make([1 - missing] * 12, np.arange(12.0))
    found = deliveries(threshold_sweep(test), test, 0.0, {rate: "0.90"}, n_resamples=FEW)
    own = found.rates[rate]
    assert math.isnan(own.delivered.value)
    assert (own.judgement.verdict, own.judgement.reason) == (Verdict.UNTOLD, own.delivered.reason)
    assert own.judgement.reason
    assert (own.support.drawn, found.support.drawn) == (0, 0)
    assert "test has no" in own.needed.reason
    assert math.isnan(own.support.share)


def test_an_empty_test(make):
    empty = make([], [])
    found = deliveries(threshold_sweep(empty), empty, 0.0, {"sensitivity": "0.95"})
    assert found.support.drawn == 0
    assert found.rates["sensitivity"].judgement.verdict is Verdict.UNTOLD
