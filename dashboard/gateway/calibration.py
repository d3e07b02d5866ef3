"""Reliability diagrams of a run, and its calibration before and after temperature scaling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from core.evaluation.calibration.change import Change
from core.evaluation.calibration.change import calibration_changes as changes_of
from core.evaluation.calibration.probability import (
    CalibrationErrors,
    TemperatureScaling,
    errors_of_logits,
    fit_temperature,
)
from core.evaluation.calibration.recalibration import recalibration_curves as curves_of
from core.evaluation.calibration.recalibration import recalibrations
from core.evaluation.calibration.reliability import ReliabilityBins, class_counts, reliability_bins
from core.evaluation.calibration.smooth import SmoothCurve, observed_over_expected, smooth_curve
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import IntArray
from core.runs.store import Run
from core.telling.scale import CALIBRATED, probabilities, scales
from dashboard.gateway.runs import per_run

_FINE_BARS = 40


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reliability:
    """A reliability diagram, and images by class (2, bars) in bars of equal width under it."""

    bins: ReliabilityBins
    counts: IntArray


@per_run
def reliability(run: Run, split: str, scale: str, binning: str, n_bins: int) -> Reliability:
    """The diagram of a split's probabilities of ``scale``, with ``n_bins`` bins of equal ``width`` or ``mass``.

    Bars are the bins where these are of equal width, and 40 else.
    """
    predictions = run.predictions(split)
    p = scales(run)[scale].probabilities(predictions.logit)
    bins = reliability_bins(
        predictions.y_true, p, n_bins, equal_mass=binning == "mass", patient_index=predictions.patient_index
    )
    return Reliability(
        bins=bins, counts=class_counts(predictions.y_true, p, n_bins if binning == "width" else _FINE_BARS)
    )


@per_run
def smooth_calibration(run: Run, split: str) -> dict[str, tuple[Estimate, SmoothCurve | None]]:
    """Observed over expected positives of a split's probabilities of each scale, and their smooth calibration curve."""
    predictions = run.predictions(split)
    p = {name: scale.probabilities(predictions.logit) for name, scale in probabilities(run).items()}
    return {name: (observed_over_expected(predictions, of), smooth_curve(predictions, of)) for name, of in p.items()}


@per_run
def temperature(run: Run) -> TemperatureScaling:
    """The temperature as validation gives it, with the interval of today's methods."""
    return fit_temperature(run.predictions("validation"))


@per_run
def calibration_changes(run: Run, split: str) -> Mapping[str, Change]:
    """Every measure of a split's calibration before and after, and its change."""
    scale = scales(run).get(CALIBRATED)
    if scale is None:
        return changes_of(run.predictions(split), temperature=None)
    if not run.free:
        return changes_of(run.predictions(split), temperature=scale.temperature)
    predictions = run.predictions(split)
    own = changes_of(
        replace(predictions, logit=(predictions.logit - scale.midpoint) / scale.temperature), temperature=1.0
    )
    nothing = Estimate.undefined("a free score is no probability before it")
    return {name: replace(change, before=nothing, change=nothing) for name, change in own.items()}


@per_run
def recalibration_errors(run: Run, split: str) -> dict[str, CalibrationErrors]:
    """Errors on a split of Platt scaling and isotonic regression that were fitted on validation; empty without."""
    predictions = run.predictions(split)
    return {
        name: errors_of_logits(predictions, recalibrate(predictions.logit))
        for name, recalibrate in recalibrations(run.predictions("validation")).items()
    }


@per_run
def recalibration_curves(run: Run) -> pd.DataFrame:
    """:func:`core.evaluation.calibration.recalibration.recalibration_curves` of validation."""
    temperature = scales(run)[CALIBRATED].temperature
    return curves_of(run.predictions("validation"), temperature)
