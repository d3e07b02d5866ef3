"""What a split answers to a requirement, and what the search saw along the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.evaluation.choosing.guarantee import FloorEvidence, NotGuaranteed, choose_guaranteed, floor_tests, lower_bound
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.choosing.search import BoolArray, hits_and_total, meets, ppv
from core.evaluation.choosing.threshold_interval import threshold_interval
from core.evaluation.estimates.intervals import Estimate, wilson
from core.evaluation.positions import vertices
from core.evaluation.predictions import IntArray, Predictions
from core.evaluation.sweep import ThresholdSweep


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answer:
    """The threshold that was found on validation, or why there is none, with the ``floors`` a confidence was asked for.

    ``uncertainty`` is that of the threshold itself, a logit; None where a confidence was asked for or none was found.
    """

    found: OperatingPoint | Unreachable
    floors: tuple[FloorEvidence, ...]
    uncertainty: Estimate | None


def answer(requirement: Requirement, split: Predictions, sweep: ThresholdSweep, *, one_image: IntArray) -> Answer:
    """The threshold of ``split``, whose sweep is ``sweep``, that meets ``requirement``.

    ``one_image`` are rows of one image a patient and class (:func:`~core.evaluation.estimates.one_image`), which a
    confidence is counted on.
    """
    if not requirement.confidence:
        found = requirement.choose(sweep)
        if isinstance(found, Unreachable):
            return Answer(found=found, floors=(), uncertainty=None)
        just_met = requirement.just_met if requirement.smooth else None
        uncertainty = threshold_interval(split, requirement.choose, smooth=requirement.smooth, just_met=just_met)
        return Answer(found=found, floors=(), uncertainty=uncertainty)
    guarantee = choose_guaranteed(
        split,
        sweep,
        dict(requirement.floors),
        confidence=float(requirement.confidence),
        every_floor=requirement.every_floor,
        rows=one_image,
    )
    if isinstance(guarantee, NotGuaranteed):
        return Answer(found=guarantee, floors=guarantee.floors, uncertainty=None)
    return Answer(found=guarantee.point, floors=guarantee.floors, uncertainty=None)


def search_lines(
    requirement: Requirement, split: Predictions, sweep: ThresholdSweep, *, one_image: IntArray
) -> pd.DataFrame:
    """What the search saw at the thresholds that are drawn, from the highest down.

    Columns: ``threshold``; ``passes``, whether all that was asked holds there; for floors RATE and ``RATE_low``, its
    lower bound; else ``ppv``, ``share``, ``cost`` or ``net_benefit``. Both classes need images.
    """
    rows = vertices(sweep)
    columns: dict[str, np.ndarray] = {"threshold": sweep.threshold[rows]}
    if requirement.floors and requirement.confidence:
        return pd.DataFrame(columns | _tested(requirement, split, sweep, rows, one_image))
    if requirement.floors:
        return pd.DataFrame(columns | _observed(requirement, sweep, rows))
    return pd.DataFrame(columns | _weighed(requirement, sweep, rows))


def passing_stretches(lines: pd.DataFrame) -> list[tuple[float, float]]:
    """Lowest and highest threshold of each stretch of :func:`search_lines` in which all that was asked holds."""
    threshold, passes = lines["threshold"].to_numpy(), lines["passes"].to_numpy(dtype=bool)
    ends = np.flatnonzero(np.diff(passes, prepend=False, append=False))
    return [(float(threshold[end - 1]), float(threshold[first])) for first, end in ends.reshape(-1, 2).tolist()]


def _tested(
    requirement: Requirement, split: Predictions, sweep: ThresholdSweep, rows: IntArray, one_image: IntArray
) -> dict[str, np.ndarray]:
    tests = floor_tests(
        split,
        sweep,
        dict(requirement.floors),
        confidence=float(requirement.confidence),
        every_floor=requirement.every_floor,
        rows=one_image,
    )
    columns = {"passes": np.logical_and.reduce([test.passes[rows] for test in tests])}
    for test in tests:
        columns[test.rate] = test.hits[rows] / test.patients
        columns[f"{test.rate}_low"] = lower_bound(test.hits[rows], test.patients, test.confidence)
    return columns


def _observed(requirement: Requirement, sweep: ThresholdSweep, rows: IntArray) -> dict[str, np.ndarray]:
    passes: list[BoolArray] = []
    columns: dict[str, np.ndarray] = {}
    for rate, floor in requirement.floors:
        hits, total = hits_and_total(sweep, rate)
        passes.append(meets(hits[rows], total, floor))
        columns[rate] = hits[rows] / total
        sizes = sweep.effective(rate, rows)
        limits = [wilson(p, size)[0] for p, size in zip(columns[rate].tolist(), sizes.tolist(), strict=True)]
        columns[f"{rate}_low"] = np.array(limits)
    return columns | {"passes": np.logical_and.reduce(passes)}


def _weighed(requirement: Requirement, sweep: ThresholdSweep, rows: IntArray) -> dict[str, np.ndarray]:
    prevalence = float(requirement.prevalence_of(sweep))
    if requirement.kind == "ppv":
        values = ppv(sweep, prevalence)[rows]
        return {"ppv": values, "passes": values >= float(requirement.ppv)}
    found, alarmed = sweep.tp[rows] / sweep.n_pos, sweep.fp[rows] / sweep.n_neg
    if requirement.kind == "capacity":
        share = prevalence * found + (1 - prevalence) * alarmed
        return {"share": share, "passes": share <= float(requirement.capacity)}
    if requirement.kind == "cost":
        miss, alarm = float(requirement.miss), float(requirement.alarm)
        cost = prevalence * (1 - found) * miss + (1 - prevalence) * alarmed * alarm
        return {"cost": cost, "passes": np.zeros(len(rows), dtype=bool)}
    odds = float(requirement.probability) / (1 - float(requirement.probability))
    benefit = prevalence * found - (1 - prevalence) * alarmed * odds
    return {"net_benefit": benefit, "passes": np.zeros(len(rows), dtype=bool)}
