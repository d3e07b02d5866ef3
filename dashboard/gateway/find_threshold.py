"""What was asked of a threshold, answered on validation, and what the search saw along the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from core.evaluation.choosing import answer
from core.evaluation.choosing.answer import Answer
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.choosing.optimism import optimism
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.comparing.difference_from_validation import Difference, differences
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.predictions import IntArray
from core.runs.store import Run
from dashboard.gateway.evaluation import sweep
from dashboard.gateway.runs import per_run


@per_run
def one_image_rows(run: Run) -> IntArray:
    """Rows of validation, one image a patient and class."""
    return one_image_a_patient(run.predictions("validation"))


@per_run
def threshold_answer(run: Run, requirement: Requirement) -> Answer:
    """The answer of validation to ``requirement``."""
    validation, counts = run.predictions("validation"), sweep(run, "validation")
    return answer.answer(requirement, validation, counts, one_image=one_image_rows(run))


@per_run
def fallback(run: Run, requirement: Requirement) -> OperatingPoint | Unreachable:
    """What validation merely shows where the confidence that was asked for cannot be had."""
    return replace(requirement, confidence="").choose(sweep(run, "validation"))


def is_answer(run: Run, requirement: Requirement, threshold: float) -> bool:
    """Whether validation answers ``requirement`` with this ``threshold``, a logit."""
    sure = requirement.confidence
    found = threshold_answer(run, requirement).found if sure else fallback(run, requirement)
    return isinstance(found, OperatingPoint) and found.threshold == threshold


@per_run
def search_lines(run: Run, requirement: Requirement) -> pd.DataFrame:
    """:func:`core.evaluation.choosing.answer.search_lines` on validation."""
    validation, counts = run.predictions("validation"), sweep(run, "validation")
    return answer.search_lines(requirement, validation, counts, one_image=one_image_rows(run))


@per_run
def requirement_differences(
    run: Run, reported: str, requirement: Requirement, threshold: float
) -> Mapping[str, Difference]:
    """How a set differs from validation at the ``threshold`` that ``requirement`` chose, by rate, corrected for that
    choice (:mod:`core.evaluation.choosing.optimism`); a guarantee's is not corrected, as it chose to be safe."""
    added = np.zeros(2)
    if not requirement.confidence:
        added = optimism(run.predictions("validation"), (requirement.choose,))[0]
    return differences(sweep(run, "validation"), sweep(run, reported), {threshold: added})[threshold]
