"""The figures of a run by subgroup."""

from __future__ import annotations

from core.evaluation.comparing import subgroups as by_level
from core.evaluation.comparing.levels import levels_of
from core.evaluation.comparing.subgroups import Subgroups
from core.evaluation.estimates.intervals import Estimate
from core.runs.store import Run
from dashboard.gateway.runs import per_run
from dashboard.scale import scales


@per_run
def subgroups(run: Run, split: str, column: str, threshold: float, scale: str) -> Subgroups:
    """Every figure of every level of ``column`` at ``threshold``, a logit, by the probabilities of ``scale``."""
    temperature = scales(run.calibration)[scale].temperature
    return by_level.subgroups(run.predictions(split), column, threshold=threshold, temperature=temperature)


@per_run
def level_errors(run: Run, split: str, column: str, scale: str) -> tuple[Estimate, ...]:
    """The calibration error of each level of ``column``, of the probabilities of ``scale``; no threshold matters."""
    predictions = run.predictions(split)
    levels = levels_of(predictions.subgroups[column])
    return by_level.calibration_errors_by_level(predictions, levels, scales(run.calibration)[scale].temperature)
