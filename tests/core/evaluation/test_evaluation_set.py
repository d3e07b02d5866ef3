import numpy as np
import pytest

from core.errors import PredictionsError
from core.evaluation.evaluation_set import EvaluationSet, together

DAYS = np.array(["2024-02-27", "NaT", "2024-03-01", "2024-02-28"], dtype="datetime64[D]")


def _set(truth: list[float], **changes: object) -> EvaluationSet:
    n = len(truth)
    fields = {
        "image_id": np.array([f"i{i}" for i in range(n)], dtype=object),
        "patient_id": np.array([f"p{i // 2}" for i in range(n)], dtype=object),
        "y_true": np.array(truth),
        "logit": np.arange(n, dtype=np.float64),
        "date": DAYS[:n],
        "subgroups": {"sex": np.array(["F", None, "M", "F"][:n], dtype=object)},
    }
    return EvaluationSet(**(fields | changes))  # type: ignore[arg-type]


def test_an_unknown_truth_is_neither_of_the_two() -> None:
    images = _set([1, np.nan, 0, np.nan])
    assert (images.n, images.n_unlabelled, images.n_patients) == (4, 2, 2)
    labelled = images.labelled
    assert (labelled.n, labelled.n_pos, labelled.n_neg, labelled.n_patients) == (2, 1, 1, 2)
    assert list(labelled.image_id) == ["i0", "i2"]
    assert list(labelled.logit) == [0.0, 2.0]
    assert list(labelled.subgroups["sex"]) == ["F", "M"]


def test_nothing_known_of_any_image() -> None:
    images = _set([np.nan, np.nan], date=np.array(["NaT", "NaT"], dtype="datetime64[D]"))
    assert (images.n, images.n_unlabelled, images.labelled.n) == (2, 2, 0)


def test_no_images() -> None:
    images = _set([])
    assert (images.n, images.n_unlabelled, images.n_patients) == (0, 0, 0)


def test_arrays_cannot_be_written() -> None:
    images = _set([1, 0])
    for values in (images.y_true, images.logit, images.date, images.image_id, images.patient_index):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"y_true": np.array([1, 0.5])},
        {"logit": np.array([0, np.inf])},
        {"image_id": np.array(["a", "a"], dtype=object)},
        {"date": DAYS[:1]},
        {"subgroups": {"sex": np.array(["F"], dtype=object)}},
    ],
)
def test_contradictions_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PredictionsError):
        _set([1, np.nan], **changes)


def test_sets_together_are_other_images_of_other_patients() -> None:
    north, south = _set([1, 0, 1]).labelled, _set([0, 1]).labelled
    both = together({"north": north, "south": south})
    assert list(both.image_id) == ["north/i0", "north/i1", "north/i2", "south/i0", "south/i1"]
    assert (both.n, both.n_pos, both.n_patients) == (5, 3, north.n_patients + south.n_patients)
    assert list(both.logit) == [0, 1, 2, 0, 1]
    assert list(both.subgroups["site"]) == ["north"] * 3 + ["south"] * 2
    assert list(both.subgroups["sex"]) == ["F", None, "M", "F", None]
    assert together({}).n == 0
