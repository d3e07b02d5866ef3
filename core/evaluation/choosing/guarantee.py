"""Floors that hold with a stated confidence: a fixed sequence of exact binomial tests along the sweep.

At each threshold the hypothesis that the rate lies below its floor is tested by the one-sided Clopper-Pearson bound
(Clopper and Pearson 1934). The order of the tests is fixed before the data are seen, from the most lenient threshold
for the rate to the strictest; testing stops at the first that fails, and what passed holds together, without a
correction for the number of thresholds (Maurer, Hothorn and Lehmacher 1995; Angelopoulos et al. 2021, "Learn then
Test"). For sensitivity that is from the lowest score up, for specificity from above the highest score down. Two floors
at once share the error evenly (Bonferroni).

What holds with the confidence is the floor that was asked for. The bound of a threshold that was found is no such
floor: it is that threshold's alone, had it been fixed beforehand. And the confidence is of one question asked once; for
floors that are tried freely it is each one's of :mod:`core.evaluation.choosing.every_floor`.

The tests see one image a patient (:mod:`core.evaluation.estimates.one_image`), so the rate that is bounded is that of
one image of each patient, for patients like those of validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.stats import beta

from core.evaluation.choosing.every_floor import FLOORS, confidence_of_each, next_floor
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, missing_class, operating_point_at
from core.evaluation.choosing.patients_needed import StudySize, fewest_hits, sizes_in_words, study_size
from core.evaluation.choosing.search import FLOORED, BoolArray, Counts, best_row, check_rates, in_words
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.sweep import ThresholdSweep

PATIENTS: Mapping[str, str] = {"sensitivity": "positive patients", "specificity": "negative patients"}
"""Whom a floor under each rate is tested on, in words."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FloorTests:
    """The tests of one floor along the k rows of a sweep: ``hits`` (k,) of ``patients`` are called rightly.

    ``confidence`` is this floor's own; ``passes`` (k,) is whether the test of that threshold and of every more lenient
    one passed.
    """

    rate: str
    floor: str
    confidence: float
    patients: int
    hits: IntArray
    passes: BoolArray


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorEvidence:
    """What stands behind one floor at one threshold: ``hits`` of ``patients`` called rightly.

    The ``floor`` holds with ``confidence``, its own; ``bound`` is the lower bound at that confidence of this threshold
    alone, had it been fixed before the data were seen.
    """

    rate: str
    floor: str
    confidence: float
    patients: int
    hits: int
    bound: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Guarantee:
    """A threshold at which every floor holds with ``confidence``, all of them together."""

    point: OperatingPoint
    floors: tuple[FloorEvidence, ...]
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class NotGuaranteed(Unreachable):
    """Floors that these patients cannot guarantee. ``floors`` is the evidence at the threshold that comes closest.

    ``sizes`` are those of each floor there; empty where an observed rate is not above its floor, so that no number of
    patients has any power.
    """

    floors: tuple[FloorEvidence, ...]
    sizes: tuple[StudySize, ...] = ()


def lower_bound(hits: IntArray, patients: int, confidence: float) -> FloatArray:
    """The one-sided Clopper-Pearson lower bound of a rate with ``hits`` (k,) of ``patients``; 0 without hits."""
    bound = beta.ppf(1 - confidence, np.maximum(hits, 1), patients - hits + 1)
    return np.where(hits > 0, bound, 0.0)


def floor_tests(
    predictions: Predictions,
    sweep: Counts,
    floors: Mapping[str, str],
    *,
    confidence: float,
    every_floor: bool = False,
    rows: IntArray | None = None,
) -> tuple[FloorTests, ...]:
    """The tests of each of ``floors`` (a decimal numeral by rate) of ``predictions`` at every threshold of ``sweep``.

    With ``every_floor`` each is tested as one of :data:`core.evaluation.choosing.every_floor.FLOORS`, of which all that
    pass hold at once with ``confidence``; its class then needs images. ``rows`` are those of
    :func:`one_image_a_patient`, where they are known already. ValueError for another rate.
    """
    check_rates(floors, FLOORED)
    rows = one_image_a_patient(predictions) if rows is None else rows
    label, logit = predictions.y_true[rows], predictions.logit[rows]
    share = 1 - (1 - confidence) / len(floors)
    tests = []
    for rate, asked in floors.items():
        score = np.sort(logit[label == (rate == "sensitivity")])
        below = np.searchsorted(score, sweep.threshold, side="left")
        hits = (len(score) - below if rate == "sensitivity" else below).astype(np.int64)
        own, floor = (confidence_of_each(len(score), share), next_floor(asked)) if every_floor else (share, asked)
        fewest = int(fewest_hits(len(score), floor, own))
        # From lenient to strict hits never rise: the first test that fails is followed by none that passes.
        tests.append(
            FloorTests(rate=rate, floor=floor, confidence=own, patients=len(score), hits=hits, passes=hits >= fewest)
        )
    return tuple(tests)


