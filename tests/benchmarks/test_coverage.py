"""The simulation's own truth, and a small run of it."""

import numpy as np
import pytest

from benchmarks import coverage, coverage_hospitals


def test_truth_is_that_of_a_huge_hospital():
    predictions = coverage_hospitals.hospital(np.random.default_rng(0), 60_000, 0.5, 5)
    for threshold in (-1.0, 0.0, 2.0):
        called = predictions.logit >= threshold
        assert called[predictions.y_true == 1].mean() == pytest.approx(
            coverage_hospitals.true_sensitivity(threshold), abs=0.005
        )
        assert 1 - called[predictions.y_true == 0].mean() == pytest.approx(
            coverage_hospitals.true_specificity(threshold), abs=0.005
        )


def test_images_of_a_patient_are_alike():
    predictions = coverage_hospitals.hospital(np.random.default_rng(0), 5000, 0.5, 2)
    first = np.flatnonzero(predictions.patient_index[1:] == predictions.patient_index[:-1])
    residual = predictions.logit - np.where(
        predictions.y_true == 1, coverage_hospitals.DISTANCE, -coverage_hospitals.DISTANCE
    )
    assert np.corrcoef(residual[first], residual[first + 1])[0, 1] == pytest.approx(coverage_hospitals.ALIKE, abs=0.03)


def test_guarantees_fail_as_seldom_as_they_say():
    """Loosely enough confident that failures are many and given often enough to be counted."""
    setting = coverage_hospitals.Setting(n_patients=150, prevalence=0.5, most_images=3)
    table = coverage.guarantees(setting, 150, confidence=0.8).set_index("floors")
    one_floor = table.loc["specificity 0.90"]
    assert one_floor["given"] > 0.9
    assert 0.05 < one_floor["fails"] <= 0.2 + one_floor["±"]
    assert (table["fails"] <= 0.2 + table["±"]).all()
