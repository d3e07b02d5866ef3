from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, choose_with_floor, operating_point_at
from core.evaluation.choosing.search import (
    best_row,
    choose_least_cost,
    choose_net_benefit,
    choose_with_both_floors,
    choose_with_ppv,
    choose_within_capacity,
    hits_and_total,
    meets,
)
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep

Make = Callable[..., Predictions]
images = st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4)), min_size=1, max_size=40)
shares = st.fractions(0, 1, max_denominator=40)
floors = st.sampled_from(["0.5", "0.75", "0.8", "0.9", "0.95", "1"])


def every_point(sweep: ThresholdSweep) -> list[OperatingPoint]:
    return [operating_point_at(sweep, float(score), name="", rule="") for score in sweep.threshold]


def sensitivity(point: OperatingPoint) -> Fraction:
    return Fraction(point.tp, point.tp + point.fn)


def specificity(point: OperatingPoint) -> Fraction:
    return Fraction(point.tn, point.tn + point.fp)


def threshold_of(found: OperatingPoint | Unreachable) -> float | None:
    return found.threshold if isinstance(found, OperatingPoint) else None


def best(points: list[OperatingPoint], key: Callable[[OperatingPoint], object]) -> float | None:
    return max(points, key=key).threshold if points else None  # type: ignore[arg-type, type-var]


def of_both_classes(sweep: ThresholdSweep) -> bool:
    return bool(sweep.n_pos and sweep.n_neg)


@settings(deadline=None, max_examples=60)
@given(images, floors, floors)
def test_both_floors_equal_brute_force(make: Make, drawn: list[tuple[int, int]], sens: str, spec: str) -> None:
    sweep = threshold_sweep(make(*zip(*drawn, strict=True)))
    found = choose_with_both_floors(sweep, {"sensitivity": sens, "specificity": spec})
    if not of_both_classes(sweep):
        assert isinstance(found, Unreachable)
        assert "no negative images" in found.reason or "no positive images" in found.reason
        return
    within = [p for p in every_point(sweep) if sensitivity(p) >= Fraction(sens) and specificity(p) >= Fraction(spec)]
    expected = best(within, lambda p: (sensitivity(p) + specificity(p), sensitivity(p)))
    assert threshold_of(found) == expected


@settings(deadline=None, max_examples=60)
@given(images, shares, st.fractions(0, 50, max_denominator=20), st.fractions(0, 50, max_denominator=20))
def test_least_cost_equals_brute_force(
    make: Make, drawn: list[tuple[int, int]], prevalence: Fraction, miss: Fraction, alarm: Fraction
) -> None:
    sweep = threshold_sweep(make(*zip(*drawn, strict=True)))
    if not of_both_classes(sweep):
        return

    def cost(point: OperatingPoint) -> Fraction:
        return prevalence * (1 - sensitivity(point)) * miss + (1 - prevalence) * (1 - specificity(point)) * alarm

    found = choose_least_cost(sweep, prevalence=prevalence, miss=miss, alarm=alarm)
    points = every_point(sweep)
    if prevalence * miss < min(map(cost, points)):
        assert isinstance(found, Unreachable)
        assert "calling no image positive costs less" in found.reason
    else:
        assert threshold_of(found) == best(points, lambda p: (-cost(p), sensitivity(p), -p.threshold))


@settings(deadline=None, max_examples=60)
@given(images, shares, shares)
def test_capacity_equals_brute_force(
    make: Make, drawn: list[tuple[int, int]], prevalence: Fraction, capacity: Fraction
) -> None:
    sweep = threshold_sweep(make(*zip(*drawn, strict=True)))
    if not of_both_classes(sweep):
        return
    found = choose_within_capacity(sweep, prevalence=prevalence, capacity=capacity)
    within = [
        p
        for p in every_point(sweep)
        if prevalence * sensitivity(p) + (1 - prevalence) * (1 - specificity(p)) <= capacity
    ]
    assert threshold_of(found) == best(within, lambda p: (sensitivity(p), specificity(p)))
    if not within:
        assert isinstance(found, Unreachable)
        assert "even the highest score" in found.reason


