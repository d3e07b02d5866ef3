"""Floors that may be tried freely: the confidence of each at which all of them hold at once.

Each floor has a threshold of its own, an order statistic of its class, so that a sequence of floors, tested from the
lowest up, stops nowhere and controls nothing: with five floors at 95 % each some guarantee is false in 10 % of
hospitals. Therefore all of :data:`FLOORS` share one smaller error, the largest at which the chance that any of their
guarantees is false is at most what was asked (equal local levels: Gontscharuk, Landwehr and Finner 2015). That chance
is exact: of n scores the numbers that lie beyond each floor's quantile are those of a Poisson process, given that it
has n points (Khmaladze and Shinjikashvili 2001; Moscovich and Nadler 2017).
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction

import numpy as np
from scipy.signal import fftconvolve
from scipy.stats import binom, poisson

from core.evaluation.predictions import IntArray

FLOORS = tuple(f"0.{percent}" for percent in range(50, 100))
"""Every whole per cent from 0.50 to 0.99."""

_FLOORS = np.array([float(floor) for floor in reversed(FLOORS)])
_STEPS = 14
"""Of halving the error's interval, on its logarithm: to a part in four thousand."""


def next_floor(floor: str) -> str:
    """The least of :data:`FLOORS` that is not below ``floor`` (a decimal numeral): its guarantee covers ``floor``; "1"
    where there is none."""
    return next((one for one in FLOORS if Fraction(one) >= Fraction(floor)), "1")


def highest_floor(bound: float) -> str:
    """The highest of :data:`FLOORS` that a threshold keeps whose lower ``bound``, at the confidence of each, is given.

    It holds with all others, as the threshold passes the test of that floor too. ``bound`` is at least 0.50.
    """
    return max(floor for floor in FLOORS if float(floor) <= bound)


@functools.cache
def confidence_of_each(patients: int, confidence: float) -> float:
    """The confidence with which each of :data:`FLOORS` is tested on so many ``patients`` of its class, at least 1, for
    all that pass to hold at once with ``confidence``, in (0, 1)."""
    low, high = (1 - confidence) / len(FLOORS), 1 - confidence
    if chance_all_hold(patients, _misses(patients, high)) >= confidence:
        return confidence
    for _ in range(_STEPS):
        error = math.sqrt(low * high)
        if chance_all_hold(patients, _misses(patients, error)) >= confidence:
            low = error
        else:
            high = error
    return 1 - low


def chance_all_hold(patients: int, misses: IntArray) -> float:
    """The chance that no guarantee of :data:`FLOORS` is false, where each allows so many ``misses`` of ``patients``.

    ``misses`` (50,) belong to the floors from the highest down, -1 where a floor cannot be guaranteed. Scores are taken
    as distinct; with equal ones the chance is larger.
    """
    beyond = 1 - _FLOORS
    most = min(patients, math.ceil(patients * beyond[-1] + 12 * math.sqrt(patients) + 30))
    counts, numbers, before = np.array([1.0]), np.arange(most + 1), 0.0
    for share, allowed in zip(beyond.tolist(), misses.tolist(), strict=True):
        counts = fftconvolve(counts, poisson.pmf(numbers, patients * (share - before)))[: most + 1]
        # A guarantee holds where more of the class than may be missed lie beyond the floor's quantile.
        counts[: allowed + 1] = 0
        before = share
    rest = poisson.pmf(patients - np.arange(len(counts)), patients * (1 - before))
    return float(np.clip(counts, 0, None) @ rest / poisson.pmf(patients, patients))


def _misses(patients: int, error: float) -> IntArray:
    return np.asarray(patients - 1 - binom.isf(error, patients, _FLOORS), dtype=np.int64)
