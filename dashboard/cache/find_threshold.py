"""What was asked of a threshold, answered on validation, and what the search saw along the way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.evaluation.guarantee import (
    FloorEvidence,
    NotGuaranteed,
    choose_guaranteed,
    floor_tests,
    lower_bound,
)
from core.evaluation.intervals import Estimate, wilson
from core.evaluation.one_image import one_image_a_patient
from core.evaluation.operating_point import OperatingPoint, Unreachable
from core.evaluation.positions import vertices
from core.evaluation.predictions import IntArray
from core.evaluation.search import BoolArray, hits_and_total, meets
from core.evaluation.sweep import ThresholdSweep
from core.evaluation.threshold_interval import threshold_interval
from core.runs.store import Run
from dashboard.cache.evaluation import sweep
from dashboard.cache.runs import per_run
from dashboard.find_threshold.requirement import Requirement


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answer:
    """The threshold that was found on validation, or why there is none, with the ``floors`` a confidence was asked for.

    ``uncertainty`` is that of the threshold itself, a logit; None where a confidence was asked for or none was found.
    """

    found: OperatingPoint | Unreachable
    floors: tuple[FloorEvidence, ...]
    uncertainty: Estimate | None


@per_run
def one_image_rows(run: Run) -> IntArray:
    """Rows of validation, one image a patient and class."""
    return one_image_a_patient(run.predictions["validation"])


@per_run
def threshold_answer(run: Run, requirement: Requirement) -> Answer:
    """The answer of validation to ``requirement``."""
    validation, counts = run.predictions["validation"], sweep(run, "validation")
    if not requirement.confidence:
        found = requirement.choose(counts)
        if isinstance(found, Unreachable):
            return Answer(found=found, floors=(), uncertainty=None)
        just_met = requirement.just_met if requirement.smooth else None
        uncertainty = threshold_interval(validation, requirement.choose, smooth=requirement.smooth, just_met=just_met)
        return Answer(found=found, floors=(), uncertainty=uncertainty)
    guarantee = choose_guaranteed(
        validation, counts, dict(requirement.floors), confidence=float(requirement.confidence),
        rows=one_image_rows(run),
    )  # fmt: skip
    if isinstance(guarantee, NotGuaranteed):
        return Answer(found=guarantee, floors=guarantee.floors, uncertainty=None)
    return Answer(found=guarantee.point, floors=guarantee.floors, uncertainty=None)


@per_run
def fallback(run: Run, requirement: Requirement) -> OperatingPoint | Unreachable:
    """What validation merely shows where the confidence that was asked for cannot be had."""
    return replace(requirement, confidence="").choose(sweep(run, "validation"))


@per_run
def search_lines(run: Run, requirement: Requirement) -> pd.DataFrame:
    """What the search saw at the thresholds that are drawn, from the highest down.

    Columns: ``threshold``; ``passes``, whether all that was asked holds there; for floors RATE and ``RATE_low``, its
    lower bound; else ``share``, ``cost`` or ``net_benefit``. Both classes need images.
    """
    counts = sweep(run, "validation")
    rows = vertices(counts)
    columns: dict[str, np.ndarray] = {"threshold": counts.threshold[rows]}
    if requirement.floors and requirement.confidence:
        return pd.DataFrame(columns | _tested(run, requirement, counts, rows))
    if requirement.floors:
        return pd.DataFrame(columns | _observed(requirement, counts, rows))
    return pd.DataFrame(columns | _weighed(requirement, counts, rows))


def _tested(run: Run, requirement: Requirement, counts: ThresholdSweep, rows: IntArray) -> dict[str, np.ndarray]:
    tests = floor_tests(
        run.predictions["validation"], counts, dict(requirement.floors), confidence=float(requirement.confidence),
        rows=one_image_rows(run),
    )  # fmt: skip
    columns = {"passes": np.logical_and.reduce([test.passes[rows] for test in tests])}
    for test in tests:
        columns[test.rate] = test.hits[rows] / test.patients
        columns[f"{test.rate}_low"] = lower_bound(test.hits[rows], test.patients, test.confidence)
    return columns


def _observed(requirement: Requirement, counts: ThresholdSweep, rows: IntArray) -> dict[str, np.ndarray]:
    passes: list[BoolArray] = []
    columns: dict[str, np.ndarray] = {}
    for rate, floor in requirement.floors:
        hits, total = hits_and_total(counts, rate)
        passes.append(meets(hits[rows], total, floor))
        columns[rate] = hits[rows] / total
        sizes = counts.effective[rate][rows]
        limits = [wilson(p, size)[0] for p, size in zip(columns[rate].tolist(), sizes.tolist(), strict=True)]
        columns[f"{rate}_low"] = np.array(limits)
    return columns | {"passes": np.logical_and.reduce(passes)}


def _weighed(requirement: Requirement, counts: ThresholdSweep, rows: IntArray) -> dict[str, np.ndarray]:
    prevalence = float(requirement.prevalence_of(counts))
    found, alarmed = counts.tp[rows] / counts.n_pos, counts.fp[rows] / counts.n_neg
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
