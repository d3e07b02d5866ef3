from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import PredictionsError
from core.evaluation.predictions import (
    Encoded,
    Predictions,
    Texts,
    all_distinct,
    ascend,
    distinct_patients,
    ids_to_write,
    kept_ids,
)


def texts(values: list[str | None]) -> Texts:
    return pd.Series(values, dtype="str").array


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


def test_ids_in_another_form_become_pythons_when_they_are_asked_for() -> None:
    image_id, patient_id = texts(["a", "b", "c"]), Encoded.of(texts(["p", "q", "p"]))
    split = Predictions(**fields(image_id=image_id, patient_id=patient_id))
    part = pickle.loads(pickle.dumps(split)).where(np.array([1, 2]))
    assert kept_ids(split, "image_id") is image_id and kept_ids(split, "patient_id") is patient_id
    assert split.patient_index.tolist() == [0, 1, 0] and part.patient_index.tolist() == [0, 1]
    assert list(ids_to_write(split, "image_id")) == ["a", "b", "c"]
    assert list(ids_to_write(split, "patient_id")) == ["p", "q", "p"]
    assert part.image_id.tolist() == ["b", "c"] and part.patient_id.tolist() == ["q", "p"]
    assert split.image_id is split.image_id and split.image_id.dtype == object
    for values in (split.image_id, split.patient_id):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = "x"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"image_id": texts(["a", "b", "a"])}, "image_id 'a' stands more than once .*row 2"),
        ({"image_id": texts(["a", "", "c"])}, "image_id of row 1 is empty"),
        ({"image_id": texts(["a", "b"])}, r"image_id has shape \(2,\)"),
        ({"patient_id": texts(["a", None, "c"])}, "patient_id of row 1 is nan; ids are text"),
        ({"patient_id": Encoded.of(texts(["a", "", "c"]))}, "patient_id of row 1 is empty"),
        ({"patient_id": Encoded.of(texts(["a", "b"]))}, r"patient_id has shape \(2,\)"),
    ],
)
def test_contradictions_of_ids_in_another_form_are_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(PredictionsError, match=message):
        Predictions(**fields(**changed))


def test_patients_of_several_sets_are_counted_once() -> None:
    every = Encoded.of(texts(["p", "q", "p", "r", "s", "q"]))
    one, other = (Predictions(**fields(patient_id=every[rows])) for rows in (np.arange(3), np.arange(3, 6)))
    assert distinct_patients([one]) == 2 and distinct_patients([one, other]) == 4 and distinct_patients([]) == 0
    anew = Predictions(**fields(patient_id=texts(["q", "r", "t"])))
    assert distinct_patients([one, anew]) == 4  # q stands in both


def test_a_part_of_many_makes_only_its_own_words() -> None:
    class TakenAlone:
        def __len__(self) -> int:
            return 1000

        def take(self, codes: np.ndarray) -> Texts:
            return texts([f"p{code}" for code in codes])

    words: Any = TakenAlone()
    part = Encoded(words, np.arange(1000, dtype=np.int32))[np.array([7, 3, 7])]
    assert part.python_texts().tolist() == ["p7", "p3", "p7"]


@given(st.lists(st.text(min_size=1, max_size=3), max_size=60))
def test_distinct_ids_are_told_by_order_or_by_hash(ids: list[str]) -> None:
    ids = [one for one in ids if one.isprintable()]
    for kept in (ids, sorted(ids), [*sorted(ids[::2]), *sorted(ids[1::2])], ids * 20):
        for form in (np.array(kept, dtype=object), texts(list(kept))):
            assert all_distinct(form) == (len(set(kept)) == len(kept))
            assert ascend(form) == (kept == sorted(set(kept)))


def test_ids_that_differ_are_told_apart_though_their_hashes_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.evaluation.predictions.hashes", lambda ids: np.zeros(len(ids), dtype=np.uint64))
    assert all_distinct(texts(["b", "a", "c"]))
    assert not all_distinct(texts(["b", "a", "b"]))
