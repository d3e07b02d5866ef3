"""A set parted by a mask, each part against scikit-learn."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.evaluation.comparing.shared_patients import part
from core.evaluation.predictions import Predictions


@pytest.mark.parametrize("seed", range(3))
def test_areas_of_both_parts(make: Callable[..., Predictions], seed: int) -> None:
    rng = np.random.default_rng(seed)
    y_true, patients = rng.integers(0, 2, 200), rng.integers(0, 90, 200)
    logit = rng.normal(size=200) + y_true
    shared = patients < 40
    found = part(make(y_true, logit, patients.tolist()), shared)
    assert (found.images, found.patients) == (int(shared.sum()), len(set(patients[shared])))
    for own, rows in ((found.all, shared | True), (found.rest, ~shared), (found.shared, shared)):
        assert own.value == pytest.approx(roc_auc_score(y_true[rows], logit[rows]))
        assert own.low < own.value < own.high
    assert found.rest.high - found.rest.low > found.all.high - found.all.low


def test_a_part_of_one_class_has_a_reason(make: Callable[..., Predictions]) -> None:
    found = part(make([1, 1, 0, 1, 0], [2.0, 1.0, 0.0, -1.0, 0.5]), np.array([True, True, False, False, False]))
    assert np.isnan(found.shared.value)
    assert "both classes" in found.shared.reason
    assert found.rest.value == 0.0
    nothing = part(make([0, 1], [0.0, 1.0]), np.array([False, False]))
    assert (nothing.images, nothing.patients, nothing.rest.value) == (0, 0, 1.0)
