"""How much better validation looks at a threshold than it is, because it chose that threshold itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from core.evaluation.choosing.operating_point import OperatingPoint, choose_best_f1, choose_with_floor, choose_youden
from core.evaluation.choosing.threshold_interval import Choose, Resampled
from core.evaluation.predictions import FloatArray, Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep

OPTIMISM_RESAMPLES = 500
"""Resamples of the choice up to 40,000 images: a mean needs fewer than a percentile does."""

_LARGEST_WORK = 20_000_000
_FEWEST = 20


def choices(floors: Mapping[str, str]) -> tuple[Choose, ...]:
    """The rules that every page offers: Youden's J, the ``floors`` (a decimal numeral by rate) in their order, F1."""
    floored = (partial(choose_with_floor, rate=rate, floor=floor) for rate, floor in floors.items())
    return (choose_youden, *floored, choose_best_f1)


def optimism(
    validation: Predictions, rules: Sequence[Choose], *, n_resamples: int = OPTIMISM_RESAMPLES, seed: int = 0
) -> FloatArray:
    """By how much sensitivity and specificity are too good where each rule chose the threshold, (rules, 2).

    Every resample of patients chooses again, by every rule; its own rate at that threshold less that of all of
    validation is the optimism of that choice, and the mean over resamples is what is expected (Efron 1983; Harrell, Lee
    and Mark 1996). It is about 0 for a floored rate's partner and may be negative. NaN for a rule that cannot be met.
    Resamples that cannot meet it are left out. Above 40,000 images there are fewer, 20 at 1,000,000, where a resample's
    optimism is itself tiny.
    """
    sweep = threshold_sweep(validation)
    met = np.array([isinstance(rule(sweep), OperatingPoint) for rule in rules], dtype=bool)
    if not met.any():
        return np.full((len(rules), 2), np.nan)
    resampled, n_patients = Resampled(validation), validation.n_patients
    rng = np.random.default_rng(seed)
    number = min(n_resamples, max(_FEWEST, _LARGEST_WORK // validation.n))
    total, counted = np.zeros((len(rules), 2)), np.zeros((len(rules), 1))
    for _ in range(number):
        drawn = resampled.sweep(np.bincount(rng.integers(n_patients, size=n_patients), minlength=n_patients))
        for row, rule in enumerate(rules):
            point = rule(drawn)
            if isinstance(point, OperatingPoint):
                total[row] += _rates(point.tp, point.fp, drawn) - _rates(*sweep.counts(point.threshold)[:2], sweep)
                counted[row] += 1
    with np.errstate(invalid="ignore"):
        return np.where(met[:, None], total / counted, np.nan)


def optimism_by_threshold(
    sweep: ThresholdSweep, rules: Sequence[Choose], found: FloatArray, others: Iterable[float] = ()
) -> dict[float, FloatArray]:
    """:func:`optimism` (rules, 2) by the threshold that each rule chooses on ``sweep``, the mean where several choose
    one; 0 at any of the ``others``, finite logits that no rule chose."""
    by_threshold: dict[float, list[FloatArray]] = {}
    for rule, added in zip(rules, found, strict=True):
        point = rule(sweep)
        if isinstance(point, OperatingPoint):
            by_threshold.setdefault(point.threshold, []).append(added)
    fixed = {float(threshold): np.zeros(2) for threshold in others}
    return fixed | {threshold: np.mean(added, axis=0) for threshold, added in by_threshold.items()}


def _rates(tp: int, fp: int, sweep: ThresholdSweep) -> FloatArray:
    return np.array([tp / sweep.n_pos, 1 - fp / sweep.n_neg])
