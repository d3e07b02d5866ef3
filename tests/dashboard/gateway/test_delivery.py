"""What validation promised and test delivered, by scikit-learn, statsmodels and plain loops."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import wasserstein_distance
from statsmodels.distributions.empirical_distribution import ECDF

from dashboard import gateway
from tests.dashboard.gateway import otherwise

MEASURES = {"sensitivity": otherwise.sensitivity, "specificity": otherwise.specificity}


@pytest.mark.parametrize("threshold", [1.5, 3.0])
def test_validation_promises_test_delivers_and_the_gap_is_test_less_validation(counted, threshold):
    found = gateway.deliveries(counted, threshold, None)
    assert found.threshold == threshold
    for rate, measure in MEASURES.items():
        promised, delivered = (measure(counted.predictions(split), threshold) for split in ("validation", "test"))
        own = found.rates[rate]
        assert otherwise.limits(own.promised) == pytest.approx(promised)
        assert otherwise.limits(own.delivered) == pytest.approx(delivered)
        assert otherwise.limits(own.gap) == pytest.approx(otherwise.newcombe(delivered, promised))
        assert own.level == pytest.approx(promised[1])
    assert found.binding == ("sensitivity", "specificity")


def test_rates_by_hand(counted):
    """At 1.5 validation has 4 of 6 ill and 12 of 14 well; test, with scores of 1.5 in both, 16 of 18 and 8 of 12."""
    found = gateway.deliveries(counted, 1.5, None).rates
    pairs = [(own.promised.value, own.delivered.value) for own in found.values()]
    assert pairs == [(4 / 6, 16 / 18), (12 / 14, 8 / 12)]
    assert found["specificity"].gap.value == pytest.approx(8 / 12 - 12 / 14)


def test_a_floor_is_the_promise_and_the_nearest_score_of_test_that_keeps_it_is_needed(counted):
    """Of test's 12 well 9 lie below 2.5 and 10 below 3.5; of its 18 ill 17 are at or above 0.5, 18 at -1.5."""
    spec = gateway.deliveries(counted, 1.5, ("specificity", "0.80"))
    assert (spec.binding, spec.rates["specificity"].level) == (("specificity",), 0.8)
    assert (spec.needed.threshold, spec.needed.move) == (3.5, 2.0)
    lower = gateway.deliveries(counted, 1.5, ("specificity", "0.75"))
    assert (lower.needed.threshold, lower.needed.move) == (2.5, 1.0)
    sens = gateway.deliveries(counted, 1.5, ("sensitivity", "0.95"))
    assert (sens.binding, sens.needed.threshold, sens.needed.move) == (("sensitivity",), -1.5, -3.0)


def resampled(split, threshold, rate, level):
    """The share of 4,000 draws of whole patients in which a rate reaches a level; those without the class left out."""
    rng, kept = np.random.default_rng(11), []
    rows = [np.flatnonzero(split.patient_id == patient) for patient in dict.fromkeys(split.patient_id)]
    for _ in range(4000):
        drawn = np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))])
        drawn = drawn[split.y_true[drawn] == (rate == "sensitivity")]
        if len(drawn):
            kept.append(((split.logit[drawn] >= threshold) == (rate == "sensitivity")).mean() >= level)
    return np.mean(kept)


@pytest.mark.parametrize(("rate", "level"), [("sensitivity", "0.85"), ("specificity", "0.80")])
def test_support_is_of_resamples_of_tests_patients(counted, rate, level):
    found = gateway.deliveries(counted, 1.5, (rate, level))
    assert found.support.drawn == 2000
    expected = resampled(counted.predictions("test"), 1.5, rate, float(level))
    assert found.support.share == pytest.approx(expected, abs=0.04)
    assert abs(resampled(counted.predictions("validation"), 1.5, rate, float(level)) - expected) > 0.1


