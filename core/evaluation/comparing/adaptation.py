"""A threshold adapted to a site by a few labelled local cases: three ways, each ending in a threshold on the logit.

Recalibration (a new temperature, or a new intercept) keeps the probability that the threshold stands for, and so moves
it on the logit. A guaranteed threshold is chosen anew, by exact binomial bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.evaluation.calibration.probability import fit_temperature
from core.evaluation.calibration.slope import METHOD, intercept_by_patient
from core.evaluation.calibration.temperature import End
from core.evaluation.choosing.guarantee import Guarantee, choose_guaranteed
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep

WAYS = ("unadapted", "temperature", "intercept", "guarantee")

_ENDS = {
    End.PARTED: "the scores part these cases perfectly",
    End.SMALL: "the scores all lie close to 0.5",
    End.BACKWARDS: "the scores lie on the wrong side of 0.5 on balance",
    End.LARGE: "the scores are far too extreme",
}
_AT_END = {
    End.ONE_CLASS: "the local cases are of one class",
    **{end: f"it is an end of the range searched, as {why}" for end, why in _ENDS.items()},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Adapted:
    """One of :data:`WAYS`: its threshold, a logit, NaN with a ``reason`` where the local cases give none.

    ``parameter`` is what was fitted: the temperature, or the intercept in logits; for a guarantee the local rate's
    one-sided lower bound. Calibrated logits are ``logit / temperature + intercept``.
    """

    name: str
    threshold: float
    reason: str
    parameter: Estimate | None
    temperature: float
    intercept: float


def adaptations(
    local: Predictions, threshold: float, temperature: float, *, floor: tuple[str, str], confidence: float = 0.95
) -> tuple[Adapted, ...]:
    """``threshold`` as it is and adapted in each way to ``local``, in the order of :data:`WAYS`.

    ``temperature`` is the one in use, ``floor`` the rate ("sensitivity" or "specificity") and its decimal numeral that
    the last way guarantees.
    """
    scaling = fit_temperature(local)
    fitted = scaling.temperature.value
    intercept = intercept_estimate(local, temperature)
    at_end = None if scaling.end is None else _AT_END[scaling.end]
    reasons = [at_end or _why(scaling.temperature), _why(intercept)]
    return (
        _way("unadapted", threshold, "", None, temperature, 0.0),
        _way("temperature", threshold * fitted / temperature, reasons[0], scaling.temperature, fitted, 0.0),
        _way(
            "intercept", threshold - intercept.value * temperature, reasons[1], intercept, temperature, intercept.value
        ),
        _guaranteed(local, temperature, floor, confidence),
    )


def intercept_estimate(local: Predictions, temperature: float) -> Estimate:
    """The shift of calibrated logits that the local cases ask for: a logistic regression with them as offset.

    Its interval is over patients. Undefined unless both classes have images.
    """
    if not (local.n_pos and local.n_neg):
        return Estimate.undefined("the local cases are of one class")
    return intercept_by_patient(local, local.logit / temperature).normal(method=METHOD)


def _guaranteed(local: Predictions, temperature: float, floor: tuple[str, str], confidence: float) -> Adapted:
    rate, least = floor
    if not (local.n_pos and local.n_neg):
        reason = f"the local cases have no {'negative' if local.n_pos else 'positive'} images"
        return _way("guarantee", math.nan, reason, None, temperature, 0.0)
    found = choose_guaranteed(local, threshold_sweep(local), {rate: least}, confidence=confidence)
    if not isinstance(found, Guarantee):
        return _way("guarantee", math.nan, found.reason, None, temperature, 0.0)
    evidence = found.floors[0]
    bound = Estimate(
        value=evidence.hits / evidence.patients,
        low=evidence.bound,
        high=1.0,
        level=confidence,
        method=f"one-sided Clopper-Pearson bound, {evidence.hits} of {evidence.patients} patients",
    )
    return _way("guarantee", found.point.threshold, "", bound, temperature, 0.0)


def _way(
    name: str, threshold: float, reason: str, parameter: Estimate | None, temperature: float, intercept: float
) -> Adapted:
    return Adapted(
        name=name,
        threshold=math.nan if reason else float(threshold),
        reason=reason,
        parameter=parameter,
        temperature=float(temperature),
        intercept=float(intercept),
    )


def _why(found: Estimate) -> str:
    return found.reason if math.isnan(found.value) else ""
