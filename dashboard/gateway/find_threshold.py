"""What was asked of a threshold, answered on validation, and what the search saw along the way."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from core.evaluation.choosing import answer
from core.evaluation.choosing.answer import Answer
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.choosing.requirement import Requirement
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


@per_run
def search_lines(run: Run, requirement: Requirement) -> pd.DataFrame:
    """:func:`core.evaluation.choosing.answer.search_lines` on validation."""
    validation, counts = run.predictions("validation"), sweep(run, "validation")
    return answer.search_lines(requirement, validation, counts, one_image=one_image_rows(run))
