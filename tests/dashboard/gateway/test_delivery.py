"""What validation promised and test delivered, by scikit-learn, statsmodels and plain loops."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import beta, wasserstein_distance
from statsmodels.distributions.empirical_distribution import ECDF

from core.evaluation.choosing.operating_point import choose_operating_points
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.comparing.promise import Verdict
from dashboard import gateway
from tests.dashboard.gateway import otherwise

FLOORS = (("specificity", "0.90"), ("sensitivity", "0.95"))
MEASURES = {"sensitivity": otherwise.sensitivity, "specificity": otherwise.specificity}


@pytest.mark.parametrize("threshold", [1.5, 3.0])
def test_test_is_compared_with_validation_and_the_gap_is_test_less_validation(counted, threshold):
    found = gateway.differences(counted, "test", FLOORS, (threshold,))[threshold]
    for rate, measure in MEASURES.items():
        seen, delivered = (measure(counted.predictions(split), threshold) for split in ("validation", "test"))
        own = found[rate]
        assert otherwise.limits(own.validation) == pytest.approx(seen)
        assert otherwise.limits(own.delivered) == pytest.approx(delivered)
        assert otherwise.limits(own.gap) == pytest.approx(otherwise.newcombe(delivered, seen))
        assert own.corrected_gap.value == pytest.approx(own.gap.value + own.optimism)
        assert own.corrected_gap.low < own.corrected_gap.value < own.corrected_gap.high


def test_rates_by_hand(counted):
    """At 1.5 validation has 4 of 6 ill and 12 of 14 well; test, with scores of 1.5 in both, 16 of 18 and 8 of 12."""
    found = gateway.differences(counted, "test", FLOORS, (1.5,))[1.5]
    pairs = [(own.validation.value, own.delivered.value) for own in found.values()]
    assert pairs == [(4 / 6, 16 / 18), (12 / 14, 8 / 12)]
    assert found["specificity"].gap.value == pytest.approx(8 / 12 - 12 / 14)
    assert [own.optimism for own in found.values()] == [0, 0], "no rule chose it"


def chosen_by_hand(split):
    """Youden's threshold by a loop over all scores, the most sensitive of equal ones; None without both classes."""
    y, logit = split
    if len(set(y)) < 2:
        return None
    j = {t: (logit[y == 1] >= t).mean() + (logit[y == 0] < t).mean() for t in sorted(set(logit))}
    return min(t for t in j if j[t] > max(j.values()) - 1e-12)


def test_optimism_is_of_resamples_of_validations_patients_that_choose_again(counted):
    """Youden's, by 1,500 draws of whole patients."""
    split, rng, added = counted.predictions("validation"), np.random.default_rng(12), []
    rows = [np.flatnonzero(split.patient_id == patient) for patient in dict.fromkeys(split.patient_id)]
    whole = split.y_true, split.logit
    for _ in range(1500):
        drawn = np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))])
        own = split.y_true[drawn], split.logit[drawn]
        threshold = chosen_by_hand(own)
        if threshold is not None:
            own_rates, all_rates = (
                np.array([(logit[y == 1] >= threshold).mean(), (logit[y == 0] < threshold).mean()])
                for y, logit in (own, whole)
            )
            added.append(own_rates - all_rates)
    youden = chosen_by_hand(whole)
    assert gateway.optimism(counted, FLOORS)[0] == pytest.approx(np.mean(added, axis=0), abs=0.03)
    assert abs(np.mean(added, axis=0)).sum() > 0.06
    assert youden in gateway.differences(counted, "test", FLOORS, ())


def cheapest_by_hand(split):
    """The score of the least cost of 1 a miss and 2 a false alarm, the most sensitive of equal ones; None where calling
    nothing positive costs less."""
    y, logit = split
    cost = {t: (y[logit < t] == 1).sum() + 2 * (y[logit >= t] == 0).sum() for t in sorted(set(logit))}
    least = min(cost.values())
    return None if (y == 1).sum() < least or len(set(y)) < 2 else min(t for t in cost if cost[t] == least)


