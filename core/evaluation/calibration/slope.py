"""What each patient adds to the calibration intercept, the calibration slope and the inverse temperature."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import expit

from core.evaluation.calibration.recalibration import calibration_intercept, calibration_line, no_line
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.linearised import LEFT_OUT, Linearised, jackknifed, left_out, sums_by_patient
from core.evaluation.predictions import FloatArray, Predictions

_FARTHEST = 5.0
"""Logits: who moves the intercept further decides alone what it is."""

METHOD = f"normal limits, {LEFT_OUT}"


def intercept_by_patient(predictions: Predictions, scores: FloatArray) -> Linearised:
    """The calibration intercept of recalibrated ``scores`` (n,). Needs images of both classes."""
    shift = calibration_intercept(predictions.y_true, scores)
    p = expit(scores + shift)
    return left_out(shift, predictions.y_true - p, p * (1 - p), predictions.patient_index, farthest=_FARTHEST)


def slope_by_patient(predictions: Predictions) -> Linearised:
    """The calibration slope of the logits. Needs a calibration line (see :func:`~.recalibration.no_line`)."""
    scores = predictions.logit
    intercept, slope = calibration_line(predictions.y_true, scores)
    p = expit(intercept + slope * scores)
    pull, curvature = predictions.y_true - p, p * (1 - p)
    patient, bends = predictions.patient_index, (curvature, curvature * scores, curvature * scores**2)
    c, c_x, c_xx = ((bend.sum() - sums_by_patient(bend, patient, predictions.n_patients))[patient] for bend in bends)
    determinant = c * c_xx - c_x * c_x
    moved = c * (pull * scores) - c_x * pull
    changes = np.divide(moved, determinant, out=np.full_like(c, math.nan), where=determinant > 0)
    return jackknifed(slope, changes, patient)


def slope_estimate(predictions: Predictions, slope: Linearised) -> Estimate:
    """``slope`` with its limits, without the one away from 0 where all that overlap of the classes is one patient's."""
    estimate = slope.normal(method=METHOD)
    if estimate.reason or not _one_patient_overlaps(predictions):
        return estimate
    method, reason = f"{METHOD}; unbounded", "without one patient the scores part the classes perfectly"
    if slope.value > 0:
        return replace(estimate, high=math.nan, method=method, reason=reason)
    return replace(estimate, low=math.nan, method=method, reason=reason)


def _one_patient_overlaps(predictions: Predictions) -> bool:
    """Whether the images have no calibration line without some patient: one with an outermost image of its class."""
    y_true, logit, patient = predictions.y_true, predictions.logit, predictions.patient_index
    suspects: set[int] = set()
    for label in (0, 1):
        rows = np.flatnonzero(y_true == label)
        suspects.update(int(patient[rows[place]]) for place in (logit[rows].argmin(), logit[rows].argmax()))
    rests = (patient != suspect for suspect in suspects)
    return any(no_line(y_true[rest], logit[rest]) is not None for rest in rests)
