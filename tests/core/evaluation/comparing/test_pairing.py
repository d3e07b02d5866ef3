"""Which images pair: by id in any order, truth and patients as both files have them."""

from __future__ import annotations

import numpy as np

from core.evaluation.comparing.pairing import pair
from core.evaluation.predictions import Predictions


def of(ids, y_true, patients=None, logit=None):
    return Predictions(
        image_id=np.array(ids, dtype=object),
        patient_id=np.array(patients or ids, dtype=object),
        y_true=np.array(y_true),
        logit=np.arange(len(ids), dtype=float) if logit is None else np.array(logit),
    )


def test_rows_are_those_of_the_same_image_whatever_the_order():
    a = of(["c", "a", "b", "x"], [1, 0, 1, 0], logit=[3.0, 1.0, 2.0, 9.0])
    b = of(["b", "c", "y", "a", "z"], [1, 1, 0, 0, 0], logit=[20.0, 30.0, 0.0, 10.0, 0.0])
    found = pair(a, b)
    assert found.a.image_id.tolist() == found.b.image_id.tolist() == ["a", "b", "c"]
    assert found.a.logit.tolist() == [1.0, 2.0, 3.0]
    assert found.b.logit.tolist() == [10.0, 20.0, 30.0]
    assert (found.n, found.only_a, found.only_b, found.differing, found.by_file_name) == (3, 1, 2, (), False)


def test_images_whose_truth_differs_are_left_out_and_named():
    found = pair(of(["a", "b", "c"], [0, 1, 1]), of(["c", "b", "a"], [0, 1, 1]))
    assert found.differing == ("a", "c")
    assert found.a.image_id.tolist() == ["b"]
    assert (found.only_a, found.only_b) == (0, 0)


def test_images_are_one_patients_if_either_file_says_so():
    """a and b by the first, b and c by the second; d is alone, though its patient has the name of one in the other."""
    a = of(["a", "b", "c", "d"], [0, 0, 1, 1], ["p", "p", "q", "r"])
    b = of(["a", "b", "c", "d"], [0, 0, 1, 1], ["1", "2", "2", "p"])
    for found in (pair(a, b), pair(b, a)):
        assert found.a.patient_index.tolist() == found.b.patient_index.tolist() == [0, 0, 0, 1]


def test_file_names_pair_only_where_no_id_does_and_none_stands_twice():
    plain = of(["a.png", "b.png"], [0, 1])
    found = pair(of(["test/x/a.png", "test/y/b.png"], [0, 1]), plain)
    assert (found.n, found.by_file_name) == (2, True)
    assert not pair(of(["test/x/a.png", "test/y/a.png", "b.png"], [0, 1, 1]), plain).by_file_name
    assert pair(of(["test/x/a.png", "test/y/a.png"], [0, 1]), plain).n == 0


def test_nothing_pairs():
    found = pair(of(["a"], [0]), of(["b"], [0]))
    assert (found.n, found.only_a, found.only_b) == (0, 1, 1)
    assert pair(of([], []), of([], [])).n == 0
