import numpy as np
import pytest

from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.across_hospitals import across_hospitals
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep


def _set(tp: int, fn: int, tn: int, fp: int) -> Predictions:
    truth = np.repeat([1, 1, 0, 0], [tp, fn, tn, fp]).astype(np.int8)
    called = np.repeat([1.0, -1.0, -1.0, 1.0], [tp, fn, tn, fp])
    ids = np.array([f"i{i}" for i in range(len(truth))], dtype=object)
    return Predictions(image_id=ids, patient_id=ids, y_true=truth, logit=called)


SETS = {
    "north": _set(18, 2, 15, 5),
    "test": _set(20, 0, 20, 0),
    "validation": _set(19, 1, 18, 2),
    "south": _set(10, 10, 18, 2),
}


def test_validation_first_then_what_loses_most_by_hand() -> None:
    table = across_hospitals(SETS, {name: threshold_sweep(own) for name, own in SETS.items()}, 0.0)
    assert list(table["set"]) == [name for name in ("validation", "south", "north", "test") for _ in range(2)]
    lost = table.drop_duplicates("set").set_index("set")["lost"]
    assert lost["south"] == pytest.approx(0.95 - 0.5)
    assert lost["north"] == pytest.approx((0.95 - 0.9) + (0.9 - 0.75))
    assert (lost["test"], lost["validation"]) == (0, 0)
    for row in table.to_dict("records"):
        found = rates(threshold_sweep(SETS[row["set"]]), 0.0)[row["rate"]]
        assert (row["value"], row["low"], row["high"]) == (found.value, found.low, found.high)
        assert row["low"] <= row["value"] <= row["high"]
    few = table.set_index(["set", "rate"])["few_errors"]
    assert few["north", "sensitivity"] and not few["north", "specificity"], "2 and 5 errors"


def test_without_validation_nothing_is_lost_and_without_sets_there_is_no_row() -> None:
    alone = {"north": SETS["north"]}
    table = across_hospitals(alone, {"north": threshold_sweep(SETS["north"])}, 0.0)
    assert list(table["lost"]) == [0, 0]
    assert across_hospitals({}, {}, 0.0).empty
