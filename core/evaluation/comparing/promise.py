"""Whether a set keeps what was promised of a threshold: a floor under a rate, judged by what the threshold truly does.

A promise is the floor of a rule or of a signed lock. Youden's J, F1 and a threshold set by hand promise nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from scipy.stats import beta

from core.evaluation.estimates.intervals import LEVEL, Estimate


class Verdict(Enum):
    """What a set says of a promise: that it holds, that it does not, or that these patients do not tell."""

    HELD = "held"
    BROKEN = "broken"
    UNTOLD = "untold"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A rate held against its ``floor``; ``margin`` is the shortfall that does not matter, both in [0, 1].

    ``limits`` is the rate with the limits that decide. ``reason`` says why the set does not tell; else it is empty.
    """

    floor: float
    margin: float
    limits: Estimate
    verdict: Verdict
    reason: str


def judge(delivered: Estimate, size: float, floor: float, *, margin: float = 0.0) -> Judgement:
    """Hold a rate of a set that did not choose the threshold against ``floor``, by :func:`exact_limits`.

    ``size`` is the rate's effective sample size. Held where the lower limit is at least the floor; broken where the
    upper one is below the floor less the ``margin``; else the set does not tell. So with any margin a rate that is
    truly below the floor is called held, and one truly at it or above broken, in at most 2.5 % of sets each. A rate
    without an interval tells nothing, for its own reason.
    """
    if math.isnan(delivered.low) or math.isnan(delivered.high):
        return Judgement(floor=floor, margin=margin, limits=delivered, verdict=Verdict.UNTOLD, reason=delivered.reason)
    limits = exact_limits(delivered.value, size)
    if limits.low >= floor:
        verdict, reason = Verdict.HELD, ""
    elif limits.high < floor - margin:
        verdict, reason = Verdict.BROKEN, ""
    elif limits.high < floor:
        verdict, reason = Verdict.UNTOLD, "the rate is below its floor, but perhaps by no more than the margin"
    else:
        verdict, reason = Verdict.UNTOLD, "the floor lies between the limits of the rate"
    return Judgement(floor=floor, margin=margin, limits=limits, verdict=verdict, reason=reason)


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on a promise of several floors: broken where one is, held where all are."""
    found = set(verdicts)
    if Verdict.BROKEN in found:
        return Verdict.BROKEN
    return Verdict.HELD if found == {Verdict.HELD} else Verdict.UNTOLD


def exact_limits(rate: float, size: float) -> Estimate:
    """``rate`` with its one-sided 97.5 % limits by Clopper and Pearson (1934), ``size`` the effective sample size above
    0 (Korn and Graubard 1998).

    Wilson's limits are right on average over rates. Near 0 and 1, where floors lie, one of the two is passed in up to
    5 % of samples instead of 2.5 %; these are passed in at most 2.5 % whatever the rate.
    """
    hits, tail = rate * size, (1 - LEVEL) / 2
    low = 0.0 if rate == 0 else float(beta.ppf(tail, hits, size - hits + 1))
    high = 1.0 if rate == 1 else float(beta.ppf(1 - tail, hits + 1, size - hits))
    return Estimate(value=rate, low=low, high=high, method="Clopper-Pearson, effective sample size by patient")
