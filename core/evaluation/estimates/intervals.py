"""Estimates and the closed-form intervals of DESIGN's Definitions, by effective sample sizes (``clusters.py``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

LEVEL = 0.95
"""Confidence level of every interval."""

FEW_CLUSTERS = "one patient or two have most of the images"
"""Why a figure has no interval where patients count for too few."""

_UNDEFINED, _NO_INTERVAL, _OLDER = "undefined", "no interval", "undefined: "


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """A number with its confidence interval. Undefined is NaN; ``reason`` says why the value or a limit is, or why the
    value is infinite."""

    value: float
    low: float
    high: float
    level: float = LEVEL
    method: str
    reason: str = ""

    @classmethod
    def undefined(cls, reason: str) -> Estimate:
        """An estimate that does not exist, and why."""
        return cls(value=math.nan, low=math.nan, high=math.nan, method=_UNDEFINED, reason=reason)

    @classmethod
    def without_interval(cls, value: float, reason: str) -> Estimate:
        """An estimate whose limits are not known, and why."""
        return cls(value=value, low=math.nan, high=math.nan, method=_NO_INTERVAL, reason=reason)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Estimate:
        """The reverse of :meth:`to_dict`; an older file has the reason in its ``method``, behind ``undefined: ``."""
        numbers = {name: math.nan if values[name] is None else float(values[name]) for name in ("value", "low", "high")}
        method, reason = str(values["method"]), str(values.get("reason", ""))
        if math.isnan(numbers["value"]) and not reason:
            method, reason = _UNDEFINED, method.removeprefix(_OLDER) or "no reason is given"
        return cls(**numbers, level=float(values["level"]), method=method, reason=reason)

    def to_dict(self) -> dict[str, float | str | None]:
        """``{"value", "low", "high", "level", "method"}`` as the run folder holds it, ``None`` for what is not finite;
        with a ``"reason"`` where there is one."""
        value, low, high = (
            float(number) if math.isfinite(number) else None for number in (self.value, self.low, self.high)
        )
        found: dict[str, float | str | None] = {"value": value, "low": low, "high": high, "level": self.level}
        return found | {"method": self.method} | ({"reason": self.reason} if self.reason else {})


def no_limits(*found: Estimate) -> str:
    """Why a figure that is made of these has no limits: the first reason of one that has none; empty where all have."""
    return next((one.reason for one in found if math.isnan(one.low) or math.isnan(one.high)), "")


def z_value(level: float = LEVEL) -> float:
    """The standard normal quantile of a two-sided interval, 1.96 for a level of 0.95."""
    return float(ndtri(0.5 + level / 2))


def wilson(p: float, n_effective: float, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927) with an effective sample size, within [0, 1].

    Equals ``scipy.stats.binomtest(x, n).proportion_ci(level, "wilson")`` at ``p = x / n``. NaN, NaN where ``p`` is
    NaN or the sample size is not above 0.
    """
    if math.isnan(p) or not n_effective > 0:
        return math.nan, math.nan
    z = z_value(level)
    centre = (p + z * z / (2 * n_effective)) / (1 + z * z / n_effective)
    half = z / (1 + z * z / n_effective) * math.sqrt(p * (1 - p) / n_effective + z * z / (4 * n_effective**2))
    # At the ends the limit is the end itself; rounding would leave it a hair inside.
    return (0.0 if p == 0 else max(centre - half, 0.0)), (1.0 if p == 1 else min(centre + half, 1.0))


def wilson_estimate(p: float, n_effective: float, *, reason: str, level: float = LEVEL) -> Estimate:
    """:func:`wilson` as an :class:`Estimate`; undefined for ``reason`` where ``p`` is NaN, no limits at a size of 0."""
    if math.isnan(p):
        return Estimate.undefined(reason)
    if not n_effective > 0:
        return Estimate.without_interval(p, FEW_CLUSTERS)
    low, high = wilson(p, n_effective, level)
    return Estimate(value=p, low=low, high=high, level=level, method="Wilson, effective sample size by patient")