@settings(deadline=None, max_examples=60)
@given(images, shares.filter(lambda p: 0 < p < 1), shares.filter(lambda floor: floor > 0))
def test_a_floor_of_the_ppv_equals_brute_force(
    make: Make, drawn: list[tuple[int, int]], prevalence: Fraction, floor: Fraction
) -> None:
    sweep = threshold_sweep(make(*zip(*drawn, strict=True)))
    if not of_both_classes(sweep):
        return

    def ppv(point: OperatingPoint) -> Fraction:
        ill = prevalence * sensitivity(point)
        return ill / (ill + (1 - prevalence) * (1 - specificity(point)))

    found = choose_with_ppv(sweep, prevalence=prevalence, floor=floor)
    within = [point for point in every_point(sweep) if ppv(point) >= floor]
    assert threshold_of(found) == best(within, lambda p: (sensitivity(p), specificity(p)))
    if not within:
        assert isinstance(found, Unreachable)
        most = float(max(map(ppv, every_point(sweep))))
        assert found.reason == f"no threshold of validation has a PPV above {most:.3f} at this prevalence"


@settings(deadline=None, max_examples=60)
@given(images, shares, st.fractions(0, 1, max_denominator=40).filter(lambda p: 0 < p < 1))
def test_net_benefit_equals_brute_force_and_is_the_least_cost(
    make: Make, drawn: list[tuple[int, int]], prevalence: Fraction, probability: Fraction
) -> None:
    sweep = threshold_sweep(make(*zip(*drawn, strict=True)))
    if not of_both_classes(sweep):
        return
    odds = probability / (1 - probability)

    def benefit(point: OperatingPoint) -> Fraction:
        return prevalence * sensitivity(point) - (1 - prevalence) * (1 - specificity(point)) * odds

    found = choose_net_benefit(sweep, prevalence=prevalence, probability=probability)
    points = every_point(sweep)
    expected = best(points, lambda p: (benefit(p), sensitivity(p), -p.threshold))
    assert threshold_of(found) == (None if max(map(benefit, points)) < 0 else expected)
    same = choose_least_cost(sweep, prevalence=prevalence, miss=1 - probability, alarm=probability)
    assert threshold_of(same) == threshold_of(found)


def test_at_the_runs_own_prevalence_net_benefit_is_of_the_counts(single: Predictions) -> None:
    sweep = threshold_sweep(single)
    found = choose_net_benefit(sweep, prevalence=Fraction(single.n_pos, single.n), probability=Fraction("0.3"))
    benefit = sweep.tp / single.n - sweep.fp / single.n * 0.3 / 0.7
    assert isinstance(found, OperatingPoint)
    assert benefit[sweep.at(found.threshold)] == pytest.approx(benefit.max(), abs=1e-15)


@pytest.mark.parametrize("rate", ["sensitivity", "specificity"])
def test_best_row_is_that_of_a_floor(clustered: Predictions, rate: str) -> None:
    sweep = threshold_sweep(clustered)
    for floor in ("0.5", "0.81", "0.95", "0.99"):
        row = best_row(sweep, meets(*hits_and_total(sweep, rate), floor), (rate,))
        assert row is not None
        assert threshold_of(choose_with_floor(sweep, rate, floor)) == sweep.threshold[row]


def test_costs_that_floats_cannot_tell_apart_are_compared_exactly(make: Make) -> None:
    """One missed or one falsely alarmed image: the costs differ in the thirtieth digit."""
    sweep = threshold_sweep(make([1, 0, 1, 0], [3, 2, 1, 0]))
    tiny = Fraction(1, 10**30)
    half = Fraction(1, 2)
    for alarm, expected in ((1 + tiny, 3.0), (Fraction(1), 1.0), (1 - tiny, 1.0)):
        assert threshold_of(choose_least_cost(sweep, prevalence=half, miss=Fraction(1), alarm=alarm)) == expected


def test_both_floors_out_of_reach_say_how_near_it_comes(make: Make) -> None:
    sweep = threshold_sweep(make([1, 0, 1, 0], [3, 2, 1, 0]))
    found = choose_with_both_floors(sweep, {"sensitivity": "1", "specificity": "0.9"})
    assert isinstance(found, Unreachable)
    assert "specificity is at most 1 of 2 (0.500)" in found.reason


def test_a_capacity_out_of_reach_says_what_the_highest_score_calls(make: Make) -> None:
    sweep = threshold_sweep(make([1, 1, 0, 0], [2.0, 2.0, 1.0, 0.0]))
    found = choose_within_capacity(sweep, prevalence=Fraction(1, 3), capacity=Fraction(1, 10))
    assert isinstance(found, Unreachable)
    assert found.reason == "even the highest score of validation calls 33 % positive at this prevalence"