def choose_guaranteed(
    predictions: Predictions,
    sweep: ThresholdSweep,
    floors: Mapping[str, str],
    *,
    confidence: float = 0.95,
    every_floor: bool = False,
    rows: IntArray | None = None,
) -> Guarantee | NotGuaranteed:
    """The best other rate where each of ``floors`` holds with ``confidence``; with two floors, Youden's J.

    ``floors`` has a decimal numeral for "sensitivity", "specificity" or both; ``sweep`` is that of ``predictions``. The
    rate that is maximised is of all images. Of equal ones the best floored rate; for J the most sensitive. With
    ``every_floor`` as many floors may be asked for as one likes (:func:`floor_tests`). ValueError for another rate.
    """
    check_rates(floors, FLOORED)
    best = "Youden's J" if len(floors) > 1 else {"sensitivity": "specificity"}.get(next(iter(floors)), "sensitivity")
    at_once = " for every floor at once" if every_floor else ""
    rule = f"largest {best} with, at {100 * confidence:g} % confidence{at_once}, {in_words(floors)}"
    name = "guarantee"
    if missing := missing_class(sweep):
        return NotGuaranteed(name=name, rule=rule, reason=missing, floors=())
    if every_floor and "1" in map(next_floor, floors.values()):
        return NotGuaranteed(name=name, rule=rule, reason=f"floors to try freely end at {FLOORS[-1]}", floors=())
    tests = floor_tests(predictions, sweep, floors, confidence=confidence, every_floor=every_floor, rows=rows)
    row = best_row(sweep, np.logical_and.reduce([test.passes for test in tests]), floors)
    if row is None:
        return _not_guaranteed(tests, name, rule, confidence=confidence, every_floor=every_floor)
    point = operating_point_at(sweep, float(sweep.threshold[row]), name=name, rule=rule)
    return Guarantee(point=point, floors=evidence(tests, row), confidence=confidence)


def _not_guaranteed(
    tests: Sequence[FloorTests], name: str, rule: str, *, confidence: float, every_floor: bool
) -> NotGuaranteed:
    closest = evidence(tests, closest_row(tests))
    if any(Fraction(one.hits, one.patients) <= Fraction(one.floor) for one in closest):
        return NotGuaranteed(name=name, rule=rule, reason=_hopeless(closest), floors=closest)
    sizes = tuple(
        study_size(
            one.rate,
            one.floor,
            one.hits,
            one.patients,
            confidence=1 - (1 - confidence) / len(closest),
            floors=len(closest),
            every_floor=every_floor,
        )
        for one in closest
    )
    return NotGuaranteed(name=name, rule=rule, reason=sizes_in_words(sizes, PATIENTS), floors=closest, sizes=sizes)


def _hopeless(closest: Sequence[FloorEvidence]) -> str:
    reached = " and ".join(
        f"{found.rate} is {found.hits:,} of {found.patients:,} patients ({found.hits / found.patients:.3f})"
        for found in closest
    )
    floors = in_words({found.rate: found.floor for found in closest})
    short = "the observed rate does not exceed it" if len(closest) == 1 else "not both observed rates exceed them"
    return f"no number of such patients has power to guarantee {floors}, as {short}: where it comes closest, {reached}"


def closest_row(tests: Sequence[FloorTests]) -> int:
    """The row whose patients would have to grow least: by the score test's sample size, z^2 f (1 - f) / (p - f)^2."""
    growth = []
    for test in tests:
        floor = float(test.floor)
        above = test.hits / test.patients - floor
        with np.errstate(divide="ignore", invalid="ignore"):
            size = floor * (1 - floor) / np.square(above) / test.patients
        growth.append(np.where(above > 0, size, np.inf))
    worst = np.max(growth, axis=0)
    if np.isfinite(worst).any():
        return int(np.argmin(worst))
    return int(np.argmax(np.min([test.hits / test.patients - float(test.floor) for test in tests], axis=0)))


def evidence(tests: Sequence[FloorTests], row: int) -> tuple[FloorEvidence, ...]:
    """What stands behind each of ``tests`` at one ``row``."""
    return tuple(
        FloorEvidence(
            rate=test.rate,
            floor=test.floor,
            confidence=test.confidence,
            patients=test.patients,
            hits=int(test.hits[row]),
            bound=float(lower_bound(test.hits[row : row + 1], test.patients, test.confidence)[0]),
        )
        for test in tests
    )
