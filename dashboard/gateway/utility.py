"""What a run is worth: decision curve, cost curve, and every rate against the threshold."""

from __future__ import annotations

import pandas as pd

from core.evaluation.estimates.discrimination import Mask
from core.evaluation.worth import cost_curve, utility
from core.evaluation.worth.in_clinic import InClinic
from core.evaluation.worth.in_clinic import worth_in_clinic as worth_at
from core.runs.store import Run
from dashboard.gateway.clinic import validation_share
from dashboard.gateway.evaluation import sweep
from dashboard.gateway.runs import per_run
from dashboard.scale import CALIBRATED, scales


@per_run
def decision_curve(run: Run, split: str) -> pd.DataFrame:
    """The decision curve of every scale of the run, by its name."""
    temperatures = {name: scale.temperature for name, scale in scales(run.calibration).items()}
    return utility.decision_curve(run.predictions(split), temperatures)


@per_run
def more_useful(run: Run, split: str, scale: str) -> Mask:
    """At which probabilities of a decision curve the model is clearly worth more than both defaults."""
    return utility.more_useful(run.predictions(split), scales(run.calibration)[scale].temperature)


@per_run
def least_cost(run: Run, split: str) -> pd.DataFrame:
    """The lower envelope of the costs of a split's thresholds."""
    return cost_curve.least_cost(sweep(run, split))


@per_run
def choices_cost(run: Run) -> pd.DataFrame:
    """What the thresholds of least cost on validation cost on test; empty without either."""
    return cost_curve.choices_cost(sweep(run, "validation"), sweep(run, "test"))


@per_run
def rates_by_threshold(run: Run, split: str, scale: str) -> pd.DataFrame:
    """Every rate of a split against the threshold, net benefit by the probabilities of ``scale``."""
    return utility.rates_by_threshold(sweep(run, split), scales(run.calibration)[scale].temperature)


def worth_in_clinic(run: Run, split: str, threshold: float, prevalence: float) -> InClinic | None:
    """The worth of a threshold by a split's rates at the clinic's prevalence; None for a run without calibrated
    probabilities, or without both classes on validation, to whose share they belong."""
    share, calibrated = validation_share(run), scales(run.calibration).get(CALIBRATED)
    if share is None or calibrated is None:
        return None
    return worth_at(sweep(run, split), threshold, calibrated.temperature, share=share, prevalence=prevalence)
