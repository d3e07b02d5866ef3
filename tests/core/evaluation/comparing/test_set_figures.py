"""Two sets side by side: figures by scikit-learn and statsmodels, and gaps that hold the truth as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import norm
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from core.evaluation.comparing.set_figures import MEASURES, calibration_slope, set_figures, set_gaps
from core.evaluation.estimates.intervals import Estimate

APART = 2.0
SLOPE = APART
TEMPERATURE = 1 / SLOPE


def by_others(split, temperature):
    p = expit(split.logit / temperature)
    line = sm.GLM(split.y_true, sm.add_constant(split.logit / temperature), family=sm.families.Binomial()).fit()
    return {
        "auroc": roc_auc_score(split.y_true, split.logit),
        "auprc": average_precision_score(split.y_true, split.logit),
        "brier": brier_score_loss(split.y_true, p),
        "slope": line.params[1],
    }


@pytest.mark.parametrize("name", ["single", "clustered"])
@pytest.mark.parametrize("temperature", [1.0, 1.7])
def test_figures_are_those_of_others(request, name, temperature):
    split = request.getfixturevalue(name)
    found = set_figures(split, temperature)
    assert tuple(found) == MEASURES
    assert {measure: one.value for measure, one in found.items()} == pytest.approx(
        by_others(split, temperature), rel=1e-6
    )
    assert all(one.low < one.value < one.high for one in found.values())


def test_the_slopes_interval_is_that_of_the_likelihood_where_patients_have_one_image(single):
    """The sandwich and the likelihood's information agree where the line is the truth, as far as chance goes."""
    found = calibration_slope(single, 1.7)
    fitted = sm.GLM(single.y_true, sm.add_constant(single.logit / 1.7), family=sm.families.Binomial()).fit()
    assert (found.low, found.high) == pytest.approx(tuple(fitted.conf_int()[1]), rel=0.15)


def test_the_gap_is_test_less_validation_by_square_and_add(single, clustered):
    validation, test = set_figures(single, 1.7), set_figures(clustered, 1.7)
    for measure, found in set_gaps(validation, test).items():
        a, b = validation[measure], test[measure]
        assert found.value == pytest.approx(b.value - a.value)
        assert found.low == pytest.approx(found.value - math.hypot(b.value - b.low, a.high - a.value))
        assert found.high == pytest.approx(found.value + math.hypot(b.high - b.value, a.value - a.low))


@pytest.mark.parametrize("temperature", [None, math.nan])
def test_without_a_temperature_there_are_areas_alone(single, temperature):
    found = set_figures(single, temperature)
    assert found["auroc"].value == pytest.approx(roc_auc_score(single.y_true, single.logit))
    for measure in ("brier", "slope"):
        assert math.isnan(found[measure].value)
        assert "temperature" in found[measure].reason


def test_what_does_not_exist_says_why(make):
    one_class, perfect, none = make([1, 1], [0.0, 1.0]), make([0, 0, 1, 1], [-2.0, -1.0, 1.0, 2.0]), make([], [])
    assert "one class" in set_figures(one_class, 1.0)["slope"].reason
    assert math.isfinite(set_figures(one_class, 1.0)["brier"].value)
    assert "perfectly" in set_figures(perfect, 1.0)["slope"].reason
    assert all(math.isnan(one.value) and one.reason for one in set_figures(none, 1.0).values())
    gaps = set_gaps(set_figures(none, 1.0), set_figures(perfect, 1.0))
    assert all(math.isnan(one.value) and one.reason for one in gaps.values())


def test_a_slope_without_a_limit_leaves_its_gap_without_one():
    bounded, unbounded = (
        {m: Estimate(value=1.0, low=0.5, high=high, method="", reason=reason) for m in MEASURES}
        for high, reason in ((1.5, ""), (math.nan, "one patient overlaps"))
    )
    found = set_gaps(bounded, unbounded)["slope"]
    assert (found.low, math.isnan(found.high)) == (pytest.approx(-math.hypot(0.5, 0.5)), True)
    assert found.reason == "one patient overlaps"


def hospital(rng, make, n, prevalence):
    label = (rng.random(n) < prevalence).astype(int)
    return make(label, rng.normal(np.where(label == 1, APART / 2, -APART / 2)))


def truths(prevalence, temperature):
    """The average precision and the Brier score of two normal classes, by integration over scores."""
    score = np.linspace(-8, 8, 20_001)
    ill, well = (
        weight * norm.pdf(score, centre) for weight, centre in ((prevalence, APART / 2), (1 - prevalence, -APART / 2))
    )
    called = [
        weight * norm.sf(score, centre) for weight, centre in ((prevalence, APART / 2), (1 - prevalence, -APART / 2))
    ]
    p = expit(score / temperature)
    step = score[1] - score[0]
    precision = called[0] / np.maximum(called[0] + called[1], 1e-300)
    return {
        "auprc": float((norm.pdf(score, APART / 2) * precision).sum() * step),
        "brier": float((ill * (1 - p) ** 2 + well * p**2).sum() * step),
    }


def test_gaps_hold_the_truth_as_often_as_they_say(make):
    """200 pairs of sets of which the second has fewer ill: within three standard errors of 95 %."""
    rng, number = np.random.default_rng(0), 200
    true = {
        measure: truths(0.3, TEMPERATURE)[measure] - truths(0.5, TEMPERATURE)[measure] for measure in ("auprc", "brier")
    }
    true |= {"auroc": 0.0, "slope": 0.0}
    holds = dict.fromkeys(MEASURES, 0)
    for _ in range(number):
        validation, test = (
            set_figures(hospital(rng, make, n, share), TEMPERATURE) for n, share in ((200, 0.5), (300, 0.3))
        )
        for measure, found in set_gaps(validation, test).items():
            holds[measure] += found.low <= true[measure] <= found.high
    for measure, times in holds.items():
        assert abs(times / number - 0.95) < 3 * math.sqrt(0.95 * 0.05 / number), (measure, times / number)
