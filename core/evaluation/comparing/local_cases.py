"""Labelled cases of a site: a sample of patients drawn from a split, and what is left of it to evaluate on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.evaluation.predictions import Predictions


def draw_patients(split: Predictions, k: int, *, seed: int = 0) -> Predictions:
    """All images of ``k`` patients drawn without replacement; of every patient where there are fewer."""
    order = np.random.default_rng(seed).permutation(split.n_patients)
    chosen = np.zeros(split.n_patients, dtype=bool)
    chosen[order[:k]] = True
    return subset(split, chosen[split.patient_index])


def without(split: Predictions, local: Predictions) -> Predictions:
    """``split`` without every patient of ``local``, and without every patient who has one of its images."""
    same_image = pd.Index(split.image_id).isin(local.image_id)
    known = pd.Index(split.patient_id).isin(np.concatenate([local.patient_id, split.patient_id[same_image]]))
    return subset(split, ~known)


def subset(split: Predictions, rows: npt.NDArray[np.bool_]) -> Predictions:
    """The images where ``rows`` (n,) holds, in their order."""
    return Predictions(
        image_id=split.image_id[rows],
        patient_id=split.patient_id[rows],
        y_true=split.y_true[rows],
        logit=split.logit[rows],
        subgroups={name: values[rows] for name, values in split.subgroups.items()},
    )
