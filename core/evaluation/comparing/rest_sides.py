"""A level and the rest side by side: what the test and the interval of a difference are both made of, worked out once.

Each takes the images where ``inside`` is true and all others; a patient may have images on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.estimates.clusters import size_of_share
from core.evaluation.estimates.discrimination import Mask, area_with_deviations
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import deviations
from core.evaluation.predictions import FloatArray, IntArray, Predictions


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RateSides:
    """A rate inside and in the rest, with what each patient's deviations add to it (n_patients,), and its effective
    size; and the rate of both together."""

    sizes: tuple[float, float]
    rates: tuple[float, float]
    added: tuple[FloatArray, FloatArray]
    pooled: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeanSides:
    """A mean inside less that of the rest, its variance, and the images a patient of each side."""

    difference: float
    variance: float
    images: list[IntArray]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AreaSides:
    """The areas inside and of the rest, what each patient's positives and negatives add to each, and how many it has:
    (n_patients,) each."""

    areas: tuple[Estimate, Estimate]
    of_pos: tuple[FloatArray, FloatArray]
    of_neg: tuple[FloatArray, FloatArray]
    images_pos: tuple[IntArray, IntArray]
    images_neg: tuple[IntArray, IntArray]

    @property
    def images(self) -> list[IntArray]:
        """Of the positives of both sides, then of the negatives."""
        return [*self.images_pos, *self.images_neg]


def rate_sides(hit: Mask, inside: Mask, patient: IntArray) -> RateSides | None:
    """The share of ``hit`` (n,) on both sides; None where one has no images."""
    if inside.all() or not inside.any():  # so too without images
        return None
    n_patients = int(patient.max()) + 1
    sizes, rates, added = zip(
        *(rate_of_side(hit, side, patient, n_patients) for side in (inside, ~inside)), strict=True
    )
    return RateSides(sizes=sizes, rates=rates, added=added, pooled=float(hit.mean()))


def mean_sides(values: FloatArray, inside: Mask, patient: IntArray) -> MeanSides | None:
    """The mean of ``values`` (n,) on both sides; None where one has no images."""
    if inside.all() or not inside.any():
        return None
    n_patients = int(patient.max()) + 1
    one, rest = (deviations(values[chosen], patient[chosen], n_patients) for chosen in (inside, ~inside))
    return MeanSides(
        difference=one[0] - rest[0],
        variance=one[1] + rest[1] - 2 * covariance(one[2], rest[2]),
        images=[np.bincount(patient[chosen]) for chosen in (inside, ~inside)],
    )


def area_sides(predictions: Predictions, inside: Mask) -> AreaSides | None:
    """The areas of both sides, one without negatives held against all (:func:`for_area`); None where a class is missing
    on one."""
    positive, patient = predictions.y_true == 1, predictions.patient_index
    sides = [for_area(positive, chosen) for chosen in (inside, ~inside)]
    if not all((positive & side).any() and (~positive & side).any() for side in sides):
        return None
    bare, areas = predictions.by({}), list[Estimate]()
    of_pos, of_neg = list[FloatArray](), list[FloatArray]()
    for side in sides:
        part = bare.where(side)
        area, *added = area_with_deviations(part)
        areas.append(area)
        for found, own in zip((of_pos, of_neg), added, strict=True):
            of_all = np.zeros(predictions.n_patients)
            of_all[patient[side]] = own[part.patient_index]
            found.append(of_all)
    images_pos, images_neg = (
        [np.bincount(patient[side & of], minlength=predictions.n_patients) for side in sides]
        for of in (positive, ~positive)
    )
    return AreaSides(
        areas=(areas[0], areas[1]),
        of_pos=(of_pos[0], of_pos[1]),
        of_neg=(of_neg[0], of_neg[1]),
        images_pos=(images_pos[0], images_pos[1]),
        images_neg=(images_neg[0], images_neg[1]),
    )


def for_area(positive: Mask, inside: Mask) -> Mask:
    """The images whose area speaks for those ``inside`` (n,): they, or their positives and all negatives."""
    return inside if (inside & ~positive).any() else inside | ~positive


def rate_of_side(hit: Mask, chosen: Mask, patient: IntArray, n_patients: int) -> tuple[float, float, FloatArray]:
    """Effective size of a rate among the chosen images, the rate, and what each patient's deviations add to it."""
    n = np.bincount(patient[chosen], minlength=n_patients)
    x = np.bincount(patient[chosen & hit], minlength=n_patients)
    rate = float(x.sum() / n.sum())
    return size_of_share(x, n), rate, (x - rate * n) / n.sum()


def covariance(added: FloatArray, rest_added: FloatArray) -> float:
    """Of the figures of two sides, from what the deviations of each patient add to them, (patients,) each."""
    m = int(np.count_nonzero((added != 0) & (rest_added != 0)))
    return float(added @ rest_added) * m / (m - 1) if m > 1 else 0.0


def fewest_patients(images: Sequence[IntArray]) -> int:
    return min(int(np.count_nonzero(n)) for n in images)
