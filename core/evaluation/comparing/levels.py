"""The levels of a subgroup: which are shown, which image is of which, and how numbers and two columns become levels."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from core.evaluation.predictions import FloatArray, IntArray, ObjectArray

MOST_LEVELS = 200
MOST_NUMBERS = 8
"""A column of more different numbers than this is put into bins."""
BINS = 4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Levels:
    """The levels of a subgroup of n images: the 200 with most images, in the order of their names, and last None where
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


def numbers_of(column: ObjectArray) -> FloatArray | None:
    """The column (n,) as numbers, NaN where none is known; None where it is not one of numbers that are put into bins.

    It is where every known cell is a finite decimal number, and more than :data:`MOST_NUMBERS` of them differ.
    """
    codes, words = pd.factorize(pd.Series(column, dtype=object))
    numbers = pd.to_numeric(pd.Series(words), errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).all() or len(np.unique(numbers)) <= MOST_NUMBERS:
        return None
    return np.append(numbers, math.nan)[codes]  # the code of what is missing is -1


def binned(numbers: FloatArray) -> ObjectArray:
    """Numbers (n,) as the names of quarters of the set, with their edges; None where a number is not known (NaN).

    The edges are the three quartiles, each a number that occurs (the inverse of the empirical distribution function),
    without repetitions: what is equal stays together, so that quarters may be unequal or fewer. A quarter holds its
    lower edge and not its upper one.
    """
    known = ~np.isnan(numbers)
    names = np.full(len(numbers), None, dtype=object)
    if not known.any():
        return names
    shares = np.arange(1, BINS) / BINS
    edges = np.unique(np.quantile(numbers[known], shares, method="inverted_cdf"))
    edges = edges[edges > numbers[known].min()]
    place = np.searchsorted(edges, numbers[known], side="right")
    said = _written(edges, numbers[known], place)
    called = [
        *(f"below {first}" for first in said[:1]),
        *(f"{low} to below {high}" for low, high in pairwise(said)),
        *(f"{last} or more" for last in said[-1:]),
    ] or ["all"]
    names[known] = np.array(called, dtype=object)[place]
    return names


def crossed(first: tuple[str, ObjectArray], second: tuple[str, ObjectArray]) -> ObjectArray:
    """Two columns, each with its name, as one: every pair of levels; None where neither is known.

    A level that could be taken for part of another pair's name, as one with a comma, stands in quotes.
    """
    return np.array(
        [
            None if one is None and other is None else f"{_said(first[0], one)}, {_said(second[0], other)}"
            for one, other in zip(first[1], second[1], strict=True)
        ],
        dtype=object,
    )


def _said(name: str, level: str | None) -> str:
    missing = f"no {name}"
    if level is None:
        return missing
    return json.dumps(level, ensure_ascii=False) if level == missing or set(level) & {",", '"'} else level


def _written(edges: FloatArray, numbers: FloatArray, place: IntArray) -> list[str]:
    """The edges in as few digits, from three, as are true of all numbers (n,): between the edges as they are written
    each lies in its own ``place`` (n,)."""
    for digits in range(3, 18):
        rounded = [float(f"{edge:.{digits}g}") for edge in edges]
        if np.array_equal(np.searchsorted(rounded, numbers, side="right"), place):
            break
    return [f"{edge:,.{max(digits, 6)}g}" for edge in rounded]
