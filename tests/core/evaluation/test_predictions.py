from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from core.errors import PredictionsError
from core.evaluation.predictions import Predictions


def fields(**changed: Any) -> dict[str, Any]:
    return {
        "image_id": ["a", "b", "c"],
        "patient_id": ["001", "NA", "001"],
        "y_true": [1, 0, 1],
        "logit": [2.0, -1.0, 0.5],
        "subgroups": {"subtype": ["virus", None, "bacteria"]},
        **changed,
    }


def test_a_part_keeps_order_subgroups_and_numbers_its_patients_anew() -> None:
    split = Predictions(**fields(patient_id=["a", "b", "c"]))
    for rows in (np.array([False, True, True]), np.array([1, 2])):
        part = split.where(rows)
        assert part.image_id.tolist() == ["b", "c"]
        assert (part.logit.tolist(), part.patient_index.tolist()) == ([-1.0, 0.5], [0, 1])
        assert part.subgroups["subtype"].tolist() == [None, "bacteria"]
        assert not part.logit.flags.writeable
    assert split.where(np.zeros(3, dtype=bool)).n == 0
    assert split.by({"site": np.array(["x", "y", "x"], dtype=object)}).subgroups["site"].tolist() == ["x", "y", "x"]


def test_counts_and_types() -> None:
    split = Predictions(**fields())
    assert (split.n, split.n_pos, split.n_neg, split.n_patients) == (3, 2, 1, 2)
    assert (split.y_true.dtype, split.logit.dtype) == (np.int8, np.float64)
    assert split.patient_index.tolist() == [0, 1, 0]
    assert split.subgroups["subtype"].tolist() == ["virus", None, "bacteria"]


def test_arrays_are_copied_and_read_only() -> None:
    logit = np.array([2.0, -1.0, 0.5])
    split = Predictions(**fields(logit=logit))
    logit[0] = 9.0
    assert split.logit[0] == 2.0
    for values in (split.image_id, split.y_true, split.logit, split.subgroups["subtype"]):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[1]


def test_no_images() -> None:
    split = Predictions(image_id=[], patient_id=[], y_true=[], logit=[])
    assert (split.n, split.n_pos, split.n_neg, split.n_patients) == (0, 0, 0, 0)


def test_survives_pickling() -> None:
    split = Predictions(**fields())
    again = pickle.loads(pickle.dumps(split))
    assert again.logit.tolist() == split.logit.tolist()
    assert again.patient_index.tolist() == split.patient_index.tolist()
    assert again.subgroups["subtype"].tolist() == split.subgroups["subtype"].tolist()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"y_true": [1, 0, 2]}, "y_true of row 2 is .*2.*; labels are 0 or 1"),
        ({"y_true": [1.0, 0.5, 0.0]}, "y_true of row 1"),
        ({"logit": [2.0, np.nan, 0.5]}, "logit of row 1 is nan"),
        ({"logit": [2.0, 0.5, np.inf]}, "logit of row 2 is inf"),
        ({"logit": ["2", "x", "0"]}, "logits must be numbers"),
        ({"logit": [2.0, 0.5]}, r"logit has shape \(2,\)"),
        ({"image_id": ["a", "b", "a"]}, "image_id 'a' stands more than once .*row 2"),
        ({"image_id": ["a", "", "c"]}, "image_id of row 1 is empty"),
        ({"image_id": [["a"], ["b"], ["c"]]}, "one-dimensional"),
        ({"patient_id": ["p", 7, "q"]}, "patient_id of row 1 is 7; ids are text"),
        ({"patient_id": ["p", None, "q"]}, "patient_id of row 1 is None"),
        ({"subgroups": {"site": ["x"]}}, r"site has shape \(1,\)"),
    ],
)
def test_contradictions_are_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        Predictions(**fields(**changed))
