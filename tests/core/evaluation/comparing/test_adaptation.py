"""Adapted thresholds against statsmodels, scipy and the guarantee they use."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import binomtest

from core.evaluation.calibration.probability import fit_temperature
from core.evaluation.choosing.guarantee import choose_guaranteed
from core.evaluation.comparing.adaptation import WAYS, adaptations, intercept_estimate
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.sweep import threshold_sweep

FLOOR = ("sensitivity", "0.80")


def test_intercept_is_a_logistic_regression_with_the_logit_as_offset(clustered):
    found = intercept_estimate(clustered, 1.7)
    ones, offset = np.ones(clustered.n), clustered.logit / 1.7
    model = sm.GLM(clustered.y_true, ones, family=sm.families.Binomial(), offset=offset)
    assert found.value == pytest.approx(float(model.fit().params[0]), abs=1e-8)
    robust = model.fit(cov_type="cluster", cov_kwds={"groups": clustered.patient_index})
    assert (found.low, found.high) == pytest.approx(robust.conf_int()[0], abs=0.003)


def test_recalibration_keeps_the_probability_that_the_threshold_stands_for(single):
    ways = {way.name: way for way in adaptations(single, 0.4, 1.3, floor=FLOOR)}
    assert tuple(ways) == WAYS
    for name in ("unadapted", "temperature", "intercept"):
        way = ways[name]
        assert expit(way.threshold / way.temperature + way.intercept) == pytest.approx(expit(0.4 / 1.3))
    assert ways["unadapted"].threshold == 0.4
    assert ways["temperature"].temperature == fit_temperature(single).temperature.value
    assert ways["intercept"].intercept == intercept_estimate(single, 1.3).value


def test_intercept_makes_local_probabilities_right_on_average(single):
    way = adaptations(single, 0.4, 1.3, floor=FLOOR)[2]
    p = expit(single.logit / way.temperature + way.intercept)
    assert p.mean() == pytest.approx(single.n_pos / single.n)


@pytest.mark.parametrize("rate", ["sensitivity", "specificity"])
def test_guaranteed_threshold_has_its_bound_by_scipy(clustered, rate):
    way = adaptations(clustered, 0.0, 1.0, floor=(rate, "0.80"))[3]
    rows = one_image_a_patient(clustered)
    own = clustered.logit[rows][clustered.y_true[rows] == (rate == "sensitivity")]
    hits = int(((own >= way.threshold) == (rate == "sensitivity")).sum())
    bound = binomtest(hits, len(own), alternative="greater").proportion_ci(0.95, "exact").low
    assert (way.parameter.low, way.parameter.high) == (pytest.approx(bound), 1.0), "one-sided: up to the end"
    assert way.parameter.value == hits / len(own)
    assert bound >= 0.8
    assert way.threshold == choose_guaranteed(clustered, threshold_sweep(clustered), {rate: "0.80"}).point.threshold


def test_too_few_cases_say_how_many_it_takes(make):
    local = make([0] * 10 + [1] * 10, np.arange(20.0))
    way = adaptations(local, 5.0, 1.3, floor=("sensitivity", "0.95"))[3]
    assert math.isnan(way.threshold)
    assert (way.parameter, way.temperature, way.intercept) == (None, 1.3, 0.0), "probabilities stay as they are"
    assert "The fewest possible are 59" in way.reason


def test_one_class_perfect_scores_and_no_cases(make):
    sick = {way.name: way for way in adaptations(make([1] * 8, np.arange(8.0)), 0.5, 1.0, floor=FLOOR)}
    assert "one class" in sick["intercept"].reason
    assert math.isnan(sick["intercept"].threshold)
    parted = {way.name: way for way in adaptations(make([0, 0, 1, 1], [-2, -1, 1, 2]), 0.5, 1.0, floor=FLOOR)}
    assert "end of the range" in parted["temperature"].reason
    empty = adaptations(make([], []), 0.5, 1.0, floor=FLOOR)
    assert [bool(way.reason) for way in empty] == [False, True, True, True]
