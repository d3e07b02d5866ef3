"""A small run of hospitals where one patient has many of the images, and of patients with images of both classes."""

import math

import numpy as np
import pytest

from benchmarks import coverage_dominance
from benchmarks.coverage_dominance import Dominated, of_both_classes
from benchmarks.coverage_hospitals import ALIKE, DISTANCE, Setting


@pytest.mark.parametrize("catch_all", [True, False])
def test_one_patient_has_the_share_of_the_images(catch_all):
    split = Dominated(share=0.5, others=400, catch_all=catch_all).draw(np.random.default_rng(0))
    images = np.bincount(split.patient_index)
    assert images.max() / split.n == pytest.approx(0.5, abs=0.001)
    assert sorted(set(images.tolist())) == [3, images.max()]
    inside = split.patient_index == int(images.argmax())
    residual = split.logit - np.where(split.y_true == 1, DISTANCE, -DISTANCE)
    if catch_all:
        assert 0.4 < split.y_true[inside].mean() < 0.6
        assert residual[inside].std() == pytest.approx(1.0, abs=0.07)
    else:
        assert len(set(split.y_true[inside])) == 1
        assert residual[inside].std() == pytest.approx(math.sqrt(1 - ALIKE), abs=0.05)
    assert residual[~inside].std() == pytest.approx(1.0, abs=0.07)


def test_a_patients_images_of_both_classes_are_alike():
    split = of_both_classes(np.random.default_rng(0), 5000)
    assert np.bincount(split.patient_index).tolist() == [4] * 5000
    score = split.logit.reshape(5000, 4)
    assert np.corrcoef(score[:, 0], score[:, 2])[0, 1] == pytest.approx(ALIKE, abs=0.03)


def test_a_catch_all_of_half_the_images_leaves_the_confidence_that_is_stated(monkeypatch):
    monkeypatch.setattr(coverage_dominance, "SHARES", (0.3, 0.9))
    monkeypatch.setattr(coverage_dominance, "OTHERS", (20,))
    table = coverage_dominance.dominance(80).set_index(["largest", "share"])
    here = table.loc[("catch-all", 0.3)]
    for figure in ("specificity", "AUROC", "AUPRC", "Brier", "slope"):
        assert here[figure] > 0.88, figure
    assert here["without"] < 0.1
    assert table.loc[("catch-all", 0.9), "without"] == 1


def test_correlation_is_what_figures_of_both_classes_need(monkeypatch):
    monkeypatch.setattr(coverage_dominance, "BOTH_SIZES", (120,))
    shown, alone = coverage_dominance.both_classes(200).to_dict("records")
    for figure in ("balanced_accuracy", "lr_positive", "lr_negative", "share called", "cost", "PPV"):
        assert shown[figure] == pytest.approx(0.95, abs=0.045), figure
    assert alone["balanced_accuracy"] > 0.98
    assert alone["lr_negative"] > 0.97
    assert alone["share called"] < 0.94


def test_unequal_numbers_of_images_count_for_fewer_patients():
    assert Setting(n_patients=60, prevalence=0.3, most_images=1).worth == 1
    assert Setting(n_patients=60, prevalence=0.3, most_images=5).worth == pytest.approx(9 / 11)


def test_ordinary_clusters_widen_an_interval_little(monkeypatch):
    monkeypatch.setattr(coverage_dominance, "SIZES", (624,))
    (row,) = coverage_dominance.widening(10).to_dict("records")
    assert 0 < row["within"] < 2 < row["at 1"] < 30
