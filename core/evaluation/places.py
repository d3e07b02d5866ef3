"""Scores as places on a line, for what is drawn again and again: neighbours of many share one."""

from __future__ import annotations

import numpy as np

from core.evaluation.predictions import FloatArray, IntArray

PLACES = 2_000
"""Distinct scores up to which each has a place of its own."""


def places(score: FloatArray) -> IntArray:
    """The place of each of n scores, (n,) from 0 up with the score: its own, or that of equally many distinct ones."""
    place = np.unique(score, return_inverse=True)[1]
    distinct = int(place.max(initial=0)) + 1
    return np.asarray(place if distinct <= PLACES else place * PLACES // distinct)
