"""Floors that hold with a stated confidence: a fixed sequence of exact binomial tests along the sweep.

At each threshold the hypothesis that the rate lies below its floor is tested by the one-sided Clopper-Pearson bound
(Clopper and Pearson 1934). The order of the tests is fixed before the data are seen, from the most lenient threshold
for the rate to the strictest; testing stops at the first that fails, and what passed holds together, without a
correction for the number of thresholds (Maurer, Hothorn and Lehmacher 1995; Angelopoulos et al. 2021, "Learn then
Test"). For sensitivity that is from the lowest score up, for specificity from above the highest score down. Two floors
at once share the error evenly (Bonferroni).

The tests see one image a patient (:mod:`core.evaluation.estimates.one_image`), so the rate that is bounded is that of
one image of each patient. It is bounded for patients like those of validation, for one question asked once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.stats import beta, binom

from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, missing_class, operating_point_at
from core.evaluation.choosing.search import FLOORED, BoolArray, best_row, check_rates, in_words
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.sweep import ThresholdSweep

MOST_PATIENTS = 100_000
"""Larger numbers of patients that would be needed are not sought: no site collects them for one threshold."""

_CLASS = {"sensitivity": "positive patients", "specificity": "negative patients"}


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
    """What stands behind one floor at one threshold: ``hits`` of ``patients`` called rightly, and their lower
    ``bound`` at ``confidence``, the floor's own."""

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
class Shortage:
    """A floor for which ``patients`` of its class are too few: about ``needed`` would do, at the rates observed."""

    rate: str
    patients: int
    needed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NotGuaranteed(Unreachable):
    """Floors that these patients cannot guarantee. ``floors`` is the evidence at the threshold that comes closest.

    ``needed`` has, by rate, how many patients of its class would pass at the rates observed there; None where no number
    would, or more than :data:`MOST_PATIENTS`. ``short`` are the floors of which it is for want of patients.
    """

    floors: tuple[FloorEvidence, ...]
    needed: Mapping[str, int] | None
    short: tuple[Shortage, ...] = ()


def lower_bound(hits: IntArray, patients: int, confidence: float) -> FloatArray:
    """The one-sided Clopper-Pearson lower bound of a rate with ``hits`` (k,) of ``patients``; 0 without hits."""
    bound = beta.ppf(1 - confidence, np.maximum(hits, 1), patients - hits + 1)
    return np.where(hits > 0, bound, 0.0)


def floor_tests(
    predictions: Predictions,
    sweep: ThresholdSweep,
    floors: Mapping[str, str],
    *,
    confidence: float,
    rows: IntArray | None = None,
) -> tuple[FloorTests, ...]:
    """The tests of each of ``floors`` (a decimal numeral by rate) at every score of ``predictions``' own ``sweep``.

    ``rows`` are those of :func:`one_image_a_patient`, where they are known already. ValueError for another rate.
    """
    check_rates(floors, FLOORED)
    rows = one_image_a_patient(predictions) if rows is None else rows
    label, logit = predictions.y_true[rows], predictions.logit[rows]
    own = 1 - (1 - confidence) / len(floors)
    tests = []
    for rate, floor in floors.items():
        score = np.sort(logit[label == (rate == "sensitivity")])
        below = np.searchsorted(score, sweep.threshold, side="left")
        hits = (len(score) - below if rate == "sensitivity" else below).astype(np.int64)
        fewest = _fewest_hits(len(score), floor, own)
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
    rows: IntArray | None = None,
) -> Guarantee | NotGuaranteed:
    """The best other rate where each of ``floors`` holds with ``confidence``; with two floors, Youden's J.

    ``floors`` has a decimal numeral for "sensitivity", "specificity" or both; ``sweep`` is that of ``predictions``. The
    rate that is maximised is of all images. Of equal ones the best floored rate; for J the most sensitive. ValueError
    for another rate.
    """
    check_rates(floors, FLOORED)
    best = "Youden's J" if len(floors) > 1 else {"sensitivity": "specificity"}.get(next(iter(floors)), "sensitivity")
    rule = f"largest {best} with, at {100 * confidence:g} % confidence, {in_words(floors)}"
    name = "guarantee"
    if missing := missing_class(sweep):
        return NotGuaranteed(name=name, rule=rule, reason=missing, floors=(), needed=None)
    tests = floor_tests(predictions, sweep, floors, confidence=confidence, rows=rows)
    row = best_row(sweep, np.logical_and.reduce([test.passes for test in tests]), floors)
    if row is None:
        return _not_guaranteed(tests, name, rule)
    point = operating_point_at(sweep, float(sweep.threshold[row]), name=name, rule=rule)
    return Guarantee(point=point, floors=_evidence(tests, row), confidence=confidence)


