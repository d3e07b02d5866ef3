"""Points of the curves against scikit-learn's, and scores in bins against a count by hand."""

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve, roc_curve

from core.evaluation.curves import curve, score_bins, score_quartiles
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep


def predictions(seed, n=200):
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, 2, n)
    ids = np.array([f"i{i}" for i in range(n)], dtype=object)
    return Predictions(image_id=ids, patient_id=ids, y_true=y_true, logit=rng.normal(y_true).round(2))


@pytest.mark.parametrize("seed", range(3))
def test_points_are_scikit_learns(seed):
    given = predictions(seed)
    points = curve(threshold_sweep(given))
    false_positive_rate, sensitivity, threshold = roc_curve(given.y_true, given.logit, drop_intermediate=False)
    assert np.array_equal(points["threshold"], threshold[1:])
    np.testing.assert_allclose(points["sensitivity"], sensitivity[1:])
    np.testing.assert_allclose(1 - points["specificity"], false_positive_rate[1:], atol=1e-15)
    precision, recall, threshold = precision_recall_curve(given.y_true, given.logit)
    assert np.array_equal(points["threshold"][::-1], threshold)
    np.testing.assert_allclose(points["precision"][::-1], precision[:-1])
    np.testing.assert_allclose(points["sensitivity"][::-1], recall[:-1])


def test_one_class_has_no_rate_of_the_other():
    ids = np.array(["a", "b"], dtype=object)
    points = curve(threshold_sweep(Predictions(image_id=ids, patient_id=ids, y_true=[1, 1], logit=[0.0, 1.0])))
    assert points["specificity"].isna().all()
    assert list(points["sensitivity"]) == [0.5, 1.0]


def test_bins_hold_every_image_once_and_are_the_same_for_all():
    splits = {"validation": predictions(0), "test": predictions(1, n=90)}
    bins = score_bins(splits, bins=7)
    for (split, label), part in bins.groupby(["split", "label"]):
        members = splits[split].logit[splits[split].y_true == label]
        assert part["count"].sum() == len(members)
        assert part["share"].sum() == pytest.approx(1)
        edges = zip(part["left"], part["right"], strict=True)
        inside = [((members >= left) & (members < right)).sum() for left, right in edges]
        assert list(part["count"])[:-1] == inside[:-1]
        assert list(part["left"]) == list(bins["left"][:7])


def test_quartiles():
    row = score_quartiles({"test": predictions(2)}).iloc[1]
    members = predictions(2).logit[predictions(2).y_true == 1]
    assert (row["label"], row["median"]) == (1, np.median(members))
    assert (row["lower"], row["upper"]) == (np.quantile(members, 0.25), np.quantile(members, 0.75))


def test_no_images_have_no_bins():
    nothing = np.array([], dtype=object)
    empty = Predictions(image_id=nothing, patient_id=nothing, y_true=[], logit=[])
    assert score_bins({"test": empty}).empty
    assert score_quartiles({"test": empty}).empty
    assert curve(threshold_sweep(empty)).empty
