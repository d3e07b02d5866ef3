from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from core.evaluation.clustered_mean import clustered_mean, deviations


def test_one_image_a_patient_is_the_ordinary_standard_error() -> None:
    values = np.random.default_rng(0).exponential(size=80)
    found = clustered_mean(values, np.arange(80), reason="none")
    mean, half = values.mean(), stats.norm.ppf(0.975) * stats.sem(values)
    assert (found.value, found.low, found.high) == pytest.approx((mean, mean - half, mean + half))


def test_clusters_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    patient = np.repeat(np.arange(60), rng.integers(1, 6, 60))
    values = rng.normal(size=60)[patient] + rng.normal(size=len(patient))
    fit = sm.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": patient})
    # statsmodels also multiplies by (n - 1) / (n - k), which is 1 for a mean.
    assert math.sqrt(deviations(values, patient, 60)[1]) == pytest.approx(fit.bse[0])


def test_doubling_every_image_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    values, patient = rng.normal(size=50), np.arange(50) // 2
    once, twice = (clustered_mean(np.repeat(values, k), np.repeat(patient, k), reason="none") for k in (1, 2))
    assert (once.low, once.high) == pytest.approx((twice.low, twice.high))


@pytest.mark.parametrize("values", [[0.1] * 7, [0.0, 0.0], [3.0]])
def test_values_that_do_not_vary_have_no_limits(values: list[float]) -> None:
    found = clustered_mean(np.array(values), np.arange(len(values)), reason="none")
    assert found.value == pytest.approx(values[0])
    assert math.isnan(found.low) and math.isnan(found.high)


def test_without_images_it_is_undefined() -> None:
    found = clustered_mean(np.zeros(0), np.zeros(0, dtype=np.int64), reason="no images")
    assert math.isnan(found.value)
    assert found.method == "undefined: no images"
