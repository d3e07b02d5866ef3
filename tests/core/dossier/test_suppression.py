"""Nobody can be known from what leaves the house: checked by counting patients between all that is told."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dossier.contents import Chosen, Contents
from core.dossier.suppression import apart, shown
from core.errors import RunFolderError
from core.evaluation.predictions import Predictions

FEW = 5


def predictions(y_true, logit, patient, level=None):
    n = len(y_true)
    ids = np.array([f"i{number}" for number in range(n)], dtype=object)
    return Predictions(
        image_id=ids,
        patient_id=np.array([f"p{number}" for number in patient], dtype=object),
        y_true=np.array(y_true),
        logit=np.array(logit, dtype=float),
        subgroups={} if level is None else {"level": np.array(level, dtype=object)},
    )


def contents(own, threshold):
    points = pd.DataFrame({"threshold": np.unique([*own.logit, threshold])[::-1]})
    return Contents(
        run=SimpleNamespace(folder="r"),
        log=None,
        chosen=Chosen(threshold=threshold, rule="", floors={}, lock=None),
        sets={"test": own},
        sweeps={},
        seen="test",
        points=points,
        figures={},
        temperature=None,
    )


images = st.lists(st.tuples(st.integers(0, 1), st.integers(-30, 30), st.integers(0, 40)), min_size=40, max_size=150)


@settings(max_examples=60)
@given(images, st.integers(-30, 30))
def test_between_any_two_positions_lie_five_patients_of_each_class_or_beyond_them_none(rows, threshold):
    y, logit, patient = zip(*rows, strict=True)
    own = predictions(y, logit, patient)
    try:
        kept = apart(contents(own, float(threshold))).points["threshold"].to_numpy()
    except RunFolderError:
        kept = np.array([float(threshold)])
        beyond = [
            len(set(own.patient_index[(own.y_true == label) & ((own.logit >= threshold) == above)]))
            for label in (0, 1)
            for above in (True, False)
        ]
        assert any(0 < number < FEW for number in beyond)
        return
    assert threshold in kept
    for label in set(y):
        mine = own.y_true == label
        for higher, lower in pairwise(kept):
            assert len(set(own.patient_index[mine & (own.logit < higher) & (own.logit >= lower)])) >= FEW
        for beyond in (own.logit >= kept[0], own.logit < kept[-1]):
            assert len(set(own.patient_index[mine & beyond])) not in range(1, FEW)


def test_of_many_patients_many_positions_are_kept():
    rng = np.random.default_rng(0)
    own = predictions(rng.integers(0, 2, 2000), rng.normal(size=2000), range(2000))
    assert len(apart(contents(own, float(own.logit[0]))).points) > 120


def test_a_threshold_that_parts_off_three_patients_cannot_leave():
    own = predictions([1] * 20 + [0] * 20, [*range(20), *range(20)], range(40))
    with pytest.raises(RunFolderError, match="fewer than 5 patients of a class"):
        apart(contents(own, 17.0))


def test_a_small_level_takes_the_next_smallest_along():
    level = ["a"] * 30 + ["b"] * 20 + ["c"] * 3 + [None] * 40
    y_true, logit = [1] * 93, [1.0, -1.0] * 46 + [1.0]
    own = predictions(y_true, logit, range(93), level)
    assert shown(own, "level", 0.0) == [(True, True), (True, False), (True, False), (True, True)]


def test_few_that_are_missed_are_withheld_too():
    level = ["a"] * 30 + ["b"] * 20
    own = predictions([1] * 50, [1.0] * 28 + [-1.0] * 2 + [1.0] * 10 + [-1.0] * 10, range(50), level)
    assert shown(own, "level", 0.0) == [(True, False), (True, False)]


def test_nothing_is_withheld_where_all_are_many():
    level = ["a"] * 30 + ["b"] * 20
    own = predictions([1] * 50, [1.0, -1.0] * 25, range(50), level)
    assert shown(own, "level", 0.0) == [(True, True), (True, True)]
