"""The threshold whose lower prediction limit for the next hospital is at least a floor.

It is no guarantee. The limit is right for one threshold that was fixed beforehand (and as right as
``docs/coverage.md`` finds it for few hospitals); of many thresholds the strictest that passes is one that passes by
luck more often.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.choosing.search import FLOORED, best_row, check_rates, hits_and_total, in_words
from core.evaluation.choosing.several_sites import missing_classes, points_at, together
from core.evaluation.estimates.random_effects import FEWEST_SITES, logit_and_variance, random_effects
from core.evaluation.positions import rows_at
from core.evaluation.predictions import FloatArray
from core.evaluation.sweep import ThresholdSweep


@dataclass(frozen=True, kw_only=True, slots=True)
class ForNextHospital:
    """A threshold where the lower prediction limit of each floored rate, ``limits`` by rate, is at least its floor."""

    threshold: float
    rule: str
    points: Mapping[str, OperatingPoint]
    limits: Mapping[str, float]


def choose_for_next_hospital(
    sweeps: Mapping[str, ThresholdSweep], floors: Mapping[str, str]
) -> ForNextHospital | Unreachable:
    """The best other rate where the lower prediction limit of each of ``floors`` (numeral by rate) is at least it.

    ``sweeps`` are those of labelled sets of different hospitals, of which three or more must have an interval. With two
    floors it is the largest Youden's J of all images together. ValueError for another rate.
    """
    check_rates(floors, FLOORED)
    name, rule = "next_hospital", f"lower prediction limit for the next hospital, {in_words(floors)}"
    if missing := missing_classes(sweeps):
        return Unreachable(name=name, rule=rule, reason=missing)
    counts = together(sweeps)
    limits = {}
    for rate in floors:
        found = lower_limits(sweeps, counts.threshold, rate)
        if found is None:
            reason = f"{rate} of the next hospital takes {FEWEST_SITES} hospitals with an interval"
            return Unreachable(name=name, rule=rule, reason=reason)
        limits[rate] = found
    within = np.logical_and.reduce([limits[rate] >= float(floor) for rate, floor in floors.items()])
    row = best_row(counts, within, floors)
    if row is None:
        most = " and ".join(f"{limit.max():.3f} for {rate}" for rate, limit in limits.items())
        return Unreachable(name=name, rule=rule, reason=f"no threshold has such limits; the highest are {most}")
    threshold = float(counts.threshold[row])
    return ForNextHospital(
        threshold=threshold,
        rule=rule,
        points=points_at(sweeps, threshold, name=name, rule=rule),
        limits={rate: float(limit[row]) for rate, limit in limits.items()},
    )


def lower_limits(sweeps: Mapping[str, ThresholdSweep], threshold: FloatArray, rate: str) -> FloatArray | None:
    """The lower prediction limit of "sensitivity" or "specificity" at each ``threshold`` (k,), in [0, 1].

    Hospitals whose rate has no interval are left out; None where fewer than three are left.
    """
    shares, sizes = [], []
    for sweep in sweeps.values():
        row, (hits, total) = rows_at(sweep, threshold), hits_and_total(sweep, rate)
        above = 0 if rate == "sensitivity" else total
        size = sweep.effective(rate, row)
        if total and size.all():
            shares.append(np.append(hits, above)[row] / total)
            sizes.append(size)
    if len(shares) < FEWEST_SITES:
        return None
    return np.asarray(expit(random_effects(*logit_and_variance(shares, sizes)).prediction_low))
