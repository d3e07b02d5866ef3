"""What temperature scaling does to the calibration of a split: every measure before, after, and the change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.evaluation.calibration.binned_error import BinnedError, adaptive_error, binned_error
from core.evaluation.calibration.probability import LOSS, log_losses, probability
from core.evaluation.calibration.recalibration import no_line
from core.evaluation.calibration.slope import METHOD as OF_FITS
from core.evaluation.calibration.slope import intercept_by_patient, slope_by_patient, slope_estimate
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import MEAN as OF_MEANS
from core.evaluation.estimates.linearised import PROPORTION, Linearised, linearised_mean
from core.evaluation.predictions import Predictions

ERRORS = ("nll", "brier", "ece", "adaptive_ece")
DEBIASED = ("ece", "adaptive_ece")
MEASURES = (*ERRORS, "intercept", "slope")
"""Negative log likelihood in nats, Brier score, both calibration errors (15 bins), calibration intercept and slope."""

_Measured = Linearised | BinnedError


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One measure before and after temperature scaling, and after minus before, paired by patient.

    The two calibration errors are the debiased ones; ``plain`` are then those that are published, before and, where
    there is a temperature, after.
    """

    before: Estimate
    after: Estimate
    change: Estimate
    plain: tuple[Estimate, ...] = ()


def calibration_changes(predictions: Predictions, *, temperature: float | None) -> Mapping[str, Change]:
    """Each of :data:`MEASURES` of ``expit(logit)`` and ``expit(logit / temperature)``, with intervals over patients.

    The temperature is held fixed. Undefined with a reason where there are no images, one class, or a perfect
    separation; ``after`` and ``change`` also without a temperature. A slope has no limit away from 0 where the classes
    overlap in one patient alone.
    """
    if not predictions.n:
        return dict.fromkeys(MEASURES, _undefined("no images"))
    one_class = "one class has no images" if not (predictions.n_pos and predictions.n_neg) else None
    reasons = {"intercept": one_class, "slope": no_line(predictions.y_true, predictions.logit)}
    slope = None if reasons["slope"] else slope_by_patient(predictions)
    ends = [_measures(predictions, t, reasons["intercept"], slope) for t in (1.0, temperature) if t is not None]
    return {
        name: _undefined(reason) if (reason := reasons.get(name)) else _change(predictions, name, ends)
        for name in MEASURES
    }


def _measures(
    predictions: Predictions, temperature: float, one_class: str | None, slope: Linearised | None
) -> dict[str, _Measured]:
    y_true, patient = predictions.y_true, predictions.patient_index
    scores = predictions.logit / temperature
    p = probability(scores)
    found: dict[str, _Measured] = {
        "nll": linearised_mean(log_losses(y_true, scores), patient, LOSS),
        "brier": linearised_mean(np.square(p - y_true), patient, PROPORTION),
        "ece": binned_error(y_true, p, patient),
        "adaptive_ece": adaptive_error(y_true, p, patient),
    }
    if one_class is None:
        found["intercept"] = intercept_by_patient(predictions, scores)
    if slope is not None:
        found["slope"] = slope.times(temperature)  # logits divided by T have T times the slope
    return found


def _change(predictions: Predictions, name: str, ends: list[dict[str, _Measured]]) -> Change:
    measured = [end[name] for end in ends]
    before, *after = (_estimate(predictions, name, found) for found in measured)
    plain = tuple(found.plain for found in measured if isinstance(found, BinnedError))
    if not after:
        unknown = Estimate.undefined("no temperature could be fitted on validation")
        return Change(before=before, after=unknown, change=unknown, plain=plain)
    return Change(before=before, after=after[0], change=_difference(predictions, name, *measured), plain=plain)


def _difference(predictions: Predictions, name: str, before: _Measured, after: _Measured) -> Estimate:
    if isinstance(before, BinnedError) and isinstance(after, BinnedError):
        return after.change_from(before)
    assert isinstance(before, Linearised) and isinstance(after, Linearised)
    return _estimate(predictions, name, after - before)


def _estimate(predictions: Predictions, name: str, found: _Measured) -> Estimate:
    if isinstance(found, BinnedError):
        return found.debiased
    if name == "slope":
        return slope_estimate(predictions, found)
    if name == "intercept":
        return found.normal(method=OF_FITS)
    return found.skewed(method=OF_MEANS)


def _undefined(reason: str) -> Change:
    undefined = Estimate.undefined(reason)
    return Change(before=undefined, after=undefined, change=undefined)
