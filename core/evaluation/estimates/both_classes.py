"""Figures that both classes' rates make together: their limits where patients have images of both.

A patient whose images score high raises sensitivity and lowers specificity. Limits that take the two as independent are
then too narrow for what grows with both kinds of called images (the share called, costs) and too wide for what weighs
them against each other; the correlation that patients show enters them.
"""

from __future__ import annotations

import math

import numpy as np

from core.evaluation.estimates.clusters import spread
from core.evaluation.estimates.intervals import Estimate, no_limits
from core.evaluation.predictions import FloatArray, IntArray

METHOD = "MOVER, from the limits of sensitivity and specificity and their correlation"

Share = tuple[IntArray, IntArray, IntArray, IntArray, IntArray]
"""Totals x and n and the sums over patients of x_i^2, x_i n_i and n_i^2 of a share x/n, (k,) or (1,)."""


def correlation(a: Share, b: Share, both: tuple[IntArray, IntArray, IntArray, IntArray]) -> FloatArray:
    """Of the shares x/n and y/m of two classes' images, over patients, in [-1, 1], shape (k,).

    ``both`` are the sums over patients of x_i y_i, x_i m_i, n_i y_i and n_i m_i. It is the correlation of the
    deviations x_i - n_i x/n and y_i - m_i y/m that the linearised variances are made of (Cochran 1977, chapter 6);
    exactly 0 where no patient has images of both, and where a share does not vary.
    """
    (x, n), (y, m) = ((share[0].astype(np.float64), share[1].astype(np.float64)) for share in (a, b))
    xy, xm, ny, nm = (sums.astype(np.float64) for sums in both)
    if not nm.any():
        return np.zeros(np.broadcast(x, y).shape)
    together = n * m * xy - n * y * xm - x * m * ny + x * y * nm
    apart = np.sqrt(np.maximum(spread(*a), 0.0) * np.maximum(spread(*b), 0.0))
    found = np.divide(together, apart, out=np.zeros_like(together + apart), where=apart > 0)
    return np.asarray(np.clip(found, -1.0, 1.0))


def correlation_of(x: IntArray, n: IntArray, y: IntArray, m: IntArray) -> float:
    """:func:`correlation` of one pair of shares, of ``x`` of ``n`` and ``y`` of ``m`` images a patient, (patients,)."""

    def sums(*products: IntArray) -> tuple[IntArray, ...]:
        return tuple(np.atleast_1d(values.sum()) for values in products)

    a, b = sums(x, n, x * x, x * n, n * n), sums(y, m, y * y, y * m, m * m)
    return float(correlation(a, b, sums(x * y, x * m, n * y, n * m))[0])  # type: ignore[arg-type]


def reach(
    a: Estimate, of_a: float | FloatArray, b: Estimate, of_b: float | FloatArray, correlation: float
) -> tuple[FloatArray, FloatArray]:
    """How far below and above ``of_a`` a + ``of_b`` b its limits lie, by square-and-add of the limits of both.

    MOVER (Zou and Donner 2008), with the ``correlation`` of a and b. Shapes follow the weights; NaN where a or b has no
    limits.
    """
    down, up = (np.stack([_distance(e, of, end) for e, of in ((a, of_a), (b, of_b))]) for end in (-1, 1))
    if not correlation:
        return np.hypot(*down), np.hypot(*up)
    signed = correlation * np.sign(np.multiply(of_a, of_b))
    below, above = (np.square(d).sum(axis=0) + 2 * signed * d[0] * d[1] for d in (down, up))
    return np.sqrt(np.maximum(below, 0.0)), np.sqrt(np.maximum(above, 0.0))


def _distance(estimate: Estimate, weight: float | FloatArray, end: int) -> FloatArray:
    falls = np.less(weight, 0) if end > 0 else np.greater_equal(weight, 0)
    distance = np.where(falls, estimate.value - estimate.low, estimate.high - estimate.value)
    return np.asarray(np.abs(weight) * distance)


def weighted_sum(
    a: Estimate,
    of_a: float,
    b: Estimate,
    of_b: float,
    *,
    plus: float = 0.0,
    correlation: float,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """``plus`` + ``of_a`` a + ``of_b`` b of two rates of different classes, limits cut off at the ends of ``within``.

    ``correlation`` is that of the two rates. Undefined where either is.
    """
    if math.isnan(a.value) or math.isnan(b.value):
        return Estimate.undefined("one class has no images")
    value = plus + of_a * a.value + of_b * b.value
    below, above = reach(a, of_a, b, of_b, correlation)
    low, high = max(value - float(below), within[0]), min(value + float(above), within[1])
    return Estimate(value=value, low=low, high=high, level=a.level, method=METHOD, reason=no_limits(a, b))