def test_an_answer_of_find_a_threshold_is_corrected_by_asking_again_on_resamples(counted):
    """By 1,500 draws of whole patients; the threshold in use is the answer, 5, which no rule gives."""
    asked = Requirement(kind="cost", miss="1", alarm="2")
    split, rng, added = counted.predictions("validation"), np.random.default_rng(13), []
    rows = [np.flatnonzero(split.patient_id == patient) for patient in dict.fromkeys(split.patient_id)]
    for _ in range(1500):
        drawn = np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))])
        threshold = cheapest_by_hand((split.y_true[drawn], split.logit[drawn]))
        if threshold is not None:
            own, whole = (
                np.array(
                    [(split.logit[which][y == 1] >= threshold).mean(), (split.logit[which][y == 0] < threshold).mean()]
                )
                for which in (drawn, slice(None))
                for y in (split.y_true[which],)
            )
            added.append(own - whole)
    assert gateway.is_answer(counted, asked, 5.0) and not gateway.is_answer(counted, asked, 5.5)
    assert cheapest_by_hand((split.y_true, split.logit)) == 5.0
    found = gateway.differences(counted, "test", FLOORS, (5.0,), asked)[5.0]
    optimism = [own.optimism for own in found.values()]
    assert optimism == pytest.approx(list(np.mean(added, axis=0)), abs=0.03)
    assert max(optimism) > 0.06
    for own in found.values():
        assert own.corrected_gap.value == pytest.approx(own.gap.value + own.optimism)
    assert [own.optimism for own in gateway.differences(counted, "test", FLOORS, (5.0,))[5.0].values()] == [0, 0]


def test_an_answer_with_confidence_is_the_guarantees_and_no_other(counted):
    sure = Requirement(kind="floor", floors=(("specificity", "0.60"),), confidence="0.90")
    found = gateway.threshold_answer(counted, sure).found.threshold
    merely = gateway.fallback(counted, sure).threshold
    assert found != merely
    assert [gateway.is_answer(counted, sure, threshold) for threshold in (found, merely)] == [True, False]


def test_every_threshold_in_play_is_compared_and_widens_the_intervals_of_the_others(counted):
    few, many = (gateway.differences(counted, "test", FLOORS, others) for others in ((1.5,), (1.5, -3.0, 6.0)))
    assert set(many) == set(few) | {-3.0, 6.0}
    assert {point.threshold for point in choose_operating_points(gateway.sweep(counted, "validation"))} <= set(few)
    widths = [found[1.5]["specificity"].corrected_gap for found in (few, many)]
    assert widths[0].high - widths[0].low < widths[1].high - widths[1].low


def test_a_promise_is_judged_on_test_by_exact_limits(counted):
    """At 1.5 test has 16 of 18 ill and 8 of 12 well; the limits by scipy, for sizes of one image a patient at the
    floor of the other class."""
    found = gateway.deliveries(counted, "test", 1.5, (("specificity", "0.80"),), 0.0).rates["specificity"]
    size = gateway.sweep(counted, "test").effective_sizes(1.5)["specificity"]
    hits = 8 / 12 * size
    expected = (beta.ppf(0.025, hits, size - hits + 1), beta.ppf(0.975, hits + 1, size - hits))
    assert (found.judgement.limits.low, found.judgement.limits.high) == pytest.approx(expected)
    assert found.judgement.verdict is Verdict.UNTOLD
    assert otherwise.limits(found.delivered) == pytest.approx(otherwise.specificity(counted.predictions("test"), 1.5))


@pytest.mark.parametrize(
    ("threshold", "floor", "margin", "verdict"),
    [
        (9.5, "0.70", 0.0, Verdict.BROKEN),
        (9.5, "0.70", 0.5, Verdict.UNTOLD),
        (-9.0, "0.60", 0.0, Verdict.HELD),
        (1.5, "0.70", 0.0, Verdict.UNTOLD),
    ],
)
def test_held_broken_and_untold(counted, threshold, floor, margin, verdict):
    """Of test's 18 ill 1 lies at 9.5 or above, all at -9, 16 at 1.5."""
    assert gateway.judgement(counted, "test", threshold, "sensitivity", floor, margin).verdict is verdict
    own = gateway.deliveries(counted, "test", threshold, (("sensitivity", floor),), margin).rates["sensitivity"]
    assert (own.judgement.verdict, own.judgement.margin) == (verdict, margin)