def newcombe_difference(a: Estimate, b: Estimate) -> Estimate:
    """The difference ``a - b`` of two independent estimates from their own limits.

    Newcombe's hybrid score interval (Newcombe 1998, method 10) for proportions with Wilson limits; for other
    estimates the same square-and-add recovery of variances (MOVER, Zou and Donner 2008). Undefined where either is,
    or is infinite.
    """
    if math.isnan(a.value) or math.isnan(b.value):
        return Estimate.undefined("one of the two figures is not known")
    if math.isinf(a.value) or math.isinf(b.value):
        return Estimate.undefined("one of the two figures is infinite")
    difference = a.value - b.value
    low = difference - math.hypot(a.value - a.low, b.high - b.value)
    high = difference + math.hypot(a.high - a.value, b.value - b.low)
    method, reason = "Newcombe, from the limits of both", no_limits(a, b)
    return Estimate(value=difference, low=low, high=high, level=a.level, method=method, reason=reason)


def f1_from_overlap(q: Estimate) -> Estimate:
    """F1 from the estimate of q = TP / (TP + FP + FN), by F1 = 2q / (1 + q), which is monotone."""
    if math.isnan(q.value):
        return q
    value, low, high = (2 * limit / (1 + limit) for limit in (q.value, q.low, q.high))
    method = "Wilson of TP / (TP + FP + FN), mapped to F1"
    return Estimate(value=value, low=low, high=high, level=q.level, method=method, reason=q.reason)


def likelihood_ratios(
    sensitivity: float,
    specificity: float,
    n_sensitivity: float,
    n_specificity: float,
    correlation: float,
    level: float = LEVEL,
) -> tuple[Estimate, Estimate]:
    """LR+ and LR- with limits by the log method (Simel, Samsa and Matchar 1991) on cells of the effective sample sizes.

    ``correlation`` is that of the estimates of sensitivity and specificity, of patients with images of both classes.
    The values are the plain quotients: infinite, with a ``reason`` that says so, where only the divisor is 0, undefined
    where both are. Where one of the four cells is zero, 0.5 is added to all four for the limits, which are widened to
    hold the value. Undefined where a class has no images; without limits where a size is 0.
    """
    if math.isnan(sensitivity) or math.isnan(specificity):
        undefined = Estimate.undefined("one class has no images")
        return undefined, undefined
    cells = np.array(
        [
            [sensitivity * n_sensitivity, (1 - sensitivity) * n_sensitivity],
            [(1 - specificity) * n_specificity, specificity * n_specificity],
        ]
    )
    method = "log method, effective sample size by patient"
    if not cells.all():
        cells += 0.5
        method += ", 0.5 added to each cell for the limits"
    (called_pos, missed), (called_neg, dismissed) = cells.tolist()
    n_pos, n_neg = called_pos + missed, called_neg + dismissed
    few = not (n_sensitivity and n_specificity)
    positive = (
        "positive",
        sensitivity,
        1 - specificity,
        _log_limits(called_pos, n_pos, called_neg, n_neg, correlation, level),
    )
    negative = (
        "negative",
        1 - sensitivity,
        specificity,
        _log_limits(missed, n_pos, dismissed, n_neg, correlation, level),
    )
    return _ratio(*positive, level, method, few=few), _ratio(*negative, level, method, few=few)


def _log_limits(a: float, n_a: float, b: float, n_b: float, correlation: float, level: float) -> tuple[float, float]:
    """Limits of (a / n_a) / (b / n_b), whose logarithm is about normal."""
    # Where every image of a class is in one cell, 1/a - 1/n_a may come out as a hair below 0.
    of_a, of_b = max(1 / a - 1 / n_a, 0.0), max(1 / b - 1 / n_b, 0.0)
    # One of the two shares falls as its rate rises, so that the correlation of the rates is minus that of the shares.
    variance = max(of_a + of_b + 2 * correlation * math.sqrt(of_a * of_b), 0.0)
    centre, factor = (a / n_a) / (b / n_b), math.exp(z_value(level) * math.sqrt(variance))
    return centre / factor, centre * factor


def _ratio(
    called: str, of_ill: float, of_well: float, limits: tuple[float, float], level: float, method: str, *, few: bool
) -> Estimate:
    """How many times as often the ill as the well are ``called`` so, from the two shares."""
    if not (of_ill or of_well):
        return Estimate.undefined(f"no image is called {called}")
    value = of_ill / of_well if of_well else math.inf
    reason = "" if of_well else f"infinite, as no negative image is called {called}"
    if few:
        return Estimate.without_interval(value, f"{reason}; {FEW_CLUSTERS}" if reason else FEW_CLUSTERS)
    low, high = min(limits[0], value), max(limits[1], value)
    return Estimate(value=value, low=low, high=high, level=level, method=method, reason=reason)
