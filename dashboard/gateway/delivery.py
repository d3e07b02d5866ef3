"""What was promised of a run's thresholds, what test delivers, and how test differs from validation."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from core.evaluation.choosing import optimism as chosen
from core.evaluation.comparing import delivery
from core.evaluation.comparing import difference_from_validation as difference
from core.evaluation.comparing.promise import Judgement
from core.evaluation.comparing.shift import Shift, distribution, shift_between
from core.evaluation.predictions import FloatArray
from core.runs.store import Run
from dashboard.gateway.evaluation import sweep
from dashboard.gateway.runs import per_run
from dashboard.scale import CALIBRATED, scales

Floors = tuple[tuple[str, str], ...]
"""Rates and the x of "at least x", a decimal numeral, in the order of the rules."""


@per_run
def deliveries(run: Run, threshold: float, floors: Floors, margin: float) -> delivery.Deliveries:
    """:func:`core.evaluation.comparing.delivery.deliveries` of the run's test."""
    return delivery.deliveries(sweep(run, "test"), run.predictions("test"), threshold, dict(floors), margin=margin)


def judgement(run: Run, threshold: float, rate: str, floor: str, margin: float) -> Judgement:
    """:func:`core.evaluation.comparing.delivery.judgement_at` of the run's test; its sweep is kept."""
    return delivery.judgement_at(sweep(run, "test"), threshold, rate, floor, margin=margin)


@per_run
def optimism(run: Run, floors: Floors) -> FloatArray:
    """:func:`core.evaluation.choosing.optimism.optimism` of the rules with these floors, (rules, 2)."""
    return chosen.optimism(run.predictions("validation"), chosen.choices(dict(floors)))


@per_run
def differences(
    run: Run, floors: Floors, others: tuple[float, ...]
) -> Mapping[float, Mapping[str, difference.Difference]]:
    """:func:`core.evaluation.comparing.difference_from_validation.differences` of test at every threshold in play.

    These are the rules' own with these ``floors`` and any ``others``, which no rule chose.
    """
    sweeps = sweep(run, "validation"), sweep(run, "test")
    added = chosen.optimism_by_threshold(sweeps[0], chosen.choices(dict(floors)), optimism(run, floors), others)
    return difference.differences(*sweeps, added)


@per_run
def dataset_shift(run: Run) -> Shift:
    """How test differs from validation, taken apart."""
    scale = scales(run.calibration).get(CALIBRATED)
    temperature = None if scale is None else scale.temperature
    return shift_between(run.predictions("validation"), run.predictions("test"), temperature=temperature)


@per_run
def distributions(run: Run) -> pd.DataFrame:
    """The distribution functions of the logits of each split and class: split, label, logit, share up to it."""
    parts = []
    for split in ("validation", "test"):
        predictions = run.predictions(split)
        for label in (0, 1):
            logit, share = distribution(predictions.logit[predictions.y_true == label])
            parts.append(pd.DataFrame({"split": split, "label": label, "logit": logit, "share": share}))
    return pd.concat(parts, ignore_index=True)
