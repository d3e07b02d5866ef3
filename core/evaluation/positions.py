"""Where a threshold can be put by hand: real scores of a split, with the exact counts of every split at each.

A screen cannot show a million scores. What is thinned is which scores are offered, never a count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from core.evaluation.predictions import FloatArray, IntArray
from core.evaluation.sweep import RATES, ThresholdSweep

ALL_OFFERED = 20_000
"""Up to this many distinct scores, every one is a position."""

THINNED = 4_000
"""About how many positions are offered where there are more."""


def vertices(sweep: ThresholdSweep) -> IntArray:
    """Rows of ``sweep`` that its curves are drawn through and its positions taken from, ascending; both ends are kept.

    All rows up to :data:`ALL_OFFERED`, else about :data:`THINNED`, spread evenly along the ROC curve, so that each
    step is one of sensitivity, of specificity or of both. Empty where the sweep has no rows.
    """
    rows = np.arange(len(sweep.threshold))
    if len(rows) <= ALL_OFFERED:
        return rows
    travelled = sweep.tp / max(sweep.n_pos, 1) + sweep.fp / max(sweep.n_neg, 1)
    step = np.floor(travelled / travelled[-1] * THINNED)
    first = np.flatnonzero(np.diff(step, prepend=-1.0))
    return np.union1d(first, rows[-1:])


def positions(sweep: ThresholdSweep, kept: Iterable[float] = ()) -> FloatArray:
    """The thresholds that can be stepped to, strictly descending: scores of ``sweep``, and ``kept`` to the last bit."""
    offered = np.concatenate([sweep.threshold[vertices(sweep)], np.fromiter(kept, dtype=np.float64)])
    return np.unique(offered)[::-1]


def counts_at(sweeps: Mapping[str, ThresholdSweep], threshold: FloatArray) -> pd.DataFrame:
    """Exact counts and effective sample sizes of every split at each ``threshold`` (k,), which are any finite values.

    Columns: ``threshold``; of each split ``SPLIT_tp`` and ``SPLIT_fp`` (uint32), ``SPLIT_size_RATE`` (float64) for
    the rates of :data:`core.evaluation.sweep.RATES`, ``SPLIT_correlation`` (float64) of the first two.
    """
    columns: dict[str, np.ndarray] = {"threshold": threshold}
    for split, sweep in sweeps.items():
        row = rows_at(sweep, threshold)
        for name, counts in (("tp", sweep.tp), ("fp", sweep.fp)):
            columns[f"{split}_{name}"] = np.append(counts, 0)[row].astype(np.uint32)
        for rate in RATES:
            columns[f"{split}_size_{rate}"] = sweep.effective(rate, row)
        columns[f"{split}_correlation"] = sweep.correlation(row)
    return pd.DataFrame(columns)


def rows_at(sweep: ThresholdSweep, threshold: FloatArray) -> IntArray:
    """:meth:`ThresholdSweep.at` of each ``threshold`` (k,), which must be finite."""
    ascending = sweep.threshold[::-1]
    return len(ascending) - np.searchsorted(ascending, threshold, side="left") - 1
