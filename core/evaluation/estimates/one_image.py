"""One image a patient: independent observations out of patients with several images."""

from __future__ import annotations

from hashlib import sha256

import numpy as np

from core.evaluation.predictions import IntArray, Predictions


def one_image_a_patient(predictions: Predictions) -> IntArray:
    """Rows of one image of each patient, ascending; of a patient with images of both classes, one of each.

    It is the image whose SHA-256 of patient and image id is smallest: the same every time, and independent of scores.
    """
    group = 2 * predictions.patient_index + predictions.y_true
    alone = np.bincount(group)[group] == 1 if len(group) else np.zeros(0, dtype=bool)
    several = np.flatnonzero(~alone)
    ids = zip(predictions.patient_id[several], predictions.image_id[several], strict=True)
    digests = [sha256(f"{patient}\0{image}".encode("utf-8", "surrogatepass")).digest() for patient, image in ids]
    order = several[np.array(sorted(range(len(several)), key=digests.__getitem__), dtype=np.int64)]
    first = order[np.unique(group[order], return_index=True)[1]]
    return np.sort(np.concatenate([np.flatnonzero(alone), first]))
