from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep
from core.evaluation.worth.cost_curve import choices_cost, least_cost, probability_cost, threshold_cost
from core.evaluation.worth.utility import net_benefit_at

Make = Callable[..., Predictions]
PC = np.linspace(0, 1, 201)


def every_cost(split: Predictions) -> np.ndarray:
    """The cost at each PC(+) of every threshold there is, calling nothing or everything positive among them."""
    fpr, tpr, _ = roc_curve(split.y_true, split.logit, drop_intermediate=False)
    return (1 - tpr)[:, None] * PC + fpr[:, None] * (1 - PC)


@pytest.mark.parametrize("name", ["single", "clustered"])
def test_envelope_is_the_least_of_all_thresholds(name: str, request: pytest.FixtureRequest) -> None:
    split = request.getfixturevalue(name)
    found = least_cost(threshold_sweep(split))
    np.testing.assert_allclose(np.interp(PC, found["pc"], found["cost"]), every_cost(split).min(axis=0), atol=1e-12)
    assert (found["cost"] <= np.minimum(found["pc"], 1 - found["pc"]) + 1e-12).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4)), min_size=2, max_size=30))
def test_envelope_with_ties(make: Make, images: list[tuple[int, int]]) -> None:
    y_true, logit = np.array(images).T
    if len(set(y_true.tolist())) < 2:
        assert least_cost(threshold_sweep(make(y_true, logit))).empty
        return
    split = make(y_true, logit)
    found = least_cost(threshold_sweep(split))
    assert found["pc"].is_monotonic_increasing
    assert (found["pc"].iloc[0], found["pc"].iloc[-1]) == (0, 1)
    np.testing.assert_allclose(np.interp(PC, found["pc"], found["cost"]), every_cost(split).min(axis=0), atol=1e-12)


def errors(sweep: ThresholdSweep, threshold: float) -> tuple[float, float]:
    tp, fp, tn, fn = sweep.counts(threshold) if math.isfinite(threshold) else (0, 0, sweep.n_neg, sweep.n_pos)
    return fn / (tp + fn), fp / (fp + tn)


def test_choices_of_one_split_are_paid_for_on_another(single: Predictions, clustered: Predictions) -> None:
    chosen_on, seen = threshold_sweep(single), threshold_sweep(clustered)
    found = choices_cost(chosen_on, seen)
    least = least_cost(chosen_on)
    for row, promise in zip(found.to_dict("records"), least.to_dict("records"), strict=True):
        fnr, fpr = errors(seen, row["threshold"])
        assert row["cost"] == pytest.approx(fnr * row["pc"] + fpr * (1 - row["pc"]))
        assert (row["pc"], row["threshold"]) == (promise["pc"], promise["threshold"])
    hindsight = least_cost(seen)
    assert (found["cost"] >= np.interp(found["pc"], hindsight["pc"], hindsight["cost"]) - 1e-12).all()


def test_one_threshold_is_a_line_between_its_error_rates(clustered: Predictions) -> None:
    sweep = threshold_sweep(clustered)
    found = threshold_cost(sweep, 0.31, PC)
    fnr, fpr = errors(sweep, 0.31)
    np.testing.assert_allclose(found["cost"], fnr * PC + fpr * (1 - PC), atol=1e-12)
    assert ((found["low"] < found["cost"]) & (found["cost"] < found["high"])).all()


def test_ends_of_the_line_have_the_limits_of_the_rates(clustered: Predictions) -> None:
    from core.evaluation.choosing.operating_point import rates

    sweep = threshold_sweep(clustered)
    first, last = threshold_cost(sweep, 0.31, np.array([0.0, 1.0])).to_dict("records")
    found = rates(sweep, 0.31)
    assert (first["low"], first["high"]) == pytest.approx((1 - found["specificity"].high, 1 - found["specificity"].low))
    assert (last["low"], last["high"]) == pytest.approx((1 - found["sensitivity"].high, 1 - found["sensitivity"].low))


def test_probability_cost_says_the_same_as_net_benefit(single: Predictions) -> None:
    """Both are the cost of the errors, in other units: net benefit = prevalence - errors in missed positives."""
    threshold, p_t = 0.31, 1 / (1 + math.exp(-0.31))
    prevalence = single.n_pos / single.n
    pc = probability_cost(prevalence, p_t)
    cost = threshold_cost(threshold_sweep(single), threshold, np.array([pc]))["cost"].iloc[0]
    worst = prevalence + (1 - prevalence) * p_t / (1 - p_t)
    assert net_benefit_at(single, threshold, 1.0).model.value == pytest.approx(prevalence - cost * worst)


def test_one_class_has_no_cost_curve(make: Make) -> None:
    sweep = threshold_sweep(make([1, 1], [0.0, 1.0]))
    assert least_cost(sweep).empty
    assert threshold_cost(sweep, 0.5, PC)["cost"].isna().all()
    assert math.isnan(probability_cost(0.0, 0.0))
