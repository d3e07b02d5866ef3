"""One image of each patient and class: which one, by hashlib, and that nothing else decides."""

from hashlib import sha256

import numpy as np

from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.predictions import Predictions


def smallest(split, rows):
    return min(rows, key=lambda row: sha256(f"{split.patient_id[row]}\0{split.image_id[row]}".encode()).hexdigest())


def test_it_is_the_image_of_the_smallest_hash_of_patient_and_image(clustered):
    rows = {}
    for row in range(clustered.n):
        rows.setdefault((clustered.patient_index[row], clustered.y_true[row]), []).append(row)
    expected = sorted(smallest(clustered, own) for own in rows.values())
    assert one_image_a_patient(clustered).tolist() == expected
    assert sum(own[0] != smallest(clustered, own) for own in rows.values()) > 0, "not simply the first"


def test_a_patient_with_images_of_both_classes_has_one_of_each(make):
    split = make([1, 0, 1, 0, 0, 1], np.arange(6.0), [7, 7, 7, 8, 8, 9])
    rows = one_image_a_patient(split)
    found = [(split.patient_index[row], split.y_true[row]) for row in rows]
    assert sorted(found) == [(0, 0), (0, 1), (1, 0), (2, 1)]
    assert rows.tolist() == sorted(rows.tolist())


def test_neither_scores_nor_the_order_of_the_images_decide(clustered, make):
    rows = one_image_a_patient(clustered)
    other_scores = make(clustered.y_true, -clustered.logit, clustered.patient_index)
    assert np.array_equal(one_image_a_patient(other_scores), rows)
    backwards = np.arange(clustered.n)[::-1]
    turned = Predictions(
        image_id=clustered.image_id[backwards],
        patient_id=clustered.patient_id[backwards],
        y_true=clustered.y_true[backwards],
        logit=clustered.logit[backwards],
    )
    assert set(turned.image_id[one_image_a_patient(turned)]) == set(clustered.image_id[rows])


def test_of_one_image_a_patient_it_is_every_image_and_of_none_none(single, make):
    assert one_image_a_patient(single).tolist() == list(range(400))
    assert len(one_image_a_patient(make([], []))) == 0
