"""For whom does it fail? Rates, area and calibration of each level of a subgroup, and whether it differs from the rest.

A level with images of one class has only the rate that exists, and if these are positives the area against all
negatives of the split. What is not known is a level of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.calibration.probability import calibration_errors, probability
from core.evaluation.comparing.rest_comparison import (
    compare_areas,
    compare_means,
    compare_rates,
    for_area,
    holm_of_levels,
)
from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.discrimination import Mask, auroc
from core.evaluation.estimates.few_patients import FEWEST_PATIENTS
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import clustered_mean
from core.evaluation.predictions import FloatArray, IntArray, ObjectArray, Predictions

MOST_LEVELS = 20
FEWEST_ERRORS = 5

MEASURES = ("sensitivity", "specificity", "auroc", "calibration_gap")
"""The last is the mean probability less the share of positives: 0 is perfect, above 0 probabilities are too high."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Levels:
    """The levels of a subgroup of n images: the 20 with most images, in the order of their names, and last None where
    some are not known.

    ``index`` (n,) is the level of each image, -1 in one of the ``left_out`` levels.
    """

    names: tuple[str | None, ...]
    index: IntArray
    left_out: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A level less the rest, with its p value alone and adjusted; NaN where it cannot be tested."""

    difference: float
    p: float
    p_adjusted: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Group:
    """One level, or all images. Mappings have the keys of :data:`MEASURES`.

    ``small`` says of which figures, and why, that they rest on little: fewer than 30 patients of a class they need, or
    fewer than 5 errors expected at the rate of all images. ``comparisons`` is empty for all images.
    """

    name: str | None
    images: int
    positives: int
    patients: int
    patients_pos: int
    patients_neg: int
    estimates: Mapping[str, Estimate]
    small: Mapping[str, str]
    comparisons: Mapping[str, Comparison]

    @property
    def against_all(self) -> bool:
        """Whether its area is that of its positives against all negatives, as it has none of its own."""
        return 0 < self.positives == self.images


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Subgroups:
    """Every level of a subgroup, and all images; ``tests`` is the size of the family that was adjusted for."""

    groups: tuple[Group, ...]
    overall: Group
    tests: int
    levels: Levels


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


def subgroups(predictions: Predictions, column: str, *, threshold: float, temperature: float) -> Subgroups:
    """Every figure of every level of ``column`` at a ``threshold`` on the logit; probabilities are ``expit(logit /
    temperature)``.

    Rates have Wilson's interval and areas DeLong's, both by patient; the calibration gap a normal one. Each level is
    tested against all other images in each measure; Holm's adjustment is over all these tests at once.
    """
    levels = levels_of(predictions.subgroups[column])
    seen = _Seen(
        predictions=predictions,
        positive=predictions.y_true == 1,
        called=predictions.logit >= threshold,
        gap=probability(predictions.logit, temperature) - predictions.y_true,
    )
    members = [levels.index == number for number in range(len(levels.names))]
    tested = np.array([_tests(seen, inside) for inside in members]).reshape(-1, len(MEASURES), 2)
    adjusted, tests = holm_of_levels(tested[..., 1])
    overall = _group(seen, "all images", np.ones(predictions.n, dtype=bool), None, {})
    groups = []
    for number, (name, inside) in enumerate(zip(levels.names, members, strict=True)):
        numbers = np.column_stack([tested[number], adjusted[number]]).tolist()
        comparisons = {
            measure: Comparison(difference=difference, p=p, p_adjusted=p_adjusted)
            for measure, (difference, p, p_adjusted) in zip(MEASURES, numbers, strict=True)
        }
        groups.append(_group(seen, name, inside, overall, comparisons))
    return Subgroups(groups=tuple(groups), overall=overall, tests=tests, levels=levels)


def calibration_errors_by_level(predictions: Predictions, levels: Levels, temperature: float) -> tuple[Estimate, ...]:
    """Debiased expected calibration error (15 bins of equal width) of each level.

    Undefined where a level has not 30 patients of each class: the error of few images is far above 0 even where every
    probability is right.
    """
    found = []
    for number in range(len(levels.names)):
        inside = levels.index == number
        if min(_patients(predictions, inside)[1:]) >= FEWEST_PATIENTS:
            found.append(calibration_errors(_subset(predictions, inside), temperature=temperature).ece_debiased)
        else:
            found.append(Estimate.undefined(f"fewer than {FEWEST_PATIENTS} patients of a class"))
    return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Seen:
    """What of each image the figures are made of: its class, what it is called, and probability less label."""

    predictions: Predictions
    positive: Mask
    called: Mask
    gap: FloatArray


def _estimates(seen: _Seen, inside: Mask) -> dict[str, Estimate]:
    patient = seen.predictions.patient_index

    def rate(hit: Mask, of: Mask, reason: str) -> Estimate:
        n = np.bincount(patient[of])
        return clustered_wilson(np.bincount(patient[of & hit], minlength=len(n)), n, reason=reason)

    positive, negative = inside & seen.positive, inside & ~seen.positive
    gap = Estimate.undefined("images of one class only")
    if positive.any() and negative.any():
        gap = clustered_mean(seen.gap[inside], patient[inside], reason="no images")
    return {
        "sensitivity": rate(seen.called, positive, "no positive images"),
        "specificity": rate(~seen.called, negative, "no negative images"),
        "auroc": auroc(_subset(seen.predictions, for_area(seen.positive, inside))),
        "calibration_gap": gap,
    }


def _tests(seen: _Seen, inside: Mask) -> list[tuple[float, float]]:
    """Difference from the rest and its p value, in the order of :data:`MEASURES`."""
    patient, positive = seen.predictions.patient_index, seen.positive
    rates = [
        compare_rates(right[of], inside[of], patient[of])
        for right, of in ((seen.called, positive), (~seen.called, ~positive))
    ]
    mixed = all((positive & side).any() and (~positive & side).any() for side in (inside, ~inside))
    return [
        *rates,
        compare_areas(positive, seen.predictions.logit, inside, patient),
        compare_means(seen.gap, inside, patient) if mixed else (math.nan, math.nan),
    ]


def _group(
    seen: _Seen, name: str | None, inside: Mask, overall: Group | None, comparisons: Mapping[str, Comparison]
) -> Group:
    patients, of_pos, of_neg = _patients(seen.predictions, inside)
    positives, images = int(np.count_nonzero(inside & seen.positive)), int(np.count_nonzero(inside))
    estimates = _estimates(seen, inside)
    rates = {measure: (overall.estimates if overall else estimates)[measure].value for measure in MEASURES[:2]}
    needed = {"sensitivity": of_pos, "specificity": of_neg, "auroc": min(of_pos, of_neg or of_pos)}
    small = {}
    for measure, found in needed.items():
        if found < FEWEST_PATIENTS and not math.isnan(estimates[measure].value):
            small[measure] = f"fewer than {FEWEST_PATIENTS} patients"
    for measure, n in zip(MEASURES[:2], (positives, images - positives), strict=True):
        if n and n * min(rates[measure], 1 - rates[measure]) < FEWEST_ERRORS:
            small.setdefault(measure, f"fewer than {FEWEST_ERRORS} errors expected")
    if patients < FEWEST_PATIENTS and not math.isnan(estimates["calibration_gap"].value):
        small["calibration_gap"] = f"fewer than {FEWEST_PATIENTS} patients"
    return Group(
        name=name, images=images, positives=positives, patients=patients, patients_pos=of_pos, patients_neg=of_neg,
        estimates=estimates, small=small, comparisons=comparisons,
    )  # fmt: skip


def _patients(predictions: Predictions, inside: Mask) -> tuple[int, int, int]:
    """Patients with any image, with a positive and with a negative one."""
    positive = predictions.y_true == 1
    chosen = (inside, inside & positive, inside & ~positive)
    both, of_pos, of_neg = (int(np.count_nonzero(np.bincount(predictions.patient_index[some]))) for some in chosen)
    return both, of_pos, of_neg


def _subset(predictions: Predictions, rows: Mask) -> Predictions:
    return Predictions(
        image_id=predictions.image_id[rows],
        patient_id=predictions.patient_id[rows],
        y_true=predictions.y_true[rows],
        logit=predictions.logit[rows],
    )
