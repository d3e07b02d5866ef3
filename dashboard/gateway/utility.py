"""What a run is worth: decision curve, cost curve, and every rate against the threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from core.evaluation.calibration.platt import centred
from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth import committee, cost_curve, utility
from core.evaluation.worth.in_clinic import InClinic
from core.evaluation.worth.in_clinic import worth_in_clinic as worth_at
from core.runs.store import Run
from core.telling.scale import CALIBRATED, probabilities
from dashboard.gateway.clinic import validation_share
from dashboard.gateway.evaluation import sweep
from dashboard.gateway.runs import per_run

_LARGEST = 700
"""From about here on an exponential is no number any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Children seen for each who is ill, interventions avoided an image at a ``price`` of a false positive in true
    ones, the share called positive, and both rates of whole patients."""

    evaluated: Estimate
    avoided: Estimate
    flagged: Estimate
    by_patient: committee.ByPatient
    price: float


@per_run
def decision_curve(run: Run, split: str) -> pd.DataFrame:
    """The decision curve of every scale of the run, by its name."""
    known = probabilities(run)
    temperatures = {name: scale.temperature for name, scale in known.items()}
    return utility.decision_curve(centred(run.predictions(split), _midpoint(run)), temperatures)


@per_run
def least_cost(run: Run, split: str) -> pd.DataFrame:
    """The lower envelope of the costs of a split's thresholds."""
    return cost_curve.least_cost(sweep(run, split))


@per_run
def choices_cost(run: Run, reported: str) -> pd.DataFrame:
    """What the thresholds of least cost on validation cost on another set; empty without either."""
    return cost_curve.choices_cost(sweep(run, "validation"), sweep(run, reported))


@per_run
def rates_by_threshold(run: Run, split: str, scale: str) -> pd.DataFrame:
    """Every rate of a split against the threshold, net benefit by the probabilities of ``scale``."""
    middle = _midpoint(run)
    own = sweep(run, split) if middle == 0 else threshold_sweep(centred(run.predictions(split), middle))
    table = utility.rates_by_threshold(own, probabilities(run)[scale].temperature)
    return table.assign(threshold=table["threshold"] + middle)


@per_run
def asked_by_committees(run: Run, split: str, threshold: float) -> Asked:
    """What committees ask for at a threshold, at the price that it names on the scale of the calibrated probabilities,
    or of the raw ones where there are none."""
    predictions, named = run.predictions(split), next(iter(probabilities(run).values()))
    log_price = (threshold - named.midpoint) / named.temperature
    price = math.exp(log_price) if log_price < _LARGEST else math.inf
    return Asked(
        evaluated=committee.number_needed_to_evaluate(rates(sweep(run, split), threshold)["precision"]),
        avoided=committee.interventions_avoided(predictions, threshold, price),
        flagged=committee.flagged_share(predictions, threshold),
        by_patient=committee.by_patient(predictions, threshold),
        price=price,
    )


def worth_in_clinic(run: Run, split: str, threshold: float, prevalence: float) -> InClinic | None:
    """The worth of a threshold by a split's rates at the clinic's prevalence; None for a run without calibrated
    probabilities, or without both classes on validation, to whose share they belong."""
    share, calibrated = validation_share(run), probabilities(run).get(CALIBRATED)
    if share is None or calibrated is None:
        return None
    own = threshold_sweep(centred(run.predictions(split), calibrated.midpoint)) if run.free else sweep(run, split)
    return worth_at(own, threshold - calibrated.midpoint, calibrated.temperature, share=share, prevalence=prevalence)


def _midpoint(run: Run) -> float:
    """The score that is called one half: one where all scales of a run have the same."""
    return next(iter(probabilities(run).values())).midpoint
