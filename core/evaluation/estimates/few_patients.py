"""Whether a set has too few patients for a difference that is not seen to mean anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.evaluation.predictions import Predictions

FEWEST_PATIENTS = 30
"""Patients of a class below which a figure rests on little, and no difference seen is not called small.

Of fewer, even if every one is called rightly, a tenth of the class may truly be called wrongly (95 % bound of 0 in 28:
1 - 0.05^(1/28) = 0.101; Hanley and Lippman-Hand 1983).
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class FewPatients:
    """A class, ``label``, of which the set ``where`` has fewer than :data:`FEWEST_PATIENTS` ``patients``."""

    where: str
    label: int
    patients: int


def few_patients(sets: Mapping[str, Predictions]) -> tuple[FewPatients, ...]:
    """The classes of which a set has too few patients, set by set; empty where all have enough."""
    return tuple(
        FewPatients(where=where, label=label, patients=patients)
        for where, own in sets.items()
        for label in (0, 1)
        if (patients := own.patients_with(label)) < FEWEST_PATIENTS
    )


def few_in_words(few: Sequence[FewPatients], classes: tuple[str, str]) -> str:
    """``test has 6 patients with pneumonia; it takes 30 of each class in each set``; ``classes`` names both."""
    sets: dict[str, list[str]] = {}
    for one in few:
        word = "patient" if one.patients == 1 else "patients"
        sets.setdefault(one.where, []).append(f"{one.patients or 'no'} {word} {classes[one.label]}")
    said = "; ".join(f"{where} has {' and '.join(counts)}" for where, counts in sets.items())
    return f"{said}; it takes {FEWEST_PATIENTS} of each class in each set"
