from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from core.evaluation.choosing.operating_point import (
    RULES,
    OperatingPoint,
    Unreachable,
    choose_operating_points,
    choose_with_floor,
    operating_point_at,
    rates,
)
from core.evaluation.estimates.intervals import FEW_CLUSTERS
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep

Make = Callable[..., Predictions]
images = st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4)), min_size=1, max_size=40)


def every_point(sweep: ThresholdSweep) -> list[OperatingPoint]:
    return [operating_point_at(sweep, float(score), name="", rule="") for score in sweep.threshold]


def sensitivity(point: OperatingPoint) -> Fraction:
    return Fraction(point.tp, point.tp + point.fn)


def specificity(point: OperatingPoint) -> Fraction:
    return Fraction(point.tn, point.tn + point.fp)


def f1(point: OperatingPoint) -> Fraction:
    return Fraction(2 * point.tp, 2 * point.tp + point.fp + point.fn)


def brute_force(sweep: ThresholdSweep, name: str) -> float | None:
    """The threshold a rule names, by looking at every score in exact fractions; None where it is out of reach."""
    points = every_point(sweep)
    if name == "youden":
        return max(points, key=lambda point: (sensitivity(point) + specificity(point), sensitivity(point))).threshold
    if name == "best_f1":
        return max(points, key=lambda point: (f1(point), sensitivity(point))).threshold
    floored, other = (specificity, sensitivity) if name.startswith("specificity") else (sensitivity, specificity)
    within = [point for point in points if floored(point) >= Fraction(name.split("_")[1])]
    return max(within, key=lambda point: (other(point), floored(point))).threshold if within else None


@settings(deadline=None, max_examples=100)
@given(images)
def test_rules_equal_brute_force(make: Make, drawn: list[tuple[int, int]]) -> None:
    sweep = threshold_sweep(make(*zip(*drawn, strict=True)))
    chosen = choose_operating_points(sweep)
    assert tuple(point.name for point in chosen) == RULES
    for point in chosen:
        if not (sweep.n_pos and sweep.n_neg):
            assert isinstance(point, Unreachable)
            assert "no negative images" in point.reason or "no positive images" in point.reason
            continue
        expected = brute_force(sweep, point.name)
        assert (point.threshold if isinstance(point, OperatingPoint) else None) == expected, point.name


@pytest.mark.parametrize("name", RULES)
def test_rules_equal_brute_force_on_a_larger_split(clustered: Predictions, name: str) -> None:
    sweep = threshold_sweep(clustered)
    point = next(point for point in choose_operating_points(sweep) if point.name == name)
    assert isinstance(point, OperatingPoint)
    assert point.threshold == brute_force(sweep, name)
    assert (point.tp, point.fp, point.tn, point.fn) == sweep.counts(point.threshold)


def test_of_equal_values_the_most_sensitive(make: Make) -> None:
    # At 3 sensitivity 1/2 and specificity 1, at 1 sensitivity 1 and specificity 1/2: J is 1/2 at both.
    youden = choose_operating_points(threshold_sweep(make([1, 0, 1, 0], [3.0, 2.0, 1.0, 0.0])))[0]
    assert isinstance(youden, OperatingPoint)
    assert youden.threshold == 1.0


@pytest.mark.parametrize(
    ("n_neg", "false_alarms", "met"), [(10, 1, True), (20, 2, True), (110, 11, True), (9, 1, False)]
)
def test_a_floor_is_met_exactly(make: Make, n_neg: int, false_alarms: int, met: bool) -> None:
    """9 of 10 is 0.90, 8 of 9 is not."""
    y_true = [0] * n_neg + [1, 1]
    logit = [2.0] * false_alarms + [0.0] * (n_neg - false_alarms) + [2.0, 3.0]
    point = choose_with_floor(threshold_sweep(make(y_true, logit)), "specificity", "0.90")
    assert isinstance(point, OperatingPoint)
    assert point.threshold == (2.0 if met else 3.0)


