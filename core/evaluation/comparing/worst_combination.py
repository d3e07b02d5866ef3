"""The search for whom a threshold fails: every level, and every pair of levels of two columns, against all the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.comparing.rest_comparison import compare_means, compare_rates, holm
from core.evaluation.comparing.rest_difference import difference_of_rates
from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.discrimination import Mask
from core.evaluation.estimates.intervals import LEVEL, Estimate
from core.evaluation.estimates.linearised import without_gaps
from core.evaluation.predictions import IntArray, ObjectArray, Predictions

FEWEST_SEARCHED = 10
"""A combination with fewer patients of a class, or a rest with fewer, is not compared in the rate of that class; where
patients have several images of the class the t test needs 30."""
MOST_SEARCHED = 2000
"""Of more comparisons those of most images are made: the labels of a level are not looked at to choose them."""
MOST_CROSSED = 400
"""Of more levels those of most images are crossed, so that the search does not grow with the square of all."""

_IMAGES_AT_ONCE = 100_000

Levels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """A level, or one each of two columns, in one rate: among ``images`` of its class, of ``patients``.

    The interval of ``rate`` is one of 95 %; that of ``difference``, the combination less the rest, holds for all that
    was searched at once (Bonferroni). ``p_adjusted`` is Holm's over all that was searched.
    """

    levels: Levels
    measure: str
    images: int
    patients: int
    rate: Estimate
    difference: Estimate
    p_adjusted: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """How many comparisons were ``searched``, how many were ``passed_over`` because there were too many (not looked at,
    so that such as select the same images are counted each), and the rates that are lower than the rest's, those of the
    smallest adjusted p first."""

    searched: int
    passed_over: int
    lower: tuple[Combination, ...]

    @property
    def clear(self) -> tuple[Combination, ...]:
        """Those that differ from the rest at 5 % after the adjustment."""
        return tuple(one for one in self.lower if one.p_adjusted < 1 - LEVEL)


def worst_combinations(
    predictions: Predictions, columns: Mapping[str, ObjectArray], threshold: float, *, most: int = 5
) -> Search:
    """Search sensitivity and specificity at ``threshold`` over the levels of ``columns``, and of two of them crossed.

    Each column (n,) holds a level or None an image. Rates are compared by Fisher's test on effective counts by patient
    (:func:`~.rest_comparison.compare_rates`), two-sided, and Holm's adjustment is over all comparisons; only lower
    rates are an alarm. What selects the same images as another one, or the other one's rest, is compared once. At most
    ``most`` are given back.
    """
    classes = [_of_class(predictions, columns, threshold, *which) for which in (("sensitivity", 1), ("specificity", 0))]
    tests, passed_over = _tests(classes)
    compared = np.array([_compare(one) for one in tests]).reshape(-1, 2)
    adjusted = holm(compared[:, 1])
    searched = int(np.count_nonzero(~np.isnan(adjusted)))
    order = np.lexsort((-np.abs(compared[:, 0]), adjusted)).tolist()
    lower = [(place, side) for place in order for side in tests[place].lower(compared[place, 0])]
    at_once = 1 - (1 - LEVEL) / max(searched, 1)
    shown = [
        _combination(tests[place].of, side, p_adjusted=float(adjusted[place]), level=at_once)
        for place, side in lower[:most]
    ]
    return Search(searched=searched, passed_over=passed_over, lower=tuple(shown))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _OfClass:
    """The images of one class: whether each is a ``hit`` (n,), whose it is, and the levels of enough patients, each
    with its images, ``masks`` (levels, n), those of most images first."""

    measure: str
    hit: Mask
    patient: IntArray
    levels: Levels
    masks: npt.NDArray[np.bool_]

    def crossed(self) -> tuple[IntArray, IntArray, IntArray]:
        """Every two levels of different columns that have enough images in common, and how many."""
        masks = self.masks[:MOST_CROSSED]
        parts = range(0, masks.shape[1], _IMAGES_AT_ONCE)
        chunks = (masks[:, start : start + _IMAGES_AT_ONCE].astype(np.float32) for start in parts)
        shared = sum(
            (np.rint(part @ part.T).astype(np.int64) for part in chunks), np.zeros((len(masks),) * 2, np.int64)
        )
        of_column = np.array([column for column, _ in self.levels[:MOST_CROSSED]], dtype=object)
        one, other = np.nonzero(np.triu(shared >= FEWEST_SEARCHED, 1) & (of_column[:, None] != of_column))
        return one, other, shared[one, other]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Test:
    """A comparison of two sides of a class: what selects the one, and what selects the other, where something does."""

    of: _OfClass
    sides: list[tuple[Levels, Mask]]

    def lower(self, difference: float) -> list[tuple[Levels, Mask]]:
        """The side whose rate is lower, where the first less its rest is ``difference``; none where nothing selects
        it."""
        if not difference:
            return []
        return self.sides[:1] if difference < 0 else self.sides[1:]


def _of_class(
    predictions: Predictions, columns: Mapping[str, ObjectArray], threshold: float, measure: str, label: int
) -> _OfClass:
    of = predictions.y_true == label
    patient = without_gaps(predictions.patient_index[of])
    found: list[tuple[tuple[str, str], Mask]] = []
    for name, column in columns.items():
        codes, names = pd.factorize(pd.Series(column, dtype=object))
        masks = (codes[of] == code for code in range(len(names)))
        found += [
            ((name, str(level)), mask)
            for level, mask in zip(names, masks, strict=True)
            if _patients(patient[mask]) >= FEWEST_SEARCHED
        ]
    found.sort(key=lambda one: -np.count_nonzero(one[1]))
    return _OfClass(
        measure=measure,
        hit=((predictions.logit >= threshold) == (label == 1))[of],
        patient=patient,
        levels=tuple(level for level, _ in found),
        masks=np.array([mask for _, mask in found], dtype=bool).reshape(len(found), len(patient)),
    )


def _tests(classes: Sequence[_OfClass]) -> tuple[list[_Test], int]:
    """The comparisons that are made, those of most images first, and how many more there are."""
    candidates: list[tuple[int, _OfClass, tuple[int, ...]]] = []
    for of in classes:
        one, other, images = of.crossed()
        candidates += [(int(mask.sum()), of, (place,)) for place, mask in enumerate(of.masks)]
        candidates += [
            (size, of, pair)
            for size, pair in zip(images.tolist(), zip(one.tolist(), other.tolist(), strict=True), strict=True)
        ]
    candidates.sort(key=lambda candidate: -candidate[0])
    tests: dict[tuple[str, bytes], _Test] = {}
    for number, (_, of, places) in enumerate(candidates):
        inside = np.logical_and.reduce(of.masks[list(places)])
        side = tuple(of.levels[place] for place in places), inside
        own, rest = ((of.measure, np.packbits(mask).tobytes()) for mask in (inside, ~inside))
        if own in tests:
            continue
        if rest in tests:
            tests[rest].sides[1:] = tests[rest].sides[1:] or [side]  # the first that selects it
        elif min(_patients(of.patient[mask]) for mask in (inside, ~inside)) >= FEWEST_SEARCHED:
            if len(tests) == MOST_SEARCHED:
                return [*tests.values()], len(candidates) - number
            tests[own] = _Test(of=of, sides=[side])
    return [*tests.values()], 0


def _compare(test: _Test) -> tuple[float, float]:
    """A rate inside less that of the rest, and the p value of the difference.

    Effective counts are estimates, and among hundreds of comparisons the ones that are off come first. So where
    patients have several images of the class a t test on patients must agree: the larger p value counts.
    """
    hit, inside, patient = test.of.hit, test.sides[0][1], test.of.patient
    difference, p = compare_rates(hit, inside, patient)
    if np.bincount(patient).max() > 1:
        p = float(np.maximum(p, compare_means(hit.astype(np.float64), inside, patient)[1]))  # NaN of either counts
    return difference, p


def _patients(patient: IntArray) -> int:
    return int(np.count_nonzero(np.bincount(patient)))


def _combination(of: _OfClass, side: tuple[Levels, Mask], *, p_adjusted: float, level: float) -> Combination:
    levels, inside = side
    n = np.bincount(of.patient[inside])
    return Combination(
        levels=levels,
        measure=of.measure,
        images=int(n.sum()),
        patients=int(np.count_nonzero(n)),
        rate=clustered_wilson(np.bincount(of.patient[inside & of.hit], minlength=len(n)), n, reason="no images"),
        difference=difference_of_rates(of.hit, inside, of.patient, level=level),
        p_adjusted=p_adjusted,
    )
