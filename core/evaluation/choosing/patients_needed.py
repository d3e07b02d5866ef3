"""How many patients of a class it takes to guarantee a floor: the fewest possible, and enough for a stated power.

The test is the one a guarantee rests on (:mod:`core.evaluation.choosing.guarantee`): exact, binomial and one-sided. Its
power rises with the number of patients in a saw-tooth, as one more miss is allowed only now and then (Chernick and Liu
2002), so that the first number to reach a power is followed by some that do not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.special import rel_entr
from scipy.stats import binom

from core.evaluation.choosing.every_floor import confidence_of_each
from core.evaluation.predictions import FloatArray, IntArray

POWERS = ("0.80", "0.90")
"""Powers that sizes are stated for: the chance that a study of that size guarantees the floor."""
MOST_PATIENTS = 100_000
"""Larger numbers of patients are not stated: no site collects them for one threshold."""

_MOST_LOOKED_AT = 4 * MOST_PATIENTS
"""At the powers and confidences on offer Chernoff's number is at most 3.5 times the one that is sought."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StudySize:
    """How many patients of its class guarantee a floor where ``hits`` of ``patients`` are called rightly.

    ``fewest`` do so if every one is called rightly. ``for_power`` has by each of :data:`POWERS` the number from which
    on every number does with that chance, if the true rate is the one observed. None for more than
    :data:`MOST_PATIENTS`.
    """

    rate: str
    hits: int
    patients: int
    fewest: int | None
    for_power: Mapping[str, int | None]


def fewest_cases(floor: str, confidence: float = 0.95) -> int:
    """The smallest number of patients of a class with which a rate of at least ``floor`` (a decimal numeral in (0, 1))
    can be guaranteed, which takes that all are called rightly: the least n with floor^n <= 1 - confidence. ValueError
    for a floor that is not between 0 and 1."""
    if not 0 < Fraction(floor) < 1:
        raise ValueError(f"a floor that can be guaranteed lies between 0 and 1, and {floor} does not")
    n = max(1, math.floor(math.log(1 - confidence) / math.log(float(floor))) - 1)
    error = Fraction(str(confidence))
    while Fraction(floor) ** n > 1 - error:
        n += 1
    return n


def fewest_hits(patients: int | IntArray, floor: str, confidence: float) -> IntArray:
    """The smallest number called rightly, of so many ``patients`` (k,), whose bound reaches ``floor``; one more than
    there are patients where none does."""
    # P(at least h hits) at a rate that is just the floor must not exceed the error that is allowed.
    return np.asarray(1 + binom.isf(1 - confidence, patients, float(floor)), dtype=np.int64)


def power_of(patients: IntArray, rate: float, floor: str, *, confidence: float) -> FloatArray:
    """The chance that so many ``patients`` (k,) guarantee ``floor`` where the true rate is ``rate``; NaN for NaN."""
    return np.asarray(binom.sf(fewest_hits(patients, floor, confidence) - 1, patients, rate))


def patients_for_power(rate: float, floor: str, *, confidence: float, power: float) -> int | None:
    """The smallest number of patients from which on every number guarantees ``floor`` with a chance of ``power``.

    ``rate`` is taken as the true one. None where it is not above the floor, so that no number has the power, or where
    more than :data:`MOST_PATIENTS` are needed.
    """
    surely = _surely_enough(rate, float(floor), 1 - confidence, 1 - power)
    if surely > _MOST_LOOKED_AT:
        return None
    falls_short = np.flatnonzero(power_of(np.arange(1, int(surely) + 1), rate, floor, confidence=confidence) < power)
    needed = int(falls_short[-1]) + 2 if len(falls_short) else 1
    return needed if needed <= MOST_PATIENTS else None


def _surely_enough(rate: float, floor: float, error: float, missed: float) -> float:
    """A number from which on every one has the power, so that only smaller ones must be looked at; infinite for none.

    Where for some share a between floor and rate both n KL(a, floor) >= -log(error) and n KL(a, rate) >= -log(missed),
    a share of a passes and is missed by a smaller chance than is allowed (Chernoff 1952); and so for all larger n.
    """
    if not rate > floor:
        return math.inf
    share = np.linspace(floor, rate, 1002)[1:-1]
    apart = [rel_entr(share, p) + rel_entr(1 - share, 1 - p) for p in (floor, rate)]
    numbers = np.maximum(-math.log(error) / apart[0], -math.log(missed) / apart[1])
    return float(np.ceil(numbers.min()))


def study_size(
    rate: str, floor: str, hits: int, patients: int, *, confidence: float, floors: int = 1, every_floor: bool = False
) -> StudySize:
    """How many patients guarantee ``floor`` with ``confidence``.

    With two ``floors`` the power is of both together, their classes taken as independent. Of ``every_floor`` at once
    each is tested with the confidence of :func:`~core.evaluation.choosing.every_floor.confidence_of_each`, for which
    that of the number itself is taken.
    """

    def needed(true_rate: float, power: float) -> int | None:
        found = patients_for_power(true_rate, floor, confidence=confidence, power=power)
        own, before = confidence, 0
        while every_floor and found is not None and found > before:
            own, before = max(own, confidence_of_each(found, confidence)), found
            found = patients_for_power(true_rate, floor, confidence=own, power=power)
        return found

    return StudySize(
        rate=rate,
        hits=hits,
        patients=patients,
        fewest=needed(1.0, 0.5),  # certain from a number on, and impossible below it
        for_power={power: needed(hits / patients, float(power) ** (1 / floors)) for power in POWERS},
    )


def sizes_in_words(sizes: Sequence[StudySize], patients: Mapping[str, str]) -> str:
    """``not possible with 37 negative patients. The fewest possible are 59, if every one is called rightly. ...``, with
    no full stop; ``patients`` names those of each rate."""

    def each(numbers: Sequence[int | None]) -> str:
        words = [f" {patients[one.rate]}" * (len(sizes) > 1) for one in sizes]
        said = [f"{number:,}" if number else f"more than {MOST_PATIENTS:,}" for number in numbers]
        return " and ".join(number + word for number, word in zip(said, words, strict=True))

    have = " and ".join(f"{one.patients:,} {patients[one.rate]}" for one in sizes)
    text = f"not possible with {have}. The fewest possible are {each([one.fewest for one in sizes])}, if every one is "
    if all(one.hits == one.patients for one in sizes):
        return f"{text}called rightly, as all are here"
    true = " and ".join(f"{one.rate} is the {one.hits / one.patients:.3f} observed" for one in sizes)
    powers = " and of ".join(
        f"{each([one.for_power[power] for one in sizes])} with {100 * float(power):g} % power" for power in POWERS
    )
    return f"{text}called rightly. If the true {true}, a study of {powers} would guarantee it at this threshold"
