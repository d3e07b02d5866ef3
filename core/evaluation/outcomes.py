"""Which images a threshold gets right and wrong, in which order they are looked at, and which ones flip.

Positive means ``logit >= threshold``. Rows are positions in the arrays of :class:`Predictions`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.predictions import IntArray, Predictions

BoolArray = npt.NDArray[np.bool_]

OUTCOMES: Mapping[str, tuple[bool, bool]] = {
    "tp": (True, True),
    "fp": (True, False),
    "fn": (False, True),
    "tn": (False, False),
}
"""What each outcome says: (called positive, is positive)."""

ORDERS = ("confident", "nearest", "data order")
"""Furthest from the threshold first, closest to it first, or as the images lie in the data."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Flips:
    """The m images whose class changes from one threshold to another.

    ``rows`` (m,) int64 run from the highest score down, images of one score as in the data. ``become_positive`` says
    which way all of them go. ``before`` and ``after`` are (tp, fp, tn, fn), as ``ThresholdSweep.counts`` has them.
    """

    rows: IntArray
    become_positive: bool
    before: tuple[int, int, int, int]
    after: tuple[int, int, int, int]

    @property
    def difference(self) -> tuple[int, int, int, int]:
        """``after - before``, cell by cell."""
        return tuple(b - a for a, b in zip(self.before, self.after, strict=True))  # type: ignore[return-value]


def outcomes(predictions: Predictions, threshold: float) -> npt.NDArray[np.str_]:
    """The outcome of every image at any finite ``threshold``, shape (n,), of ``OUTCOMES``."""
    names: npt.NDArray[np.str_] = np.array(["tn", "fn", "fp", "tp"])
    return np.asarray(names[2 * (predictions.logit >= threshold) + predictions.y_true])


def outcome_counts(predictions: Predictions, threshold: float) -> dict[str, int]:
    """How many images each outcome has, by name."""
    positive = predictions.logit >= threshold
    tp = int(np.count_nonzero(positive & (predictions.y_true == 1)))
    called = int(np.count_nonzero(positive))
    return {"tp": tp, "fp": called - tp, "fn": predictions.n_pos - tp, "tn": predictions.n_neg - called + tp}


def rows_of(predictions: Predictions, threshold: float, outcome: str, *, order: str = "confident") -> IntArray:
    """The images of one of ``OUTCOMES`` in one of ``ORDERS``, int64 (m,); images of one score as in the data.

    Raises ValueError for an unknown outcome or order.
    """
    if outcome not in OUTCOMES or order not in ORDERS:
        raise ValueError(f"outcome {outcome!r} is one of {', '.join(OUTCOMES)}, order {order!r} of {', '.join(ORDERS)}")
    called, truth = OUTCOMES[outcome]
    rows = np.flatnonzero(((predictions.logit >= threshold) == called) & (predictions.y_true == truth))
    if order == "data order":
        return rows
    score = predictions.logit[rows]
    # All of them lie on one side. Scores are compared, not distances, which rounding can make equal.
    descending = called == (order == "confident")
    return rows[np.argsort(-score if descending else score, kind="stable")]


def in_levels(predictions: Predictions, levels: Mapping[str, Collection[str | None]]) -> BoolArray:
    """The images whose level is among the wanted ones in every subgroup of ``levels``, bool (n,).

    ``None`` is the level that is not known. A subgroup with no wanted levels asks for nothing.
    """
    wanted = np.ones(predictions.n, dtype=bool)
    for name, chosen in levels.items():
        if chosen:
            column = pd.Series(predictions.subgroups[name], dtype=object)
            known = column.isin([level for level in chosen if level is not None])
            wanted &= (known | column.isna()).to_numpy() if None in chosen else known.to_numpy()
    return wanted


def flips(predictions: Predictions, before: float, after: float) -> Flips:
    """The images that threshold ``after`` calls otherwise than ``before`` does, both finite; see :class:`Flips`."""
    low, high = min(before, after), max(before, after)
    rows = np.flatnonzero((predictions.logit >= low) & (predictions.logit < high))
    rows = rows[np.argsort(-predictions.logit[rows], kind="stable")]
    counts = (outcome_counts(predictions, threshold) for threshold in (before, after))
    first, second = ((c["tp"], c["fp"], c["tn"], c["fn"]) for c in counts)
    return Flips(rows=rows, become_positive=after < before, before=first, after=second)
