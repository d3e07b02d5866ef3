"""Split conformal prediction within each class: prediction sets whose coverage needs no model of the scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.predictions import FloatArray, Predictions

SETS = ("negative", "both", "positive", "none")
"""What an image can be given: one class alone, both (refer), or none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassConditional:
    """Prediction sets at a ``level``: the positive class is in the set where logit >= ``low``, the negative one where
    logit <= ``high``.

    Endless where the class has too few patients for the level, so that it is in every set. ``n_pos`` and ``n_neg`` are
    the patients of each class that were used.
    """

    level: float
    low: float
    high: float
    n_pos: int
    n_neg: int


def class_conditional(local: Predictions, level: str) -> ClassConditional:
    """Calibrate sets that hold the truth for a share ``level`` (a decimal numeral in (0, 1)) of each class.

    Mondrian conformal prediction with the classes as categories (Vovk, Gammerman and Shafer 2005), on one image a
    patient: of the n nonconformities of a class (the logit for the negative one, less the logit for the positive one)
    the ceil((n + 1) level)-th smallest is the largest still taken. The coverage of a new patient of the class is then
    at least ``level``, on average over calibration samples; that of one sample may lie below. ValueError for a level
    that is not between 0 and 1.
    """
    if not 0 < Fraction(level) < 1:
        raise ValueError(f"a level lies between 0 and 1, and {level} does not")
    rows = one_image_a_patient(local)
    label, logit = local.y_true[rows], local.logit[rows]
    negative, positive = np.sort(logit[label == 0]), np.sort(-logit[label == 1])
    return ClassConditional(
        level=float(level),
        low=-_largest_taken(positive, level),
        high=_largest_taken(negative, level),
        n_pos=len(positive),
        n_neg=len(negative),
    )


def prediction_sets(found: ClassConditional, logit: FloatArray) -> npt.NDArray[np.str_]:
    """The set of each logit (n,), one of :data:`SETS`."""
    names: npt.NDArray[np.str_] = np.array(["none", "negative", "positive", "both"])
    return np.asarray(names[2 * (logit >= found.low) + (logit <= found.high)])


def set_counts(found: ClassConditional, split: Predictions) -> dict[int, dict[str, int]]:
    """How many images of each class, 0 and 1, are given each of :data:`SETS`."""
    given = prediction_sets(found, split.logit)
    return {
        label: {name: int(np.count_nonzero((given == name) & (split.y_true == label))) for name in SETS}
        for label in (0, 1)
    }


def coverage(found: ClassConditional, split: Predictions) -> Mapping[int, Estimate]:
    """The share of images of each class, 0 and 1, whose set holds the truth, with patients as clusters."""
    holds = {0: split.logit <= found.high, 1: split.logit >= found.low}
    estimates = {}
    for label in (0, 1):
        member = split.y_true == label
        images, hits = (
            np.bincount(split.patient_index[rows], minlength=split.n_patients)
            for rows in (member, member & holds[label])
        )
        estimates[label] = clustered_wilson(hits, images, reason="no images of this class")
    return estimates


def _largest_taken(ascending: FloatArray, level: str) -> float:
    """The nonconformity up to which a class is taken; infinite where its cases are too few."""
    rank = math.ceil((len(ascending) + 1) * Fraction(level))
    return float(ascending[rank - 1]) if rank <= len(ascending) else math.inf
