"""Labelled cases of a site: a sample of patients drawn from a split, and what is left of it to evaluate on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.evaluation.predictions import Predictions


def draw_patients(split: Predictions, k: int, *, seed: int = 0) -> Predictions:
    """All images of ``k`` patients drawn without replacement; of every patient where there are fewer."""
    order = np.random.default_rng(seed).permutation(split.n_patients)
    chosen = np.zeros(split.n_patients, dtype=bool)
    chosen[order[:k]] = True
    return split.where(chosen[split.patient_index])


def without(split: Predictions, local: Predictions) -> Predictions:
    """``split`` without every patient of ``local``, and without every patient who has one of its images."""
    same_image = pd.Index(split.image_id).isin(local.image_id)
    known = pd.Index(split.patient_id).isin(np.concatenate([local.patient_id, split.patient_id[same_image]]))
    return split.where(~known)
