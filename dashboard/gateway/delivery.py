"""What was promised of a run's thresholds, what another set delivers, and how it differs from validation.

``reported`` names that set: test, or a site with a known truth.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from core.evaluation.calibration.platt import centred
from core.evaluation.choosing import optimism as chosen
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.choosing.threshold_interval import Choose
from core.evaluation.comparing import delivery
from core.evaluation.comparing import difference_from_validation as difference
from core.evaluation.comparing.promise import Judgement
from core.evaluation.comparing.shift import Shift, distribution, shift_between
from core.evaluation.predictions import FloatArray
from core.runs.store import Run
from core.telling.scale import CALIBRATED, scales
from dashboard.gateway.evaluation import sweep
from dashboard.gateway.runs import per_run

Floors = tuple[tuple[str, str], ...]
"""Rates and the x of "at least x", a decimal numeral, in the order of the rules."""


@per_run
def deliveries(run: Run, reported: str, threshold: float, floors: Floors, margin: float) -> delivery.Deliveries:
    """:func:`core.evaluation.comparing.delivery.deliveries` of a set."""
    return delivery.deliveries(sweep(run, reported), run.predictions(reported), threshold, dict(floors), margin=margin)


def judgement(run: Run, reported: str, threshold: float, rate: str, floor: str, margin: float) -> Judgement:
    """:func:`core.evaluation.comparing.delivery.judgement_at` of a set; its sweep is kept."""
    return delivery.judgement_at(sweep(run, reported), threshold, rate, floor, margin=margin)


@per_run
def optimism(run: Run, floors: Floors, asked: Requirement | None = None) -> FloatArray:
    """:func:`core.evaluation.choosing.optimism.optimism` of the rules with these floors, and last of what was
    ``asked``, (rules, 2)."""
    return chosen.optimism(run.predictions("validation"), _choices(floors, asked))


def _choices(floors: Floors, asked: Requirement | None) -> tuple[Choose, ...]:
    return (*chosen.choices(dict(floors)), *(() if asked is None else (asked.choose,)))


@per_run
def differences(
    run: Run, reported: str, floors: Floors, others: tuple[float, ...], asked: Requirement | None = None
) -> Mapping[float, Mapping[str, difference.Difference]]:
    """:func:`core.evaluation.comparing.difference_from_validation.differences` of a set at every threshold in play.

    These are the rules' own with these ``floors``, that of what was ``asked`` on Find a threshold, without a
    confidence, and any ``others``, which none of them chose.
    """
    sweeps = sweep(run, "validation"), sweep(run, reported)
    added = chosen.optimism_by_threshold(sweeps[0], _choices(floors, asked), optimism(run, floors, asked), others)
    return difference.differences(*sweeps, added)


@per_run
def dataset_shift(run: Run, reported: str) -> Shift:
    """How a set differs from validation, taken apart."""
    scale = scales(run).get(CALIBRATED)
    validation, other = run.predictions("validation"), run.predictions(reported)
    if scale is None:
        return shift_between(validation, other, temperature=None)
    validation, other = (centred(own, scale.midpoint) for own in (validation, other))
    return shift_between(validation, other, temperature=scale.temperature)


@per_run
def distributions(run: Run, reported: str) -> pd.DataFrame:
    """The distribution functions of validation's and a set's logits by class: split, label, logit, share up to it."""
    parts = []
    for split in ("validation", reported):
        predictions = run.predictions(split)
        for label in (0, 1):
            logit, share = distribution(predictions.logit[predictions.y_true == label])
            parts.append(pd.DataFrame({"split": split, "label": label, "logit": logit, "share": share}))
    return pd.concat(parts, ignore_index=True)