@pytest.mark.parametrize(("floor", "n_neg", "kept"), [("0.07", 100, 7), ("0.55", 180, 99)])
def test_a_floor_is_met_where_floats_say_otherwise(make: Make, floor: str, n_neg: int, kept: int) -> None:
    assert float(floor) * n_neg > kept
    y_true, logit = [0] * n_neg + [1], [1.0] * (n_neg - kept) + [0.0] * kept + [1.0]
    assert isinstance(choose_with_floor(threshold_sweep(make(y_true, logit)), "specificity", floor), OperatingPoint)


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 1000))
@settings(deadline=None)
def test_floors_of_three_decimals(make: Make, n_neg: int, above: int, floor: int) -> None:
    above = min(above, n_neg)
    sweep = threshold_sweep(make([1, *[0] * n_neg], [1.0, *[1.0] * above, *[0.0] * (n_neg - above)]))
    point = choose_with_floor(sweep, "specificity", f"{floor / 1000:.3f}")
    reachable = (n_neg - above) * 1000 >= floor * n_neg
    assert isinstance(point, OperatingPoint) == reachable


def test_out_of_reach_says_why(make: Make) -> None:
    point = choose_operating_points(threshold_sweep(make([1, 0, 0, 0, 0], [1.0, 1.0, 1.0, 0.0, -1.0])))[1]
    assert isinstance(point, Unreachable)
    assert point.name == "specificity_0.90"
    assert "the most is 2 of 4 (0.500), as 2 negative images share the highest score" in point.reason
    alone = choose_operating_points(threshold_sweep(make([1, 0, 0], [1.0, 1.0, 0.0])))[1]
    assert isinstance(alone, Unreachable) and alone.reason.endswith("as 1 negative image has the highest score")


@pytest.mark.parametrize(("y_true", "missing"), [([], "no images"), ([1, 1], "no negative"), ([0], "no positive")])
def test_without_both_classes_nothing_is_chosen(make: Make, y_true: list[int], missing: str) -> None:
    for point in choose_operating_points(threshold_sweep(make(y_true, np.arange(float(len(y_true)))))):
        assert isinstance(point, Unreachable)
        assert missing in point.reason


def scikit_learn(split: Predictions, threshold: float) -> dict[str, float]:
    called, y_true = split.logit >= threshold, split.y_true
    positive, negative = metrics.class_likelihood_ratios(y_true, called)
    return {
        "sensitivity": metrics.recall_score(y_true, called),
        "specificity": metrics.recall_score(y_true, called, pos_label=0),
        "precision": metrics.precision_score(y_true, called),
        "npv": metrics.precision_score(y_true, called, pos_label=0),
        "accuracy": metrics.accuracy_score(y_true, called),
        "balanced_accuracy": metrics.balanced_accuracy_score(y_true, called),
        "f1": metrics.f1_score(y_true, called),
        "lr_positive": positive,
        "lr_negative": negative,
    }


def test_rates_equal_scikit_learn(clustered: Predictions) -> None:
    sweep = threshold_sweep(clustered)
    for threshold in (-2.0, -0.3, 0.0, 0.777, 2.0):
        ours = rates(sweep, threshold)
        for name, expected in scikit_learn(clustered, threshold).items():
            assert ours[name].value == pytest.approx(expected, abs=1e-12), name
            assert ours[name].low < ours[name].value < ours[name].high, name


def test_wilson_equals_scipy_for_one_image_a_patient(single: Predictions) -> None:
    sweep = threshold_sweep(single)
    for threshold in (*sweep.threshold[::25], 99.0, -99.0):
        tp, fp, tn, fn = sweep.counts(threshold)
        denominators = {
            "sensitivity": (tp, tp + fn),
            "specificity": (tn, tn + fp),
            "precision": (tp, tp + fp),
            "npv": (tn, tn + fn),
            "accuracy": (tp + tn, single.n),
        }
        for name, (x, n) in denominators.items():
            ours = rates(sweep, threshold)[name]
            if n == 0:
                assert math.isnan(ours.value)
                continue
            expected = binomtest(x, n).proportion_ci(method="wilson")
            assert (ours.low, ours.high) == pytest.approx((expected.low, expected.high), abs=1e-13)


