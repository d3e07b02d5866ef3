"""Cost curves (Drummond and Holte 2006): what a threshold costs, whatever the prevalence and the price of an error.

The probability-cost PC(+) is the positives' share of the worst cost: p(+) C(FN) / (p(+) C(FN) + p(-) C(FP)). The
normalised expected cost of a threshold is FNR PC(+) + FPR (1 - PC(+)): 0 is perfect, 1 is everything wrong.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.both_classes import reach
from core.evaluation.positions import rows_at
from core.evaluation.predictions import FloatArray
from core.evaluation.sweep import ThresholdSweep


def probability_cost(prevalence: float, probability: float) -> float:
    """PC(+) at a ``prevalence`` where a threshold probability says that C(FP) : C(FN) is as p to 1 - p."""
    miss, alarm = prevalence * (1 - probability), (1 - prevalence) * probability
    return miss / (miss + alarm) if miss + alarm else math.nan


def least_cost(sweep: ThresholdSweep) -> pd.DataFrame:
    """The lower envelope of the costs of all thresholds: pc, cost, at its corners, from pc 0 to 1.

    Between corners it is straight. Empty unless both classes have images.
    """
    return choices_cost(sweep, sweep)


def choices_cost(chosen_on: ThresholdSweep, seen: ThresholdSweep) -> pd.DataFrame:
    """What the thresholds of least cost on one split cost on another, at each end of where each is the least.

    Columns: pc, cost, threshold (infinite where calling nothing positive is the least). Straight between the two rows
    of a threshold, with a jump between thresholds. Empty unless both splits have both classes.
    """
    if not (chosen_on.n_pos and chosen_on.n_neg and seen.n_pos and seen.n_neg):
        return pd.DataFrame({"pc": [], "cost": [], "threshold": []})
    threshold, corner = _hull(chosen_on)
    fnr, fpr = _error_rates(seen, threshold)
    ends = np.stack([corner[:-1], corner[1:]], axis=1)
    cost = fnr[:, None] * ends + fpr[:, None] * (1 - ends)
    return pd.DataFrame({"pc": ends.ravel(), "cost": cost.ravel(), "threshold": np.repeat(threshold, 2)})


def threshold_cost(sweep: ThresholdSweep, threshold: float, pc: FloatArray) -> pd.DataFrame:
    """The cost of one threshold at each ``pc`` (k,), with limits by MOVER from Wilson's and their correlation.

    Columns: pc, cost, low, high; NaN where a class has no images.
    """
    found = rates(sweep, threshold)
    sensitivity, specificity = found["sensitivity"], found["specificity"]
    cost = (1 - sensitivity.value) * pc + (1 - specificity.value) * (1 - pc)
    below, above = reach(sensitivity, -pc, specificity, pc - 1, sweep.correlation_at(threshold))
    return pd.DataFrame(
        {"pc": pc, "cost": cost, "low": np.maximum(cost - below, 0), "high": np.minimum(cost + above, 1)}
    )


def _hull(sweep: ThresholdSweep) -> tuple[FloatArray, FloatArray]:
    """The m thresholds of the ROC curve's convex hull, and the PC(+) at which they take turns, from 0 to 1 (m + 1,).

    Pooling adjacent violators finds the hull (Fawcett and Niculescu-Mizil 2007).
    """
    positives, negatives = (np.diff(counts, prepend=0) for counts in (sweep.tp, sweep.fp))
    images = positives + negatives
    blocks = isotonic_regression(positives / images, weights=images, increasing=False).blocks
    tp, fp = (np.diff(counts[blocks[1:] - 1], prepend=0) for counts in (sweep.tp, sweep.fp))
    fpr, tpr = fp / sweep.n_neg, tp / sweep.n_pos
    threshold = np.concatenate([[math.inf], sweep.threshold[blocks[1:] - 1]])
    return threshold, np.concatenate([[0.0], fpr / (fpr + tpr), [1.0]])


def _error_rates(sweep: ThresholdSweep, threshold: FloatArray) -> tuple[FloatArray, FloatArray]:
    """False negative and false positive rates at each threshold (k,), the first of which is infinite."""
    row = np.concatenate([[-1], rows_at(sweep, threshold[1:])])
    tp, fp = (np.where(row < 0, 0, counts[row]) for counts in (sweep.tp, sweep.fp))
    return 1 - tp / sweep.n_pos, fp / sweep.n_neg
