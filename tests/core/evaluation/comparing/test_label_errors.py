"""Suspected label errors by brute force, and figures without images held against scikit-learn and statsmodels."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import recall_score, roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.comparing.label_errors import figures_without, suspects
from core.evaluation.predictions import Predictions


def predictions(y_true, logit):
    names = np.array([f"i{at}" for at in range(len(y_true))], dtype=object)
    return Predictions(image_id=names, patient_id=names, y_true=np.array(y_true), logit=np.array(logit, dtype=float))


def test_suspects_are_ranked_by_the_probability_of_their_label():
    rng = np.random.default_rng(0)
    y_true, logit = rng.integers(0, 2, 60), np.round(rng.normal(0, 2, 60), 1)  # with ties, and scores of 0
    probability = [float(expit(x)) if y else 1 - float(expit(x)) for y, x in zip(y_true, logit, strict=True)]
    expected = sorted((p, at) for at, p in enumerate(probability) if p < 0.5)
    found = suspects(predictions(y_true, logit))
    assert [probability[at] for at in found] == [p for p, _ in expected]
    assert set(found) == {at for _, at in expected}
    tied = suspects(predictions([0, 1, 0], [2.0, -2.0, 2.0]))
    assert list(tied) == [0, 1, 2], "of one probability as in the data"
    assert list(suspects(predictions([1, 0], [0.0, 0.0]))) == [], "at 50 % nothing is contradicted"
    assert len(suspects(predictions([], []))) == 0


def test_figures_without_images_are_those_of_the_others():
    rng = np.random.default_rng(1)
    y_true = np.repeat([0, 1], [50, 70])
    logit = rng.normal(2 * y_true - 1, 1.5)
    left_out = rng.random(120) < 0.2
    found = figures_without(predictions(y_true, logit), left_out, 0.3)
    y, x = y_true[~left_out], logit[~left_out]
    assert (found.images, found.patients) == (len(y), len(y))
    assert found.auroc.value == pytest.approx(roc_auc_score(y, x))
    assert found.sensitivity.value == pytest.approx(recall_score(y, x >= 0.3))
    assert found.specificity.value == pytest.approx(recall_score(y, x >= 0.3, pos_label=0))
    for rate, hits in ((found.sensitivity, (x >= 0.3)[y == 1]), (found.specificity, (x < 0.3)[y == 0])):
        assert (rate.low, rate.high) == pytest.approx(proportion_confint(hits.sum(), len(hits), method="wilson"))
    assert found.auroc.low < found.auroc.value < found.auroc.high


def test_without_a_class_there_is_no_area_and_a_reason():
    found = figures_without(predictions([0, 1, 0], [0.0, 1.0, 2.0]), np.array([False, True, False]), 1.0)
    assert np.isnan(found.auroc.value) and found.sensitivity.reason == "no positive images"
    assert found.specificity.value == 0.5
