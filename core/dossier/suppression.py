"""What may leave the house: no count from which fewer than a few patients could be known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from core.dossier.contents import Contents
from core.errors import RunFolderError
from core.evaluation.comparing.levels import levels_of
from core.evaluation.predictions import FloatArray, IntArray, Predictions

FEWEST = 5
"""Patients that stand behind every count, at least."""


def shown(own: Predictions, column: str, threshold: float, *, fewest: int = FEWEST) -> list[tuple[bool, bool]]:
    """By level, in the order of ``levels_of``, whether its counts of the negative and positive class may be shown.

    A class of a level is withheld where 1 to ``fewest`` - 1 patients have an image of it, or one that is called either
    way. All totals are published, so where a single level is withheld in a class its counts are what the others leave:
    then the next smallest one is withheld as well (complementary suppression).
    """
    levels = levels_of(own.subgroups[column])
    called = own.logit >= threshold
    by_class = []
    for label in (0, 1):
        patients = []
        for number in range(len(levels.names)):
            of_class = (levels.index == number) & (own.y_true == label)
            cells = (of_class, of_class & called, of_class & ~called)
            patients.append([len(np.unique(own.patient_index[cell])) for cell in cells])
        withheld = [any(0 < cell < fewest for cell in cells) for cells in patients]
        others = [number for number in range(len(patients)) if not withheld[number] and patients[number][0]]
        if sum(withheld) == 1 and others:
            withheld[min(others, key=lambda number: patients[number][0])] = True
        by_class.append([not one for one in withheld])
    return list(zip(*by_class, strict=True))


def apart(found: Contents, *, fewest: int = FEWEST) -> Contents:
    """The same with fewer positions: between two of them lie images of ``fewest`` patients or more of every class of
    every set, beyond the outermost as many or none. The threshold that the dossier is about is one of them. It is
    marked as leaving the house.

    Raises :class:`RunFolderError` where already that threshold parts off fewer.
    """
    thresholds = found.points["threshold"].to_numpy()
    here = int(np.flatnonzero(thresholds == found.chosen.threshold)[0])
    groups = [
        (own.logit[chosen], own.patient_index[chosen])
        for own in found.sets.values()
        for chosen in (own.y_true == 1, own.y_true == 0)
        if chosen.any()
    ]
    below = _kept(thresholds[here:], [_in_steps(thresholds[here:], *group) for group in groups], fewest)
    upwards = -thresholds[here::-1]
    above = _kept(upwards, [_in_steps(upwards, -logit, patient, above=True) for logit, patient in groups], fewest)
    if below is None or above is None:
        raise RunFolderError(
            f"{found.run.folder}: at its threshold fewer than {fewest} patients of a class lie on one side in some "
            "set, so that no dossier of it can leave the house"
        )
    kept = sorted({here, *(here + place for place in below), *(here - place for place in above)})
    return replace(found, points=found.points.iloc[kept].reset_index(drop=True), leaves=True)


def _in_steps(thresholds: FloatArray, logit: FloatArray, patient: IntArray, *, above: bool = False) -> list[IntArray]:
    """The patients of the images that each step down the descending ``thresholds`` adds, and last those below all.

    Positive is at or above a threshold; from the other side (``above``, everything negated) it is above.
    """
    side: Literal["left", "right"] = "left" if above else "right"
    ascending = -logit
    order = np.argsort(ascending, kind="stable")
    ends = np.searchsorted(ascending[order], -thresholds, side=side)
    return [patient[order[start:end]] for start, end in zip(ends, [*ends[1:], len(order)], strict=True)]


def _kept(thresholds: FloatArray, groups: Sequence[Sequence[IntArray]], fewest: int) -> list[int] | None:
    """Places of thresholds that lie far enough apart, walking on from the first; None where too few lie beyond it."""
    kept: list[int] = []
    between: list[set[int]] = [set() for _ in groups]
    for place in range(len(thresholds)):
        if place and all(len(patients) >= fewest for patients in between):
            kept.append(place)
            between = [set() for _ in groups]
        for patients, steps in zip(between, groups, strict=True):
            patients.update(_few(steps[place], patients, fewest))
    if any(0 < len(patients) < fewest for patients in between):
        if not kept:
            return None
        kept.pop()
    return kept


def _few(step: IntArray, known: set[int], fewest: int) -> Iterable[int]:
    """Patients of a step; none once enough are known."""
    return () if len(known) >= fewest else step.tolist()