def test_intervals_agree_with_a_bootstrap_over_patients(clustered: Predictions) -> None:
    """Widths of the closed forms against 4,000 resamples of patients, whose noise is some 3 %."""
    rng = np.random.default_rng(3)
    sweep, threshold = threshold_sweep(clustered), 0.0
    called, ill = clustered.logit >= threshold, clustered.y_true == 1
    cells = [called & ill, called & ~ill, ~called & ~ill, ~called & ill]
    counts = np.stack([np.bincount(clustered.patient_index, weights=cell) for cell in cells])
    drawn = rng.multinomial(600, np.full(600, 1 / 600), size=4000)
    tp, fp, tn, fn = counts @ drawn.T
    resampled = {
        "sensitivity": tp / (tp + fn),
        "specificity": tn / (tn + fp),
        "precision": tp / (tp + fp),
        "npv": tn / (tn + fn),
        "accuracy": (tp + tn) / (tp + fp + tn + fn),
        "f1": 2 * tp / (2 * tp + fp + fn),
        "lr_positive": tp / (tp + fn) / (fp / (fp + tn)),
        "lr_negative": fn / (tp + fn) / (tn / (fp + tn)),
    }
    ours = rates(sweep, threshold)
    for name, values in resampled.items():
        low, high = np.quantile(values, [0.025, 0.975])
        assert ours[name].high - ours[name].low == pytest.approx(high - low, rel=0.1), name
        assert (ours[name].low, ours[name].high) == pytest.approx((low, high), abs=0.15 * (high - low)), name


def test_patients_widen_the_intervals(clustered: Predictions, make: Make) -> None:
    alone = rates(threshold_sweep(make(clustered.y_true, clustered.logit)), 0.0)
    for name, ours in rates(threshold_sweep(clustered), 0.0).items():
        assert ours.value == pytest.approx(alone[name].value, rel=1e-12)
        assert ours.high - ours.low > 1.1 * (alone[name].high - alone[name].low), name


def test_doubling_every_image_hardly_widens_a_rate(
    clustered: Predictions, doubled: Callable[[Predictions], Predictions]
) -> None:
    """And never narrows it: copies tell nothing, and Student's t of the images falls a little with their number."""
    once, twice = threshold_sweep(clustered), threshold_sweep(doubled(clustered))
    for threshold in (-99.0, -3.0, 0.0, 0.5, 3.5, 99.0):
        for name, ours in rates(once, threshold).items():
            again = rates(twice, threshold)[name]
            shifted = "0.5 added" in ours.method  # to cells of the effective sizes
            assert again.value == pytest.approx(ours.value, rel=1e-3 if shifted else 1e-12, nan_ok=True), name
            if math.isfinite(ours.value):
                assert 1 - 1e-9 < (again.high - again.low) / (ours.high - ours.low) < 1.02, (name, threshold)


def test_undefined_rates_say_why(make: Make) -> None:
    above = rates(threshold_sweep(make([1, 0], [1.0, 0.0])), 5.0)
    assert math.isnan(above["precision"].value)
    assert "no image is called positive" in above["precision"].reason
    assert above["sensitivity"].value == 0.0
    assert above["f1"].value == 0.0
    of_negatives = rates(threshold_sweep(make([0, 0], [1.0, 0.0])), 5.0)
    undefined = {name for name, ours in of_negatives.items() if math.isnan(ours.value)}
    assert undefined == {"sensitivity", "precision", "f1", "balanced_accuracy", "lr_positive", "lr_negative"}
    assert all(bool(ours.reason) == (name in undefined) for name, ours in of_negatives.items())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3), st.integers(0, 4)), max_size=15), st.integers(-4, 4))
def test_intervals_hold_their_value_and_are_never_of_width_0(
    make: Make, drawn: list[tuple[int, int, int]], threshold: int
) -> None:
    y_true, logit, patient = zip(*drawn, strict=True) if drawn else ((), (), ())
    for name, ours in rates(threshold_sweep(make(y_true, logit, patient)), threshold).items():
        if ours.reason.endswith(FEW_CLUSTERS):
            assert math.isnan(ours.low) and math.isnan(ours.high), name
        elif not math.isnan(ours.value):
            assert ours.low <= ours.value <= ours.high, name
            assert ours.low < ours.high, name
            assert ours.low >= 0, name
            assert ours.high <= 1 or name.startswith("lr_"), name