def test_deliveries_of_another_run_threshold_or_floor_are_others(counted, exchanged):
    keys = [(counted, 1.5, None), (exchanged, 1.5, None), (counted, 1.0, None), (counted, 1.5, ("specificity", "0.80"))]
    found = [gateway.deliveries(*key).rates["specificity"] for key in keys]
    assert [own.promised.value for own in found] == [12 / 14, 8 / 12, 11 / 14, 12 / 14]
    assert [own.delivered.value for own in found] == [8 / 12, 12 / 14, 8 / 12, 8 / 12]
    assert [own.is_floor for own in found] == [False, False, False, True]


def test_shift_is_from_validation_to_test(counted):
    validation, test = counted.predictions("validation"), counted.predictions("test")
    found = gateway.dataset_shift(counted)
    shares = [otherwise.share(split.y_true == 1, split.patient_id) for split in (validation, test)]
    assert otherwise.limits(found.prevalence.validation) == pytest.approx(shares[0])
    assert otherwise.limits(found.prevalence.test) == pytest.approx(shares[1])
    assert otherwise.limits(found.prevalence.difference) == pytest.approx(otherwise.newcombe(shares[1], shares[0]))
    for label, own in found.classes.items():
        before, after = (split.logit[split.y_true == label] for split in (validation, test))
        assert (own.n_validation, own.n_test) == (len(before), len(after))
        assert (own.median_validation.value, own.median_test.value) == (np.median(before), np.median(after))
        assert own.difference.value == np.median(after) - np.median(before)
        assert own.distance == pytest.approx(wasserstein_distance(before, after))
    assert [found.classes[label].difference.value for label in (0, 1)] == [2.0, 1.0]


def inferred(validation, test, temperature):
    """Expectation maximisation, step by step (Saerens et al. 2002), of calibrated probabilities with the right mean."""
    scores, prior = validation.logit / temperature, validation.y_true.mean()
    binomial = sm.families.Binomial()
    shift = sm.GLM(validation.y_true, np.ones(validation.n), family=binomial, offset=scores).fit().params[0]
    p, q = expit(test.logit / temperature + shift), prior
    for _ in range(20_000):
        weighted = q / prior * p
        q = (weighted / (weighted + (1 - q) / (1 - prior) * (1 - p))).mean()
    return q


@pytest.mark.parametrize(("name", "temperature"), [("counted", 2.0), ("exchanged", 0.5)])
def test_prevalence_is_inferred_at_the_runs_own_temperature(request, name, temperature):
    run = request.getfixturevalue(name)
    expected = inferred(run.predictions("validation"), run.predictions("test"), temperature)
    found = gateway.dataset_shift(run).inferred
    assert found.test.value == pytest.approx(expected, abs=1e-5)
    assert found.difference.value == pytest.approx(expected - run.predictions("test").y_true.mean(), abs=1e-5)
    assert abs(inferred(run.predictions("validation"), run.predictions("test"), 1.0) - expected) > 0.01


def test_without_a_temperature_no_prevalence_is_inferred(make_run):
    found = gateway.dataset_shift(make_run(temperature=None))
    assert math.isnan(found.inferred.test.value)
    assert found.prevalence.test.value == 0.6


def test_distributions_are_statsmodels(counted, exchanged):
    found = gateway.distributions(counted)
    assert found[["split", "label"]].drop_duplicates().to_numpy().tolist() == [
        ["validation", 0], ["validation", 1], ["test", 0], ["test", 1],
    ]  # fmt: skip
    for (split, label), drawn in found.groupby(["split", "label"]):
        own = counted.predictions(split)
        scores = own.logit[own.y_true == label]
        assert sorted(set(drawn["logit"])) == sorted(set(scores))
        np.testing.assert_allclose(drawn["share"], ECDF(scores)(drawn["logit"]))
    other = gateway.distributions(exchanged)
    assert other.loc[(other["split"] == "validation") & (other["label"] == 1), "logit"].max() == 9.5
