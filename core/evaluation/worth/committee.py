"""Figures that committees ask for at one threshold: number needed to evaluate, interventions avoided, flagged share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import Linearised
from core.evaluation.predictions import Predictions

_INVERSE = "1 / PPV, limits those of PPV inverted"
_AVOIDED = "linearised, patients as clusters"
_HIGHEST_PRICE = 1e12


def number_needed_to_evaluate(precision: Estimate) -> Estimate:
    """How many children called positive are seen for each who is ill: 1 / PPV, from 1 on, infinite at a PPV of 0.

    A limit of PPV at 0 is infinite here. Undefined where PPV is (Larner 2018 on the number needed to predict).
    """
    if math.isnan(precision.value):
        return Estimate.undefined(precision.reason)
    value, low, high = (math.inf if x == 0 else 1 / x for x in (precision.value, precision.high, precision.low))
    if math.isnan(precision.low):
        return Estimate.without_interval(value, precision.reason)
    return Estimate(value=value, low=low, high=high, level=precision.level, method=_INVERSE)


def interventions_avoided(predictions: Predictions, threshold: float, price: float) -> Estimate:
    """Net interventions avoided an image, against treating everyone, where a false positive costs ``price`` (above 0)
    true positives: TN / n - FN / (price n), in (-inf, 1] (Vickers, van Calster and Steyerberg 2016).

    It is the gain in net benefit over treating all, in false positives. Undefined without images, and at a price of
    more than 10^12 to 1 in either direction, which a threshold beyond every score names.
    """
    if not predictions.n:
        return Estimate.undefined("no images")
    if not 1 / _HIGHEST_PRICE <= price <= _HIGHEST_PRICE:
        return Estimate.undefined("the threshold names a price beyond all use")
    negative, ill = predictions.logit < threshold, predictions.y_true == 1
    worth = (negative & ~ill) - (negative & ill) / price
    terms = (worth - worth.mean()) / predictions.n
    value = float(worth.mean())
    found = Linearised(
        value=value, centre=value, terms=terms, patient=predictions.patient_index, within=(-math.inf, 1.0)
    )
    return found.normal(method=_AVOIDED)


def flagged_share(predictions: Predictions, threshold: float) -> Estimate:
    """The share of images that are called positive, with Wilson's interval, patients as clusters."""
    patients = predictions.n_patients
    called = np.bincount(predictions.patient_index[predictions.logit >= threshold], minlength=patients)
    images = np.bincount(predictions.patient_index, minlength=patients)
    return clustered_wilson(called, images, reason="no images")


@dataclass(frozen=True, kw_only=True, slots=True)
class ByPatient:
    """A threshold's rates where a patient is positive if any of its images is, in truth and to the model."""

    ill: int
    well: int
    sensitivity: Estimate
    specificity: Estimate


def any_image(predictions: Predictions) -> Predictions:
    """One row a patient: ill if any image is, its score the highest of its images; ids are those of the patients."""
    n = predictions.n_patients
    truth, score = np.zeros(n, dtype=np.int8), np.full(n, -math.inf)
    np.maximum.at(truth, predictions.patient_index, predictions.y_true)
    np.maximum.at(score, predictions.patient_index, predictions.logit)
    _, first = np.unique(predictions.patient_index, return_index=True)
    name = predictions.patient_id[first]
    return Predictions(image_id=name, patient_id=name, y_true=truth, logit=score)


def by_patient(predictions: Predictions, threshold: float) -> ByPatient:
    """Sensitivity and specificity of whole patients, by :func:`any_image`, with Wilson's intervals."""
    patients = any_image(predictions)
    called, ill = patients.logit >= threshold, patients.y_true == 1
    one = np.ones(patients.n, dtype=np.int64)

    def share(
        right: np.ndarray[tuple[int], np.dtype[np.bool_]], of: np.ndarray[tuple[int], np.dtype[np.bool_]], reason: str
    ) -> Estimate:
        return clustered_wilson(right[of].astype(np.int64), one[of], reason=reason)

    return ByPatient(
        ill=int(ill.sum()),
        well=int((~ill).sum()),
        sensitivity=share(called, ill, "no patient is ill"),
        specificity=share(~called, ~ill, "every patient is ill"),
    )
