"""The figures of a set that need no threshold, so that two sets can stand side by side with the gap between them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from core.evaluation.calibration.probability import brier_score
from core.evaluation.calibration.recalibration import no_line
from core.evaluation.calibration.slope import slope_by_patient, slope_estimate
from core.evaluation.estimates.difference import gap
from core.evaluation.estimates.discrimination import auprc, auroc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions

MEASURES = ("auroc", "auprc", "brier", "slope")
"""Both areas, and of calibrated probabilities the Brier score and the calibration slope."""

_UNCALIBRATED = "no temperature could be fitted on validation"


def set_figures(predictions: Predictions, temperature: float | None) -> dict[str, Estimate]:
    """Each of :data:`MEASURES`; the last two are those of ``expit(logit / temperature)`` and undefined without it.

    The temperature is held fixed, as it is when the same probabilities are read of two sets.
    """
    found = {"auroc": auroc(predictions), "auprc": auprc(predictions)}
    if temperature is None or math.isnan(temperature):
        return found | dict.fromkeys(("brier", "slope"), Estimate.undefined(_UNCALIBRATED))
    return found | {
        "brier": brier_score(predictions, predictions.logit / temperature),
        "slope": calibration_slope(predictions, temperature),
    }


def calibration_slope(predictions: Predictions, temperature: float) -> Estimate:
    """The slope of a logistic regression of the labels on ``logit / temperature``: 1 is perfect, below 1 the
    probabilities are too extreme. Undefined where there is no such line."""
    reason = no_line(predictions.y_true, predictions.logit)
    if reason is not None:
        return Estimate.undefined(reason)
    return slope_estimate(predictions, slope_by_patient(predictions).times(temperature))


def set_gaps(validation: Mapping[str, Estimate], test: Mapping[str, Estimate]) -> dict[str, Estimate]:
    """Test less validation in each of :data:`MEASURES`, from the limits of both sets' (:func:`set_figures`), which
    share no patient: the square-and-add of Newcombe, for figures of any kind MOVER (Zou and Donner 2008)."""
    return {measure: gap(validation[measure], test[measure]) for measure in MEASURES}