def test_the_nearest_score_of_test_that_reaches_a_floor_is_needed(counted):
    """Of test's 12 well 9 lie below 2.5 and 10 below 3.5; of its 18 ill 17 are at or above 0.5, 18 at -1.5."""
    spec = gateway.deliveries(counted, "test", 1.5, (("specificity", "0.80"),), 0.0)
    assert spec.rates["specificity"].judgement.floor == 0.8
    assert (spec.needed.threshold, spec.needed.move) == (3.5, 2.0)
    lower = gateway.deliveries(counted, "test", 1.5, (("specificity", "0.75"),), 0.0)
    assert (lower.needed.threshold, lower.needed.move) == (2.5, 1.0)
    sens = gateway.deliveries(counted, "test", 1.5, (("sensitivity", "0.95"),), 0.0)
    assert (list(sens.rates), sens.needed.threshold, sens.needed.move) == (["sensitivity"], -1.5, -3.0)


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
    found = gateway.deliveries(counted, "test", 1.5, ((rate, level),), 0.0)
    assert found.support.drawn == 2000
    expected = resampled(counted.predictions("test"), 1.5, rate, float(level))
    assert found.support.share == pytest.approx(expected, abs=0.04)
    assert abs(resampled(counted.predictions("validation"), 1.5, rate, float(level)) - expected) > 0.1


def test_deliveries_of_another_run_threshold_floor_or_margin_are_others(counted, exchanged):
    spec = (("specificity", "0.80"),)
    keys = [
        (counted, 1.5, spec, 0.0),
        (exchanged, 1.5, spec, 0.0),
        (counted, 3.0, spec, 0.0),
        (counted, 1.5, (("specificity", "0.70"),), 0.0),
        (counted, 1.5, spec, 0.05),
    ]
    for _ in range(2):
        found = [gateway.deliveries(key[0], "test", *key[1:]).rates["specificity"] for key in keys]
        assert [own.delivered.value for own in found] == [8 / 12, 12 / 14, 10 / 12, 8 / 12, 8 / 12]
        assert [own.judgement.floor for own in found] == [0.8, 0.8, 0.8, 0.7, 0.8]
        assert [own.judgement.margin for own in found] == [0, 0, 0, 0, 0.05]


def test_differences_of_another_run_are_others(counted, exchanged):
    for _ in range(2):
        found = [gateway.differences(run, "test", FLOORS, (1.5,))[1.5]["specificity"] for run in (counted, exchanged)]
        assert [own.validation.value for own in found] == [12 / 14, 8 / 12]
        assert [own.delivered.value for own in found] == [8 / 12, 12 / 14]


def test_shift_is_from_validation_to_test(counted):
    validation, test = counted.predictions("validation"), counted.predictions("test")
    found = gateway.dataset_shift(counted, "test")
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
    found = gateway.dataset_shift(run, "test").inferred
    assert found.test.value == pytest.approx(expected, abs=1e-5)
    assert found.difference.value == pytest.approx(expected - run.predictions("test").y_true.mean(), abs=1e-5)
    assert abs(inferred(run.predictions("validation"), run.predictions("test"), 1.0) - expected) > 0.01


def test_without_a_temperature_no_prevalence_is_inferred(make_run):
    found = gateway.dataset_shift(make_run(temperature=None), "test")
    assert math.isnan(found.inferred.test.value)
    assert found.prevalence.test.value == 0.6


def test_distributions_are_statsmodels(counted, exchanged):
    found = gateway.distributions(counted, "test")
    assert found[["split", "label"]].drop_duplicates().to_numpy().tolist() == [
        ["validation", 0],
        ["validation", 1],
        ["test", 0],
        ["test", 1],
    ]
    for (split, label), drawn in found.groupby(["split", "label"]):
        own = counted.predictions(split)
        scores = own.logit[own.y_true == label]
        assert sorted(set(drawn["logit"])) == sorted(set(scores))
        np.testing.assert_allclose(drawn["share"], ECDF(scores)(drawn["logit"]))
    other = gateway.distributions(exchanged, "test")
    assert other.loc[(other["split"] == "validation") & (other["label"] == 1), "logit"].max() == 9.5
