"""Floors tried freely: the chance that all hold against an exact enumeration and simulated hospitals."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import beta, binom, multinomial

from core.evaluation.choosing.every_floor import FLOORS, chance_all_hold, confidence_of_each, highest_floor, next_floor

SHARES = 1 - np.array([float(floor) for floor in reversed(FLOORS)])


def misses(patients: int, confidence: float) -> np.ndarray:
    """Of every floor, from the highest down, by the bound of Clopper and Pearson."""
    k = np.arange(patients)
    bounds = beta.ppf(1 - confidence, patients - k, k + 1)
    return np.array([np.count_nonzero(bounds >= 1 - share) - 1 for share in SHARES])


@pytest.mark.parametrize("floor", [0.9, 0.75, 0.5])
def test_of_one_floor_it_is_binomial(floor: float):
    row = int(np.argmin(np.abs(SHARES - (1 - floor))))
    allowed = np.full(len(FLOORS), -1)
    allowed[row] = 4
    assert chance_all_hold(40, allowed) == pytest.approx(binom.sf(4, 40, 1 - floor), rel=1e-9)


def test_of_two_floors_it_is_the_sum_over_their_counts():
    allowed = np.full(len(FLOORS), -1)
    first, second = 9, 29  # floors of 0.90 and 0.70
    allowed[[first, second]] = 1, 3
    parts = np.array([SHARES[first], SHARES[second] - SHARES[first], 1 - SHARES[second]])
    expected = sum(
        multinomial.pmf([a, b, 15 - a - b], 15, parts)
        for a, b in itertools.product(range(16), repeat=2)
        if a + b <= 15 and a > 1 and a + b > 3
    )
    assert chance_all_hold(15, allowed) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("patients", [1, 2, 5, 40, 146, 1000])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.975])
def test_all_hold_with_the_confidence_and_hardly_with_more(patients: int, confidence: float):
    own = confidence_of_each(patients, confidence)
    assert confidence <= own <= 1 - (1 - confidence) / len(FLOORS)
    assert chance_all_hold(patients, misses(patients, own)) >= confidence - 1e-9
    if own > confidence:
        assert chance_all_hold(patients, misses(patients, 1 - (1 - own) * 1.002)) < confidence


def test_simulated_hospitals_have_a_false_guarantee_as_often_as_stated():
    """2,000 hospitals of 146 patients a class. One floor asked once, five tried, and all of them."""
    rng, n = np.random.default_rng(3), 146
    beyond = np.sort(rng.random((2000, n)), axis=1)  # of each patient, the share of the class with a lower score

    def false(percents, confidence: float) -> float:
        rows = np.array([99 - percent for percent in percents])
        allowed = misses(n, confidence)[rows]
        given = allowed >= 0
        return float((beyond[:, allowed[given]] > SHARES[rows[given]]).any(axis=1).mean())

    five, error = (80, 85, 90, 95, 98), 3 * math.sqrt(0.05 * 0.95 / 2000)
    own = confidence_of_each(n, 0.95)
    assert false((90,), 0.95) <= 0.05 + error
    assert false(five, 0.95) > 0.05 + error
    assert false(five, own) <= 0.05 + error
    assert false(range(50, 100), own) == pytest.approx(0.05, abs=error)


def test_a_floor_in_between_is_next_floor_the_next_one():
    assert (FLOORS[0], FLOORS[-1], len(FLOORS)) == ("0.50", "0.99", 50)
    assert [next_floor(floor) for floor in ("0.9", "0.95", "0.951", "0.3", "0.99", "0.991", "1")] == [
        "0.90",
        "0.95",
        "0.96",
        "0.50",
        "0.99",
        "1",
        "1",
    ]
    assert all(Fraction(next_floor(f"0.{k}")) >= Fraction(f"0.{k}") for k in range(100, 999, 7))


@pytest.mark.parametrize(("bound", "floor"), [(0.50, "0.50"), (0.9301, "0.93"), (0.93, "0.93"), (0.9999, "0.99")])
def test_the_highest_floor_that_is_kept(bound: float, floor: str):
    assert highest_floor(bound) == floor
