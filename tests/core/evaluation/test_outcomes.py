"""Outcomes, orders and flips against brute force, the sweep and scikit-learn's confusion matrix."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from core.evaluation.outcomes import ORDERS, OUTCOMES, flips, in_levels, outcome_counts, outcomes, rows_of
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep

SCORE = st.one_of(st.integers(-3, 3).map(float), st.floats(-1e6, 1e6))
IMAGES = st.lists(st.tuples(st.integers(0, 1), SCORE), max_size=30)
LEVELS = st.sampled_from(["bacteria", "virus", None])


def split_of(images, levels=None):
    n = len(images)
    ids = np.array([f"image{i}" for i in range(n)], dtype=object)
    subgroups = {} if levels is None else {"subtype": np.array(levels, dtype=object)}
    return Predictions(
        image_id=ids,
        patient_id=ids,
        y_true=np.array([label for label, _ in images], dtype=np.int8),
        logit=np.array([score for _, score in images], dtype=float),
        subgroups=subgroups,
    )


def name_of(label, score, threshold):
    return {(True, 1): "tp", (True, 0): "fp", (False, 1): "fn", (False, 0): "tn"}[score >= threshold, label]


@given(IMAGES, SCORE)
def test_outcomes_are_those_of_brute_force_and_of_scikit_learn(images, threshold):
    split = split_of(images)
    expected = [name_of(label, score, threshold) for label, score in images]
    assert outcomes(split, threshold).tolist() == expected
    counts = outcome_counts(split, threshold)
    assert counts == {name: expected.count(name) for name in OUTCOMES}
    if images:
        matrix = confusion_matrix(split.y_true, split.logit >= threshold, labels=[0, 1])
        assert [counts[name] for name in ("tn", "fp", "fn", "tp")] == matrix.ravel().tolist()


@given(IMAGES, SCORE)
def test_orders_are_those_of_brute_force(images, threshold):
    split = split_of(images)
    for name, (called, _) in OUTCOMES.items():
        members = [i for i, image in enumerate(images) if name_of(*image, threshold) == name]
        side = 1 if called else -1
        expected = {
            "data order": members,
            "confident": sorted(members, key=lambda i: -side * images[i][1]),
            "nearest": sorted(members, key=lambda i: side * images[i][1]),
        }
        for order in ORDERS:
            assert rows_of(split, threshold, name, order=order).tolist() == expected[order]


@given(IMAGES, SCORE, SCORE)
def test_flips_are_the_difference_of_the_two_tables(images, before, after):
    split, sweep = split_of(images), threshold_sweep(split_of(images))
    found = flips(split, before, after)
    expected = [i for i, (_, score) in enumerate(images) if (score >= before) != (score >= after)]
    assert sorted(found.rows.tolist()) == expected
    assert np.all(np.diff(split.logit[found.rows]) <= 0)
    assert all((images[i][1] >= after) == found.become_positive for i in expected)
    assert found.before == sweep.counts(before)
    assert found.after == sweep.counts(after)
    sick = sum(images[i][0] for i in expected)
    well, sign = len(expected) - sick, 1 if found.become_positive else -1
    assert found.difference == (sign * sick, sign * well, -sign * well, -sign * sick)


@given(st.lists(LEVELS, max_size=20), st.sets(LEVELS))
def test_levels_are_those_of_brute_force(levels, wanted):
    split = split_of([(0, 0.0)] * len(levels), levels)
    expected = [not wanted or level in wanted for level in levels]
    assert in_levels(split, {"subtype": wanted}).tolist() == expected


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="outcome 'xx'"):
        rows_of(split_of([]), 0.0, "xx")
    with pytest.raises(ValueError, match="order 'xx'"):
        rows_of(split_of([]), 0.0, "tp", order="xx")


@pytest.mark.long
def test_a_million_images_are_sorted_out_at_once():
    rng, n = np.random.default_rng(0), 1_000_000
    ids = np.array([f"{i}" for i in range(n)], dtype=object)
    label = rng.integers(0, 2, n).astype(np.int8)
    split = Predictions(
        image_id=ids,
        patient_id=ids,
        y_true=label,
        logit=rng.normal(label, 1.0),
        subgroups={"site": np.array(["a", "b", None], dtype=object)[rng.integers(0, 3, n)]},
    )
    started = time.process_time()
    outcome_counts(split, 0.5)
    rows_of(split, 0.5, "tn")
    in_levels(split, {"site": ["a", None]})
    flips(split, 0.5, 0.9)
    assert time.process_time() - started < 2.0, "a loop over rows takes longer"
