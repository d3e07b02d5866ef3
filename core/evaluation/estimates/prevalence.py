"""The share of images of the positive class."""

from __future__ import annotations

import numpy as np

from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions


def prevalence(split: Predictions) -> Estimate:
    """The share of positives in [0, 1], Wilson with patients as clusters; undefined without images."""
    images = np.bincount(split.patient_index, minlength=split.n_patients)
    positives = np.bincount(split.patient_index[split.y_true == 1], minlength=split.n_patients)
    return clustered_wilson(positives, images, reason="no images")
