"""A model at a reader's own operating point, against interpolation on scikit-learn's ROC curve."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from core.evaluation.comparing.matched import MATCHED, matched


def reading(split, seed=3):
    """Grades 1 to 5, positive from 4 on."""
    rng = np.random.default_rng(seed)
    return replace(split, logit=1.0 + np.digitize(split.logit + rng.normal(size=split.n), [-1, 0, 1, 2]))


@pytest.mark.parametrize("grades", [False, True])
@pytest.mark.parametrize("name", ["single", "clustered"])
def test_the_other_rate_is_read_from_the_roc_curve(request, name, grades):
    split = request.getfixturevalue(name)
    reader = reading(split)
    model = reading(split, seed=9) if grades else split
    fpr, tpr, _ = roc_curve(split.y_true, model.logit, drop_intermediate=False)
    called, positive = reader.logit >= 4, split.y_true == 1
    sensitivity, specificity = called[positive].mean(), (~called[~positive]).mean()
    found = matched(model, reader, 4.0, n_resamples=50)
    assert set(found) == set(MATCHED)
    first = np.flatnonzero(tpr >= sensitivity - 1e-12)[0]
    share = (sensitivity - tpr[first - 1]) / (tpr[first] - tpr[first - 1])
    expected = 1 - (fpr[first - 1] + share * (fpr[first] - fpr[first - 1]))
    own = found["specificity"]
    assert (own.at, own.model, own.reader) == pytest.approx((sensitivity, expected, specificity))
    assert own.difference.value == pytest.approx(expected - specificity)
    last = np.flatnonzero(fpr <= 1 - specificity + 1e-12)[-1]
    expected = tpr[last]
    if last + 1 < len(fpr):
        share = (1 - specificity - fpr[last]) / (fpr[last + 1] - fpr[last])
        expected += share * (tpr[last + 1] - tpr[last])
    own = found["sensitivity"]
    assert (own.at, own.model, own.reader) == pytest.approx((specificity, expected, sensitivity))


def test_limits_are_those_of_patients_resampled_one_by_one(clustered):
    reader, rng = reading(clustered), np.random.default_rng(1)
    found = matched(clustered, reader, 4.0, n_resamples=600)["specificity"].difference
    rows_of = [np.flatnonzero(clustered.patient_index == i) for i in range(clustered.n_patients)]
    drawn = []
    for _ in range(300):
        rows = np.concatenate([rows_of[i] for i in rng.integers(clustered.n_patients, size=clustered.n_patients)])
        y, called = clustered.y_true[rows] == 1, reader.logit[rows] >= 4
        fpr, tpr, _ = roc_curve(y, clustered.logit[rows], drop_intermediate=False)
        drawn.append(float(np.mean(called[~y])) - np.interp(np.mean(called[y]), tpr, fpr))
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.std(drawn), rel=0.15)


def test_a_reader_at_either_end(single):
    """Who calls everyone: the model too has then no specificity left to compare, and keeps all of its sensitivity."""
    everyone = replace(single, logit=np.ones(single.n))
    found = matched(single, everyone, 1.0, n_resamples=20)
    assert found["specificity"].reader == 0.0
    assert found["specificity"].model == pytest.approx(
        np.mean(single.logit[single.y_true == 0] < single.logit[single.y_true == 1].min())
    )
    assert (found["sensitivity"].model, found["sensitivity"].reader) == (1.0, 1.0)
    nobody = matched(single, everyone, 2.0, n_resamples=20)
    assert (nobody["specificity"].model, nobody["specificity"].reader) == (1.0, 1.0)


def test_one_class_and_few_patients(make):
    one = make([1, 1], [0.0, 1.0])
    assert all(math.isnan(own.difference.value) for own in matched(one, one, 0.5).values())
    few = make([1, 1, 0, 0] * 2, [0.0, 1.0, 2.0, 0.5, 3.0, 1.5, 2.5, 4.0], [0] * 4 + [1] * 4)
    for own in matched(few, few, 1.5, n_resamples=20).values():
        assert "of a class" in own.difference.reason
