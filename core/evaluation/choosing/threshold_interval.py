"""How uncertain a chosen threshold itself is: the rule applied again to patients drawn anew."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.estimates.bootstrap import RESAMPLES, resamples_within_reach
from core.evaluation.estimates.clusters import few_clusters
from core.evaluation.estimates.intervals import FEW_CLUSTERS, LEVEL, Estimate
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.sweep import ThresholdSweep

Choose = Callable[[ThresholdSweep], OperatingPoint | Unreachable]


def threshold_interval(
    predictions: Predictions,
    choose: Choose,
    *,
    smooth: bool,
    just_met: Choose | None = None,
    n_resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """The threshold that ``choose`` finds, a logit, with the 95 % percentile interval of resamples of patients.

    ``smooth`` says that the rule makes it a quantile of the scores, as a floor or a capacity does: the bootstrap over
    patients is then consistent. Where a rule maximises a sum of both rates (Youden, F1, cost, net benefit, both floors)
    the threshold converges with the cube root of n and that bootstrap is not (Kim and Pollard 1990; Abrevaya and Huang
    2005): m = n^(2/3) of the n patients are drawn (Bickel, Götze and van Zwet 1997) and their range is given as it is,
    not scaled to n, which makes it wider than an interval for n patients would be. It is named "m out of n".

    A floor or a capacity is met by a range of thresholds that serve equally well, up to the nearest score of the other
    class, where ``choose`` puts it; where these scores are few that is far from the quantile. ``just_met`` finds the
    other end of the range, and the interval then spans those of both ends.

    Resamples in which the rule cannot be met are left out and counted in ``method``. Undefined where it cannot be met
    on all patients; without limits where one or two have most of the images. Above 100,000 images there are fewer
    resamples.
    """
    ends = (choose,) if just_met is None else (choose, just_met)
    row = Resampled(predictions)
    found = row.thresholds(np.ones(predictions.n_patients, dtype=np.int64), ends)
    if math.isnan(found[0]):
        return Estimate.undefined("the rule cannot be met on validation")
    if few_clusters(np.bincount(predictions.patient_index)):
        return Estimate.without_interval(found[0], FEW_CLUSTERS)
    n_patients = predictions.n_patients
    drawn = n_patients if smooth else max(2, round(n_patients ** (2 / 3)))
    rng = np.random.default_rng(seed)
    thresholds = np.array(
        [
            row.thresholds(np.bincount(rng.integers(n_patients, size=drawn), minlength=n_patients), ends)
            for _ in range(resamples_within_reach(n_resamples, predictions.n))
        ]
    )
    met = thresholds[~np.isnan(thresholds).any(axis=1)]
    method = f"bootstrap over patients, {len(thresholds):,} resamples"
    if not smooth:
        method = f"m out of n: {drawn:,} of {n_patients:,} patients drawn {len(thresholds):,} times, not scaled to n"
    if len(met) < len(thresholds):
        method += f", {len(thresholds) - len(met):,} that cannot meet the rule left out"
    if not len(met):
        return Estimate.without_interval(found[0], "no resample of patients meets the rule")
    low, high = np.quantile(met, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Estimate(value=found[0], low=min(*low.tolist(), *found), high=max(*high.tolist(), *found), method=method)


class Resampled:
    """Sweeps of one split's patients drawn anew, sorted once."""

    def __init__(self, predictions: Predictions) -> None:
        order = np.argsort(-predictions.logit, kind="stable")
        score = predictions.logit[order]
        self._patient = predictions.patient_index[order]
        self._positive = predictions.y_true[order].astype(np.int64)
        self._ends = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else np.zeros(0, np.int64)
        self._score: FloatArray = score[self._ends]

    def thresholds(self, times: IntArray, rules: Sequence[Choose]) -> tuple[float, ...]:
        """What each rule finds where each patient was drawn ``times`` (patients,); NaN where it cannot be met."""
        sweep = self.sweep(times)
        points = [rule(sweep) for rule in rules]
        return tuple(point.threshold if isinstance(point, OperatingPoint) else math.nan for point in points)

    def sweep(self, times: IntArray) -> ThresholdSweep:
        """The counts at every score that was drawn; without effective sizes and correlation, which no rule needs."""
        drawn = times[self._patient]
        called, tp = np.cumsum(drawn)[self._ends], np.cumsum(drawn * self._positive)[self._ends]
        there = np.diff(called, prepend=0) > 0
        called, tp = called[there], tp[there]
        n_pos = int(tp[-1]) if len(tp) else 0
        return ThresholdSweep(
            threshold=self._score[there],
            tp=tp,
            fp=called - tp,
            n_pos=n_pos,
            n_neg=(int(called[-1]) if len(called) else 0) - n_pos,
            sums=None,
        )
