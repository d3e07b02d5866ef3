"""Finding the threshold at which something must hold: both floors, a floor of the PPV, least cost,
a capacity, net benefit.

A floor under one rate is :func:`core.evaluation.choosing.operating_point.choose_with_floor`. Every search looks at all
real scores and compares exactly; numbers a person states come as decimal numerals or fractions. Calling nothing
positive is no threshold of the sweep: where it is best, no threshold is worth using, and the answer says so.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, missing_class, operating_point_at
from core.evaluation.predictions import FloatArray, IntArray
from core.evaluation.sweep import ThresholdSweep

BoolArray = npt.NDArray[np.bool_]
FLOORED = ("sensitivity", "specificity")
"""The rates a floor can be put under."""


class Counts(Protocol):
    """What :class:`~core.evaluation.sweep.ThresholdSweep` counts at k thresholds, from the highest down."""

    @property
    def threshold(self) -> FloatArray: ...
    @property
    def tp(self) -> IntArray: ...
    @property
    def fp(self) -> IntArray: ...
    @property
    def n_pos(self) -> int: ...
    @property
    def n_neg(self) -> int: ...


def check_rates(rates: Collection[str], known: Collection[str]) -> None:
    """Raises ValueError unless there are ``rates`` and all are ``known``."""
    if not rates or not set(rates) <= set(known):
        raise ValueError(f"a floor is put under {' or '.join(known)}, not under {' and '.join(rates) or 'nothing'}")


def hits_and_total(sweep: ThresholdSweep, rate: str) -> tuple[IntArray, int]:
    """Of "sensitivity" or "specificity": the images called rightly at each row (k,), and the images of the class."""
    return (sweep.tp, sweep.n_pos) if rate == "sensitivity" else (sweep.n_neg - sweep.fp, sweep.n_neg)


def meets(hits: IntArray, total: int, floor: str) -> BoolArray:
    """Where ``hits / total`` is at least the decimal numeral ``floor``, exactly; shape of ``hits``."""
    return np.asarray(hits >= math.ceil(Fraction(floor) * total))


def best_row(sweep: Counts, within: BoolArray, floored: Collection[str]) -> int | None:
    """Of the rows that are ``within`` (k,), the one with the best rate that has no floor; None where there is none.

    Of equal ones the best floored rate; where both rates are floored, the largest Youden's J, and of equal ones the
    most sensitive.
    """
    rows = np.flatnonzero(within)
    if not len(rows):
        return None
    tp, fp = sweep.tp[rows], sweep.fp[rows]
    if set(floored) == {"sensitivity"}:
        return int(rows[np.flatnonzero(fp == fp.min())[-1]])
    if set(floored) == {"specificity"}:
        return int(rows[np.flatnonzero(tp == tp.max())[0]])
    j = tp * sweep.n_neg - fp * sweep.n_pos
    return int(rows[np.flatnonzero(j == j.max())[-1]])


def choose_with_both_floors(sweep: ThresholdSweep, floors: Mapping[str, str]) -> OperatingPoint | Unreachable:
    """The largest Youden's J where both rates meet their ``floors`` (decimal numerals); of equal ones the most
    sensitive."""
    name = "both_floors"
    rule = f"largest Youden's J with {in_words(floors)}"
    if missing := missing_class(sweep):
        return Unreachable(name=name, rule=rule, reason=missing)
    within = np.logical_and.reduce([meets(*hits_and_total(sweep, rate), floors[rate]) for rate in FLOORED])
    row = best_row(sweep, within, FLOORED)
    if row is not None:
        return _at_row(sweep, row, name, rule)
    reason = "no threshold on validation keeps both floors"
    within = meets(*hits_and_total(sweep, "sensitivity"), floors["sensitivity"])
    closest = best_row(sweep, within, ("sensitivity",))
    if closest is not None:
        hits, total = hits_and_total(sweep, "specificity")
        reason += (
            f": with sensitivity of at least {floors['sensitivity']}, specificity is at most {hits[closest]} of {total}"
            f" ({hits[closest] / total:.3f})"
        )
    return Unreachable(name=name, rule=rule, reason=reason)


def in_words(floors: Mapping[str, str]) -> str:
    """``sensitivity of at least 0.95 and specificity of at least 0.90``."""
    return " and ".join(f"{rate} of at least {floor}" for rate, floor in floors.items())


def choose_with_ppv(sweep: ThresholdSweep, *, prevalence: Fraction, floor: Fraction) -> OperatingPoint | Unreachable:
    """The largest sensitivity where the PPV is at least ``floor``, in (0, 1]; of equal ones the most specific.

    The PPV is prevalence sensitivity / (prevalence sensitivity + (1 - prevalence) (1 - specificity)). It may fall and
    rise along the sweep. Unreachable where no threshold has it, with the most that there is.
    """
    rule = f"largest sensitivity with a PPV of at least {_number(floor)} at a prevalence of {_number(prevalence)}"
    if missing := missing_class(sweep):
        return Unreachable(name="ppv", rule=rule, reason=missing)
    row = best_row(sweep, _with_ppv(sweep, prevalence, floor), ("specificity",))
    if row is not None:
        return _at_row(sweep, row, "ppv", rule)
    most = float(ppv(sweep, float(prevalence)).max())
    reason = f"no threshold of validation has a PPV above {most:.3f} at this prevalence"
    return Unreachable(name="ppv", rule=rule, reason=reason)


def ppv(sweep: Counts, prevalence: float) -> FloatArray:
    """The PPV at every row (k,), in [0, 1], at a prevalence in (0, 1). Needs both classes."""
    found, alarmed = prevalence * sweep.tp / sweep.n_pos, (1 - prevalence) * sweep.fp / sweep.n_neg
    return np.asarray(found / (found + alarmed))


def _with_ppv(sweep: ThresholdSweep, prevalence: Fraction, floor: Fraction) -> BoolArray:
    """Where the PPV is at least ``floor``, exactly: a TP >= b FP in whole numbers where rounding cannot tell."""
    of_pos, of_neg = (1 - floor) * prevalence / sweep.n_pos, floor * (1 - prevalence) / sweep.n_neg
    found, alarmed = sweep.tp * float(of_pos), sweep.fp * float(of_neg)
    within = np.asarray(found >= alarmed)
    for row in np.flatnonzero(np.abs(found - alarmed) <= 1e-12 * alarmed).tolist():
        within[row] = int(sweep.tp[row]) * of_pos >= int(sweep.fp[row]) * of_neg
    return within


def choose_least_cost(
    sweep: ThresholdSweep, *, prevalence: Fraction, miss: Fraction, alarm: Fraction
) -> OperatingPoint | Unreachable:
    """The least expected cost a patient, prevalence (1 - sensitivity) miss + (1 - prevalence) (1 - specificity) alarm.

    Of equal ones the most sensitive. ``prevalence`` lies in [0, 1]; the costs are not negative, in any one unit.
    Unreachable where calling nothing positive costs less than every threshold.
    """
    costs = f"a miss costing {_number(miss)} and a false alarm {_number(alarm)}"
    rule = f"least expected cost at a prevalence of {_number(prevalence)}, {costs}"
    return _cheapest(sweep, "least_cost", rule, prevalence, miss, alarm, "costs less than any threshold")


def choose_net_benefit(
    sweep: ThresholdSweep, *, prevalence: Fraction, probability: Fraction
) -> OperatingPoint | Unreachable:
    """The largest net benefit at a threshold probability p in (0, 1) (Vickers and Elkin 2006): TP/n - FP/n p/(1 - p).

    It is the least cost with a miss at 1 - p and a false alarm at p: prevalence - cost / (1 - p) is the net benefit.
    Unreachable where every threshold's is below 0, that of calling nothing positive.
    """
    rule = (
        f"largest net benefit at a threshold probability of {_number(probability)} and a prevalence of "
        f"{_number(prevalence)}"
    )
    worse = "has the larger net benefit, 0, while that of every threshold is negative"
    return _cheapest(sweep, "net_benefit", rule, prevalence, 1 - probability, probability, worse)


def choose_within_capacity(
    sweep: ThresholdSweep, *, prevalence: Fraction, capacity: Fraction
) -> OperatingPoint | Unreachable:
    """The largest sensitivity where the share called positive is at most ``capacity``; of equal ones the most specific.

    That share is prevalence sensitivity + (1 - prevalence) (1 - specificity). Unreachable where the highest score
    alone is already too many.
    """
    rule = (
        f"largest sensitivity with at most {_number(100 * capacity)} % called positive at a prevalence of "
        f"{_number(prevalence)}"
    )
    if missing := missing_class(sweep):
        return Unreachable(name="capacity", rule=rule, reason=missing)
    within = _rows_within_capacity(sweep, prevalence, capacity)
    row = best_row(sweep, np.arange(len(sweep.threshold)) < within, ("specificity",))
    if row is not None:
        return _at_row(sweep, row, "capacity", rule)
    least = float(prevalence * int(sweep.tp[0]) / sweep.n_pos + (1 - prevalence) * int(sweep.fp[0]) / sweep.n_neg)
    reason = f"even the highest score of validation calls {100 * least:.2g} % positive at this prevalence"
    return Unreachable(name="capacity", rule=rule, reason=reason)


def just_within_capacity(
    sweep: ThresholdSweep, *, prevalence: Fraction, capacity: Fraction
) -> OperatingPoint | Unreachable:
    """The lowest score that keeps within ``capacity``: where every threshold between it and that of
    :func:`choose_within_capacity` serves as well, the other end of them."""
    within = 0 if missing_class(sweep) else _rows_within_capacity(sweep, prevalence, capacity)
    if not within:
        return choose_within_capacity(sweep, prevalence=prevalence, capacity=capacity)
    return _at_row(sweep, within - 1, "capacity", "the most that the capacity allows")


def _rows_within_capacity(sweep: ThresholdSweep, prevalence: Fraction, capacity: Fraction) -> int:
    """How many rows, from the first on, call at most the share ``capacity`` positive. Needs both classes."""
    # In whole numbers, as resamples ask thousands of times: a TP + b FP <= c.
    of_pos, of_neg = prevalence / sweep.n_pos, (1 - prevalence) / sweep.n_neg
    unit = math.lcm(of_pos.denominator, of_neg.denominator, capacity.denominator)
    a, b, c = (int(number * unit) for number in (of_pos, of_neg, capacity))
    # The share never falls down the sweep, so the rows within are its beginning; halving finds their end.
    first, end = 0, len(sweep.threshold)
    while first < end:
        middle = (first + end) // 2
        if int(sweep.tp[middle]) * a + int(sweep.fp[middle]) * b <= c:
            first = middle + 1
        else:
            end = middle
    return first


def _cheapest(
    sweep: ThresholdSweep, name: str, rule: str, prevalence: Fraction, miss: Fraction, alarm: Fraction, why: str
) -> OperatingPoint | Unreachable:
    if missing := missing_class(sweep):
        return Unreachable(name=name, rule=rule, reason=missing)
    # Whole numbers in the ratio of the cost of one missed and of one falsely alarmed image of validation.
    of_miss, of_alarm = prevalence * miss / sweep.n_pos, (1 - prevalence) * alarm / sweep.n_neg
    unit = of_miss.denominator * of_alarm.denominator
    each_miss, each_alarm = int(of_miss * unit), int(of_alarm * unit)
    rough = (sweep.n_pos - sweep.tp) * float(of_miss) + sweep.fp * float(of_alarm)
    near = _near_best(rough)
    cost = [(sweep.n_pos - int(sweep.tp[row])) * each_miss + int(sweep.fp[row]) * each_alarm for row in near]
    least = min(cost)
    if sweep.n_pos * each_miss < least:
        return Unreachable(name=name, rule=rule, reason=f"calling no image positive {why}")
    row = max(row for row, value in zip(near.tolist(), cost, strict=True) if value == least)
    return _at_row(sweep, row, name, rule)


def _near_best(rough: FloatArray) -> IntArray:
    """Rows that rounding cannot tell from the least cost; sums of two products are off by far less than this."""
    return np.flatnonzero(rough <= rough.min() * (1 + 1e-12))


def _number(value: Fraction) -> str:
    return f"{float(value):g}"


def _at_row(sweep: ThresholdSweep, row: int, name: str, rule: str) -> OperatingPoint:
    return operating_point_at(sweep, float(sweep.threshold[row]), name=name, rule=rule)
