"""The search for the worst combination against a brute force with SciPy, and its false alarms by simulation."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from core.evaluation.comparing import worst_combination
from core.evaluation.comparing.worst_combination import FEWEST_SEARCHED, worst_combinations
from core.evaluation.predictions import Predictions


def predictions(y_true, logit, patient=None):
    names = np.array([f"i{at}" for at in range(len(y_true))], dtype=object)
    patient = names if patient is None else np.array([f"p{k}" for k in patient], dtype=object)
    return Predictions(image_id=names, patient_id=patient, y_true=y_true, logit=logit)


def columns_of(rng, patients, count, levels):
    return {f"c{k}": np.array([f"l{x}" for x in rng.integers(0, levels, patients)], dtype=object) for k in range(count)}


def test_every_combination_is_compared_as_by_hand():
    rng = np.random.default_rng(5)
    y_true, columns = rng.integers(0, 2, 500), columns_of(rng, 500, 2, 3)
    bad = (columns["c0"] == "l1") & (columns["c1"] == "l2")
    logit = rng.normal(3 * y_true - 1.5) - 4 * bad * (y_true == 1)
    found = worst_combinations(predictions(y_true, logit), columns, 0.0, most=99)
    masks = {((name, level),): column == level for name, column in columns.items() for level in set(column)}
    for (one, inside), (other, own) in combinations(list(masks.items()), 2):
        if one[0][0] != other[0][0]:
            masks[tuple(sorted((*one, *other)))] = inside & own
    expected, rates = {}, {}
    for levels, inside in masks.items():
        for measure, label in (("sensitivity", 1), ("specificity", 0)):
            of, right = y_true == label, (logit >= 0) == (label == 1)
            sides = [(int((right & of & side).sum()), int((of & side).sum())) for side in (inside, ~inside)]
            if min(n for _, n in sides) >= FEWEST_SEARCHED:
                expected[levels, measure] = fisher_exact([[hits, n - hits] for hits, n in sides]).pvalue
                rates[levels, measure] = [hits / n for hits, n in sides]
    adjusted = dict(zip(expected, multipletests([*expected.values()], method="holm")[1], strict=True))
    assert found.searched == len(expected) and found.passed_over == 0
    lower = {key for key, (own, rest) in rates.items() if own < rest}
    assert {(tuple(sorted(one.levels)), one.measure) for one in found.lower} == lower
    for one in found.lower:
        key = tuple(sorted(one.levels)), one.measure
        assert one.p_adjusted == pytest.approx(adjusted[key])
        assert (one.rate.value, one.difference.value) == pytest.approx((rates[key][0], rates[key][0] - rates[key][1]))
        assert one.rate.low < one.rate.high and one.difference.low < one.difference.high
    worst = found.clear[0]
    assert (set(worst.levels), worst.measure) == ({("c0", "l1"), ("c1", "l2")}, "sensitivity")
    assert [one.p_adjusted for one in found.lower] == sorted(one.p_adjusted for one in found.lower)


def test_what_selects_the_same_images_is_compared_once_and_nothing_is_nothing():
    rng = np.random.default_rng(6)
    y_true, columns = rng.integers(0, 2, 200), columns_of(rng, 200, 1, 3)
    made = predictions(y_true, rng.normal(y_true))
    once = worst_combinations(made, columns, 0.0)
    assert worst_combinations(made, columns | {"again": columns["c0"]}, 0.0).searched == once.searched == 6
    for empty in ({}, {"none": np.full(200, None, dtype=object)}, {"all": np.full(200, "x", dtype=object)}):
        assert (found := worst_combinations(made, empty, 0.0)).searched == 0 and found.lower == ()


def test_two_sides_of_one_comparison_are_one_test_and_the_lower_side_is_named():
    rng = np.random.default_rng(8)
    y_true, bad = rng.integers(0, 2, 400), rng.random(400) < 0.6
    made = predictions(y_true, rng.normal(3 * y_true - 1.5) - 3 * bad * (y_true == 1))
    sex, film = (np.array(np.where(bad, *names), dtype=object) for names in (("f", "m"), ("portable", "fixed")))
    found = worst_combinations(made, {"sex": sex}, 0.0)
    assert found.searched == 2, "sensitivity and specificity, each of f against m"
    worst = found.clear[0]
    assert (worst.levels, worst.measure) == ((("sex", "f"),), "sensitivity")
    assert worst.p_adjusted == pytest.approx(
        2
        * fisher_exact(
            [
                [(y_true & side & (made.logit >= 0)).sum(), (y_true & side & (made.logit < 0)).sum()]
                for side in (bad, ~bad)
            ]
        ).pvalue
    )
    assert worst_combinations(made, {"sex": sex, "film": film}, 0.0).searched == 2, "a column that parts alike"
    rest_is_worse = worst_combinations(made, {"sex": np.where(bad, None, sex)}, 0.0)
    assert [one.measure for one in rest_is_worse.clear] == [], "only what a level selects is named"


def test_of_too_many_the_largest_are_searched_and_columns_do_not_multiply(monkeypatch):
    rng = np.random.default_rng(9)
    y_true, columns = rng.integers(0, 2, 600), columns_of(rng, 600, 20, 3)
    made = predictions(y_true, rng.normal(y_true))
    monkeypatch.setattr(worst_combination, "MOST_SEARCHED", 150)
    looked_at = []
    monkeypatch.setattr(worst_combination, "compare_rates", lambda *images: looked_at.append(images[1].sum()) or (0, 1))
    found = worst_combinations(made, columns, 0.0)
    sizes = [
        int((inside & (y_true == label)).sum())
        for label in (0, 1)
        for (one, a), (other, b) in combinations(
            [(name, column == level) for name, column in columns.items() for level in set(column)], 2
        )
        for inside in (a & b,)
        if one != other
    ]
    sizes += [int(((c == v) & (y_true == label)).sum()) for c in columns.values() for v in set(c) for label in (0, 1)]
    assert looked_at == sorted(sizes, reverse=True)[:150]
    assert (found.searched, found.passed_over) == (150, sum(size >= FEWEST_SEARCHED for size in sizes) - 150)
    monkeypatch.setattr(worst_combination, "MOST_CROSSED", 6)
    crossed = worst_combinations(made, columns, 0.0)
    assert crossed.searched + crossed.passed_over <= 2 * (60 + 15)


@pytest.mark.long
def test_false_alarms_are_rare_where_patients_have_several_images_and_errors_go_together():
    """Two images a patient whose scores share most of their variance; 5 % of 60 runs would be 3, and 6 by chance."""
    rng, alarms = np.random.default_rng(7), 0
    for _ in range(60):
        patient = np.repeat(np.arange(200), 2)
        y_true = np.repeat(rng.integers(0, 2, 200), 2)
        score = np.repeat(rng.normal(0, 2, 200), 2) + rng.normal(size=400)
        columns = {name: np.repeat(column, 2) for name, column in columns_of(rng, 200, 3, 3).items()}
        made = predictions(y_true, score + 4 * y_true - 2, patient)
        alarms += bool(worst_combinations(made, columns, 0.0, most=1).clear)
    assert alarms <= 3
