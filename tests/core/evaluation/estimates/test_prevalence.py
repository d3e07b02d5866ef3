"""The share of positives by hand, and its limits by statsmodels."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.estimates.prevalence import prevalence
from tests.core.evaluation.estimates.by_hand import patients_that_count


def test_it_is_the_share_of_images_of_the_positive_class(make):
    assert prevalence(make([1, 0, 0, 0, 0, 1, 0, 0, 0, 1], np.arange(10.0))).value == 3 / 10
    assert prevalence(make([1, 1, 1, 0], np.arange(4.0))).value == 3 / 4


def test_of_one_image_a_patient_it_has_wilsons_limits(single):
    found = prevalence(single)
    assert found.value == single.y_true.mean()
    assert (found.low, found.high) == pytest.approx(proportion_confint(single.y_true.sum(), 400, method="wilson"))


def test_patients_are_clusters(clustered):
    """The sandwich variance of the mean, with patients as groups, corrected for as many as unequal ones are worth."""
    found, p = prevalence(clustered), clustered.y_true.mean()
    sandwich = {"groups": clustered.patient_index, "use_correction": False, "df_correction": False}
    fitted = sm.OLS(clustered.y_true, np.ones(clustered.n)).fit(cov_type="cluster", cov_kwds=sandwich)
    g, n = float(patients_that_count(np.bincount(clustered.patient_index).tolist())), clustered.n
    variance = fitted.cov_params()[0, 0] * (1 - 1 / n) / (1 - 1 / g)
    size = p * (1 - p) / variance * (t.ppf(0.975, n - 1) / t.ppf(0.975, g - 1)) ** 2
    assert size < 0.7 * clustered.n
    assert found.value == p
    assert (found.low, found.high) == pytest.approx(proportion_confint(p * size, size, method="wilson"))


def test_without_images_it_is_undefined(make):
    found = prevalence(make([], []))
    assert math.isnan(found.value)
    assert found.reason == "no images"
