"""A level and the rest side by side: what the test and the interval of a difference are both made of, worked out once.

Each takes the images where ``inside`` is true and all others; a patient may have images on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.estimates.clusters import size_of_share
from core.evaluation.estimates.discrimination import AreaByPatient, ByScore, Mask, area_of
from core.evaluation.estimates.linearised import deviations
from core.evaluation.predictions import FloatArray, IntArray


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


AreaSides = tuple[AreaByPatient, AreaByPatient]
"""The areas inside and of the rest."""


def rate_sides(hit: Mask, inside: Mask, patient: IntArray) -> RateSides | None:
    """The share of ``hit`` (n,) on both sides; None where one has no images."""
    if inside.all() or not inside.any():  # so too without images
        return None
    images, hits = np.bincount(patient), np.bincount(patient[hit], minlength=int(patient.max()) + 1)
    own, found = (np.bincount(patient[chosen], minlength=len(images)) for chosen in (inside, inside & hit))
    sizes, rates, added = zip(
        *(_rate_of_side(x, n) for x, n in ((found, own), (hits - found, images - own))), strict=True
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


def area_sides(images: ByScore, inside: Mask) -> AreaSides | None:
    """The areas of both sides, one without negatives held against all (:func:`for_area`); None where a class is missing
    on one. ``inside`` (n,) is in the order of ``images``."""
    positive = images.positive
    sides = [for_area(positive, chosen) for chosen in (inside, ~inside)]
    if not all((positive & side).any() and (~positive & side).any() for side in sides):
        return None
    one, rest = (area_of(images.where(side)) for side in sides)
    return one, rest


def images_of(areas: AreaSides) -> list[IntArray]:
    """The images a patient of the positives of both sides, then of the negatives."""
    return [one.images[of] for of in (0, 1) for one in areas]


def for_area(positive: Mask, inside: Mask) -> Mask:
    """The images whose area speaks for those ``inside`` (n,): they, or their positives and all negatives."""
    return inside if (inside & ~positive).any() else inside | ~positive


def _rate_of_side(x: IntArray, n: IntArray) -> tuple[float, float, FloatArray]:
    """Effective size of a rate, the rate, and what each patient's deviations add to it, of ``x`` of ``n`` images a
    patient, both (n_patients,)."""
    rate = float(x.sum() / n.sum())
    return size_of_share(x, n), rate, (x - rate * n) / n.sum()


def covariance(added: FloatArray, rest_added: FloatArray) -> float:
    """Of the figures of two sides, from what the deviations of each patient add to them, (patients,) each."""
    m = int(np.count_nonzero((added != 0) & (rest_added != 0)))
    return float(added @ rest_added) * m / (m - 1) if m > 1 else 0.0


def fewest_patients(images: Sequence[IntArray]) -> int:
    return min(int(np.count_nonzero(n)) for n in images)