def patients_needed(rate: Fraction, floor: str, *, confidence: float) -> int | None:
    """The smallest number of patients whose bound reaches ``floor`` when ``rate`` of them, in whole ones rounded down,
    are called rightly. None where the rate is not above the floor, or more than :data:`MOST_PATIENTS` are needed."""
    first, step = 1, 1000
    while rate > Fraction(floor) and first <= MOST_PATIENTS:
        sizes = np.arange(first, min(first + step, MOST_PATIENTS + 1))
        hits = sizes * rate.numerator // rate.denominator
        passing = np.flatnonzero(binom.sf(hits - 1, sizes, float(floor)) <= 1 - confidence)
        if len(passing):
            return int(sizes[passing[0]])
        first, step = first + step, 2 * step
    return None


def _fewest_hits(patients: int, floor: str, confidence: float) -> int:
    """The smallest number of hits whose bound reaches ``floor``; ``patients`` + 1 where none does."""
    # P(at least h hits) at a rate that is just the floor must not exceed the error that is allowed.
    return 1 + int(binom.isf(1 - confidence, patients, float(floor)))


def _not_guaranteed(tests: Sequence[FloorTests], name: str, rule: str) -> NotGuaranteed:
    row = _closest_row(tests)
    closest = _evidence(tests, row)
    needed = {
        found.rate: patients_needed(Fraction(found.hits, found.patients), found.floor, confidence=found.confidence)
        for found in closest
    }
    possible = {rate: number for rate, number in needed.items() if number is not None}
    if len(possible) < len(closest):
        return NotGuaranteed(name=name, rule=rule, reason=_hopeless(closest), floors=closest, needed=None)
    short = tuple(
        Shortage(rate=test.rate, patients=test.patients, needed=possible[test.rate])
        for test in tests
        if not test.passes[row]
    )
    return NotGuaranteed(
        name=name, rule=rule, reason=shortage_in_words(short, _CLASS), floors=closest, needed=possible, short=short
    )


def shortage_in_words(short: Sequence[Shortage], patients: Mapping[str, str]) -> str:
    """``not possible with 37 negative patients; about 90 would be needed``; ``patients`` names those of each rate."""
    have = " and ".join(f"{one.patients:,} {patients[one.rate]}" for one in short)
    would = " and ".join(f"{one.needed:,}" + f" {patients[one.rate]}" * (len(short) > 1) for one in short)
    return f"not possible with {have}; about {would} would be needed"


def _hopeless(closest: Sequence[FloorEvidence]) -> str:
    reached = " and ".join(
        f"{found.rate} is {found.hits:,} of {found.patients:,} patients ({found.hits / found.patients:.3f})"
        for found in closest
    )
    if all(Fraction(found.hits, found.patients) > Fraction(found.floor) for found in closest):
        return f"where it comes closest, {reached}; more than {MOST_PATIENTS:,} patients would be needed"
    floors = in_words({found.rate: found.floor for found in closest})
    return f"no number of such patients would be enough for {floors}: where it comes closest, {reached}"


def _closest_row(tests: Sequence[FloorTests]) -> int:
    """Where validation would have to grow least: by the score test's sample size, z^2 f (1 - f) / (p - f)^2."""
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


def _evidence(tests: Sequence[FloorTests], row: int) -> tuple[FloorEvidence, ...]:
    return tuple(
        FloorEvidence(
            rate=test.rate, floor=test.floor, confidence=test.confidence, patients=test.patients,
            hits=int(test.hits[row]),
            bound=float(lower_bound(test.hits[row : row + 1], test.patients, test.confidence)[0]),
        )
        for test in tests
    )  # fmt: skip
