"""Prediction sets against crepes, brute force and simulation."""

import math

import numpy as np
import pytest
from crepes import ConformalClassifier
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.comparing.conformal import SETS, class_conditional, coverage, prediction_sets, set_counts
from core.evaluation.estimates.intervals import wilson
from tests.core.evaluation.conftest import _make

LEVELS = ("0.80", "0.90", "0.95")


def sets_of_crepes(local, logit, level):
    """Whether each class is in the set, (n, 2): Mondrian conformal prediction with the label as category."""
    own = np.where(local.y_true == 1, -local.logit, local.logit)
    classifier = ConformalClassifier().fit(own, bins=local.y_true.astype(int))
    scores = np.stack([logit, -logit], axis=1)
    return np.stack(
        [
            classifier.predict_set(scores, bins=np.full(len(logit), label), confidence=float(level), smoothing=False)[
                :, label
            ]
            for label in (0, 1)
        ],
        axis=1,
    )


@pytest.mark.parametrize("level", LEVELS)
def test_sets_are_those_of_crepes(single, level):
    rng = np.random.default_rng(0)
    logit = np.concatenate([rng.normal(size=300) * 3, single.logit[:50]])
    given_sets = prediction_sets(class_conditional(single, level), logit)
    expected = sets_of_crepes(single, logit, level)
    assert np.isin(given_sets, ["negative", "both"]).tolist() == (expected[:, 0] == 1).tolist()
    assert np.isin(given_sets, ["positive", "both"]).tolist() == (expected[:, 1] == 1).tolist()


scores = st.lists(st.integers(-9, 9), min_size=1, max_size=60)


@given(scores, scores, st.sampled_from(LEVELS))
def test_a_class_is_taken_up_to_its_own_order_statistic(negative, positive, level):
    y = np.repeat([0, 1], [len(negative), len(positive)])
    found = class_conditional(_make(y, np.array([*negative, *positive], dtype=float)), level)
    for scores_of, limit in ((negative, found.high), ([-score for score in positive], -found.low)):
        # The p-value of a score, counting itself, must exceed 1 - level.
        for score in {*scores_of, 100}:
            p = (sum(other >= score for other in scores_of) + 1) / (len(scores_of) + 1)
            assert (score <= limit) == (p > 1 - float(level) + 1e-12)


def test_too_few_cases_of_a_class_stand_in_every_set(make):
    found = class_conditional(make([0] * 8 + [1] * 9, np.arange(17.0)), "0.90")
    assert found.high == math.inf
    assert found.low == 8.0
    assert set(prediction_sets(found, np.array([-100.0, 100.0]))) == {"negative", "both"}
    empty = class_conditional(make([], []), "0.90")
    assert (empty.low, empty.high) == (-math.inf, math.inf)


def test_every_image_has_one_set_and_counts_agree(single, clustered):
    found = class_conditional(single, "0.90")
    counts = set_counts(found, clustered)
    assert tuple(counts[0]) == SETS
    assert sum(counts[0].values()) == clustered.n_neg
    assert sum(counts[1].values()) == clustered.n_pos
    held = coverage(found, clustered)
    assert held[1].value == pytest.approx((counts[1]["positive"] + counts[1]["both"]) / clustered.n_pos)
    assert held[0].value == pytest.approx((counts[0]["negative"] + counts[0]["both"]) / clustered.n_neg)


def test_coverage_has_wilsons_interval_of_one_image_a_patient(single):
    held = coverage(class_conditional(single, "0.90"), single)[1]
    assert (held.low, held.high) == pytest.approx(wilson(held.value, single.n_pos))


def test_two_images_of_a_patient_count_once(clustered, doubled):
    once, twice = (class_conditional(split, "0.90") for split in (clustered, doubled(clustered)))
    assert (once.n_pos, once.n_neg) == (twice.n_pos, twice.n_neg)
    assert once.n_pos < clustered.n_pos


def test_each_class_is_covered_on_average_over_samples():
    """1,000 sites of 12 and 25 cases with scores that overlap, one new case of each class at each."""
    rng, held = np.random.default_rng(4), []
    y = np.repeat([0, 1], [12, 25])
    for _ in range(1000):
        found = class_conditional(_make(y, rng.normal(1.5 * y)), "0.80")
        held.append((rng.normal() <= found.high, rng.normal(1.5) >= found.low))
    # Exactly ceil(13 * 0.8) / 13 and ceil(26 * 0.8) / 26 for continuous scores.
    assert np.mean(held, axis=0) == pytest.approx([11 / 13, 21 / 26], abs=4 * 0.4 / math.sqrt(1000))
