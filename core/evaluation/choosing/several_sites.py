"""A floor that holds at each of several sites with a stated confidence.

"The floor holds at every site" is false where it fails at one, so each threshold's p value is the largest of the sites'
(intersection-union test; Berger 1982), each exact and binomial on one image a patient: no site needs a correction for
the others. Along the thresholds it is one fixed sequence, from the most lenient for the rate to the strictest
(:mod:`core.evaluation.choosing.guarantee`). The error is that of a single site, the first whose true rate falls below
the floor. Two floors share it evenly, as they do at one site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.choosing.guarantee import PATIENTS, FloorEvidence, FloorTests, closest_row, evidence, floor_tests
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable, operating_point_at
from core.evaluation.choosing.patients_needed import fewest_cases, fewest_hits
from core.evaluation.choosing.search import FLOORED, best_row, check_rates, in_words
from core.evaluation.positions import rows_at
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.sweep import ThresholdSweep


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Together:
    """Images of all sites at the k distinct scores of all, from the highest down; see ``ThresholdSweep``."""

    threshold: FloatArray
    tp: IntArray
    fp: IntArray
    n_pos: int
    n_neg: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AtEverySite:
    """A threshold at which all floors hold at every site with ``confidence``; point and evidence by site."""

    threshold: float
    rule: str
    confidence: float
    points: Mapping[str, OperatingPoint]
    floors: Mapping[str, tuple[FloorEvidence, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotAtEverySite(Unreachable):
    """Why no threshold does; ``floors`` is the evidence by site where it comes closest, empty without a class."""

    floors: Mapping[str, tuple[FloorEvidence, ...]]


def together(sweeps: Mapping[str, ThresholdSweep]) -> Together:
    """The counts of all ``sweeps`` at every score that one of them has."""
    scores = [sweep.threshold for sweep in sweeps.values()]
    threshold = np.unique(np.concatenate([np.zeros(0), *scores]))[::-1]
    counts = np.zeros((2, len(threshold)), dtype=np.int64)
    for sweep in sweeps.values():
        row = rows_at(sweep, threshold)
        counts += np.stack([np.append(count, 0)[row] for count in (sweep.tp, sweep.fp)])
    n_pos, n_neg = (sum(getattr(sweep, of) for sweep in sweeps.values()) for of in ("n_pos", "n_neg"))
    return Together(threshold=threshold, tp=counts[0], fp=counts[1], n_pos=n_pos, n_neg=n_neg)


def choose_at_every_site(
    sites: Mapping[str, Predictions],
    sweeps: Mapping[str, ThresholdSweep],
    floors: Mapping[str, str],
    *,
    confidence: float = 0.95,
    one_image: Mapping[str, IntArray] | None = None,
) -> AtEverySite | NotAtEverySite:
    """The best other rate where each of ``floors`` (a decimal numeral by rate) holds at every one of ``sites``.

    ``sweeps`` are theirs, ``one_image`` the rows of one image a patient where they are known. The other rate, or
    Youden's J with two floors, is that of all images together. The confidence is of one question asked once, of sites
    that were named before their labels were looked at. ValueError without sites and for another rate.
    """
    check_rates(floors, FLOORED)
    if not sites:
        raise ValueError("a floor is to hold at one site or more")
    name, rule = "every_site", f"at {100 * confidence:g} % confidence at every site, {in_words(floors)}"
    if missing := missing_classes(sweeps):
        return NotAtEverySite(name=name, rule=rule, reason=missing, floors={})
    counts = together(sweeps)
    tests = {
        site: floor_tests(
            own, counts, floors, confidence=confidence, rows=one_image[site] if one_image is not None else None
        )
        for site, own in sites.items()
    }
    every = [test for own in tests.values() for test in own]
    row = best_row(counts, np.logical_and.reduce([test.passes for test in every]), floors)
    if row is None:
        closest = closest_row(every)
        found = {site: evidence(own, closest) for site, own in tests.items()}
        return NotAtEverySite(name=name, rule=rule, reason=_stopped_by(tests, closest), floors=found)
    threshold = float(counts.threshold[row])
    return AtEverySite(
        threshold=threshold,
        rule=rule,
        confidence=confidence,
        points=points_at(sweeps, threshold, name=name, rule=rule),
        floors={site: evidence(own, row) for site, own in tests.items()},
    )


def points_at(
    sweeps: Mapping[str, ThresholdSweep], threshold: float, *, name: str, rule: str
) -> dict[str, OperatingPoint]:
    """The operating point of one ``threshold`` at every site."""
    return {site: operating_point_at(sweep, threshold, name=name, rule=rule) for site, sweep in sweeps.items()}


def missing_classes(sweeps: Mapping[str, ThresholdSweep]) -> str:
    """Which site lacks images of a class, in words; empty where none does."""
    lacks = (
        f"{site} has no {called} images"
        for site, sweep in sweeps.items()
        for called, images in (("positive", sweep.n_pos), ("negative", sweep.n_neg))
        if not images
    )
    return next(lacks, "")


def _stopped_by(tests: Mapping[str, Sequence[FloorTests]], row: int) -> str:
    """The sites whose test fails at ``row``, with what each has and what it would take there."""
    failing = [
        _short(site, test, int(test.hits[row])) for site, own in tests.items() for test in own if not test.passes[row]
    ]
    return f"where it comes closest, {'; '.join(failing)}"


def _short(site: str, test: FloorTests, hits: int) -> str:
    said = f"{site} calls {hits:,} of {test.patients:,} {PATIENTS[test.rate]} rightly"
    needed = int(fewest_hits(test.patients, test.floor, test.confidence))
    if needed <= test.patients:
        return f"{said}, and it takes {needed:,}"
    if not 0 < float(test.floor) < 1:
        return f"{said}, and no number guarantees {test.rate} of at least {test.floor}"
    return f"{said}, and the fewest that can guarantee {test.rate} of at least {test.floor} are " + (
        f"{fewest_cases(test.floor, test.confidence):,}, if every one is"
    )
