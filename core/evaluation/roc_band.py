"""A band around the whole ROC curve: it holds every threshold at once, where an interval holds one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from core.evaluation.predictions import FloatArray, IntArray
from core.evaluation.sweep import ThresholdSweep

# The level at which limits of Clopper and Pearson, at each of so many images, hold all together at 97.5 %: quantiles of
# the smallest of their p values in 3,000 to 1,000,000 simulated samples; the last by the asymptotic form of Gontscharuk
# and Finner (2017), log log n log n, from the one before.
_LEVELS = {
    1: 0.025,
    2: 0.0130,
    3: 0.0091,
    5: 0.0059,
    10: 0.00347,
    20: 0.00220,
    50: 0.00136,
    100: 0.00097,
    200: 0.00075,
    500: 0.00057,
    1000: 0.00046,
    10_000: 0.00028,
    1_000_000: 0.00016,
}
_STEPS = 500
"""Steps of the area that are drawn, of a share of 1."""


def roc_band(sweep: ThresholdSweep, rows: IntArray) -> pd.DataFrame:
    """Limits of both rates at ``rows`` (m,), ascending, of a sweep, of which -1 is above the highest score: at every
    threshold together they hold both true rates at 95 %.

    Each class has an exact band for its distribution of scores, of equal level everywhere (Owen 1995; Aldor-Noiman et
    al. 2013), at 97.5 %: the limits of Clopper and Pearson at a stricter level, whatever the scores are. Where patients
    have several images, the sweep's effective sizes take the place of numbers of images (Korn and Graubard 1998).

    As a lower threshold has no lower sensitivity and no higher specificity, no limit is wider than one that follows
    from another threshold's.

    Columns: sensitivity_low, sensitivity_high, specificity_low, specificity_high, in [0, 1]; all NaN where a class has
    no images, or those of too few patients.
    """
    limits = {}
    tp, fp = (np.append(counts, 0)[rows] for counts in (sweep.tp, sweep.fp))
    for rate, hits, n in (("sensitivity", tp, sweep.n_pos), ("specificity", sweep.n_neg - fp, sweep.n_neg)):
        size = sweep.effective(rate, rows)
        low, high = _limits_everywhere(hits / max(n, 1), size)
        along = slice(None, None, 1 if rate == "sensitivity" else -1)
        limits[f"{rate}_low"] = np.maximum.accumulate(low[along])[along]
        limits[f"{rate}_high"] = np.minimum.accumulate(high[along][::-1])[::-1][along]
    table = pd.DataFrame(limits)
    return table.mask(table.isna().any(axis=1)) if len(table) else table


def outline(limits: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """The area in which the whole ROC curve lies by limits of :func:`roc_band`, none of them NaN: false alarm rates and
    sensitivities, both (k,), along its upper edge and back along the lower one, in steps.

    At a false alarm rate the curve may be as high as at any threshold whose rate may be as low, and is at least as high
    as at the first whose rate may be as high. Steps that no picture shows are left out.
    """
    step = np.floor((limits["sensitivity_low"] - limits["specificity_low"]) * _STEPS)
    kept = limits[step.diff().ne(0) | (limits.index == limits.index[-1])]
    fewest, most = 1 - kept["specificity_high"].to_numpy(), 1 - kept["specificity_low"].to_numpy()
    low, high = kept["sensitivity_low"].to_numpy(), kept["sensitivity_high"].to_numpy()
    upper = np.append(np.repeat(fewest, 2)[1:], 1.0), np.repeat(high, 2)
    lower = np.append(0.0, np.repeat(most, 2)[:-1]), np.repeat(low, 2)
    x, y = (np.concatenate([above, below[::-1]]) for above, below in zip(upper, lower, strict=True))
    return x, y


def _limits_everywhere(share: FloatArray, size: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both limits, (m,), of a distribution function of which ``share`` (m,) was seen in as much as ``size`` (m,)
    independent images: all together at 97.5 %. NaN where the size is 0."""
    known = np.where(size > 0, size, np.nan)
    level = np.exp(np.interp(np.log(known), np.log(list(_LEVELS)), np.log(list(_LEVELS.values()))))
    hits = share * known
    low = np.where(hits > 0, betaincinv(hits, known - hits + 1, level / 2), 0.0)
    high = np.where(hits < known, betaincinv(hits + 1, known - hits, 1 - level / 2), 1.0)
    return np.where(size > 0, low, np.nan), np.where(size > 0, high, np.nan)
