"""Which labels the model contradicts most, and how much figures rest on images whose label reviewers doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.discrimination import Mask, auroc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import FloatArray, IntArray, Predictions
from core.evaluation.sweep import threshold_sweep


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Figures of so many ``images`` of so many ``patients``; rates at a threshold, undefined where a class is gone."""

    images: int
    patients: int
    auroc: Estimate
    sensitivity: Estimate
    specificity: Estimate


def label_log_odds(predictions: Predictions) -> FloatArray:
    """The log odds that the model gives the label that each image has, (n,); below 0 it thinks the other likelier."""
    return np.where(predictions.y_true == 1, predictions.logit, -predictions.logit)


def suspects(predictions: Predictions) -> IntArray:
    """The images whose label the model gives less than 50 %, int64 (m,), the least probable first, ties as in the data.

    The order is by self-confidence, as Northcutt, Jiang and Chuang (2021) call it, of a model that was not fitted on
    these images. Scaling by a temperature changes neither the images nor their order.
    """
    own = label_log_odds(predictions)
    rows = np.flatnonzero(own < 0)
    return rows[np.argsort(own[rows], kind="stable")]


def figures_without(predictions: Predictions, left_out: Mask, threshold: float) -> Figures:
    """Area and rates at ``threshold`` of the images that are not ``left_out`` (n,), intervals by patient."""
    kept = predictions.where(~left_out)
    found = rates(threshold_sweep(kept), threshold)
    return Figures(
        images=kept.n,
        patients=kept.n_patients,
        auroc=auroc(kept),
        sensitivity=found["sensitivity"],
        specificity=found["specificity"],
    )
