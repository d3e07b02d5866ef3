"""Other limits of a mean: CR2 against its definition by matrices, and a small run."""

import numpy as np
import pytest

from benchmarks import dominance_tried
from benchmarks.coverage_hospitals import hospital
from core.evaluation.calibration.change import calibration_changes

IMAGES = np.array([1, 4, 2, 7])


@pytest.mark.parametrize(("way", "alike"), [(dominance_tried.of_strangers, 0.0), (dominance_tried.of_alike, 1.0)])
def test_cr2_is_bell_and_mccaffreys(way, alike):
    """The mean is a regression on nothing: by its hat matrix the variance is right for the images that it supposes."""
    patient, n = np.repeat(np.arange(4), IMAGES), int(IMAGES.sum())
    covariance = np.where(patient[:, None] == patient, alike, 0.0) + (1 - alike) * np.eye(n)
    residual = np.eye(n) - 1 / n
    of_patient = np.eye(4)[patient].T @ residual / n  # what each patient adds, of the values
    expected = np.diag(of_patient @ covariance @ of_patient.T)
    # Each patient's square is taken for its share of the variance, or of its own if nobody else had images.
    alone = np.diag(np.eye(4)[patient].T @ covariance @ np.eye(4)[patient]) / n**2
    scaled = of_patient / np.sqrt(expected / alone)[:, None]
    eigenvalues = np.linalg.eigvalsh(scaled @ covariance @ scaled.T)
    y = np.random.default_rng(0).normal(size=n)
    variance, freedom = way(IMAGES / n, of_patient @ y)
    assert variance == pytest.approx(float(np.square(scaled @ y).sum()))
    assert freedom == pytest.approx(eigenvalues.sum() ** 2 / np.square(eigenvalues).sum())


def test_equal_patients_have_one_less_degree_of_freedom():
    for way in dominance_tried.WAYS.values():
        variance, freedom = way(np.full(5, 0.2), np.array([0.1, -0.1, 0.2, -0.2, 0.0]))
        assert (variance, freedom) == pytest.approx((0.1 * 5 / 4, 4))


def test_the_first_way_is_that_of_the_pages():
    split = hospital(np.random.default_rng(1), 60, 0.5, 5)
    shown = calibration_changes(split, temperature=1.0)["brier"].before
    assert dominance_tried.limits(split, dominance_tried.by_kish) == pytest.approx((shown.low, shown.high), abs=1e-12)


def test_cr2_does_not_bring_one_child_with_many_films_into_the_range(monkeypatch):
    monkeypatch.setattr(dominance_tried, "SHARES", (0.5,))
    monkeypatch.setattr(dominance_tried, "OTHERS", (20,))
    found = dominance_tried.coverage(60).set_index("largest").loc["one child"]
    assert found["CR2, strangers"] < 93
    assert found["CR2, alike"] > 97
    assert found["width, CR2, alike"] > 1.5 * found["width, as pages"]
