"""The levels of a subgroup: which are shown, and which image is of which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.predictions import IntArray, ObjectArray

MOST_LEVELS = 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Levels:
    """The levels of a subgroup of n images: the 20 with most images, in the order of their names, and last None where
    some are not known.

    ``index`` (n,) is the level of each image, -1 in one of the ``left_out`` levels.
    """

    names: tuple[str | None, ...]
    index: IntArray
    left_out: int


def levels_of(column: ObjectArray) -> Levels:
    """The levels of a subgroup column, (n,) of strings and None."""
    codes, names = pd.factorize(pd.Series(column, dtype=object))
    largest = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(names)), kind="stable")[:MOST_LEVELS]
    shown = sorted(largest.tolist(), key=lambda code: str(names[code]))
    missing = bool((codes < 0).any())
    place = np.full(len(names) + 1, -1)
    place[shown] = np.arange(len(shown))
    place[-1] = len(shown)  # the code of what is missing is -1
    known = tuple(str(names[code]) for code in shown)
    return Levels(names=(*known, None) if missing else known, index=place[codes], left_out=len(names) - len(shown))
