"""A threshold adapted to a part of test and evaluated on the rest, by scikit-learn, statsmodels and scipy."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import binomtest
from sklearn.metrics import log_loss

from core.evaluation.predictions import Predictions
from dashboard import gateway
from tests.dashboard.gateway import otherwise
from tests.dashboard.gateway.conftest import TEST, split_of

FLOOR = ("sensitivity", "0.50")


def part(patients):
    return split_of([row for row in TEST if row[0] in patients], "x")


def ids(split: Predictions) -> set[str]:
    return set(split.patient_id)


def test_a_site_is_drawn_of_tests_patients_and_the_rest_of_test_evaluates(counted):
    test, site = counted.predictions("test"), gateway.drawn_site(counted, "test", 10, 0, 1.5, FLOOR)
    assert len(ids(site.local)) == 10
    assert ids(site.rest) == ids(test) - ids(site.local)
    assert sorted([*site.local.image_id, *site.rest.image_id]) == sorted(test.image_id)


@pytest.mark.parametrize("threshold", [1.5, 3.0])
def test_rates_of_the_threshold_as_it_is_are_of_both_parts(counted, threshold):
    site = gateway.drawn_site(counted, "test", 10, 0, threshold, FLOOR)
    for where, split in (("local", site.local), ("rest", site.rest)):
        found = site.rates["unadapted"][where]
        assert otherwise.limits(found["sensitivity"]) == pytest.approx(otherwise.sensitivity(split, threshold))
        assert otherwise.limits(found["specificity"]) == pytest.approx(otherwise.specificity(split, threshold))


def adapted_by_other_means(local, threshold, temperature):
    """The thresholds that keep the probability of ``threshold``: with a temperature, and with an intercept fitted."""
    ones, binomial = np.ones(local.n), sm.families.Binomial()
    shift = sm.GLM(local.y_true, ones, family=binomial, offset=local.logit / temperature).fit().params[0]
    return {
        "unadapted": threshold,
        "temperature": threshold / temperature * otherwise.temperature(local),
        "intercept": threshold - shift * temperature,
    }


@pytest.mark.parametrize(("temperature", "used"), [(2.0, 2.0), (0.5, 0.5), (None, 1.0)])
def test_ways_start_from_the_calibrated_scale(make_run, temperature, used):
    run = make_run(temperature=temperature)
    site = gateway.drawn_site(run, "test", 12, 1, 1.5, FLOOR)
    ways = {way.name: way.threshold for way in site.ways if way.name != "guarantee"}
    assert site.temperature == used
    assert ways == pytest.approx(adapted_by_other_means(site.local, 1.5, used), abs=1e-4)
    found = site.errors["unadapted"].nll.value
    assert found == pytest.approx(log_loss(site.rest.y_true, expit(site.rest.logit / used)))


def test_errors_of_a_way_are_of_its_own_probabilities_on_the_rest(counted):
    site = gateway.drawn_site(counted, "test", 12, 1, 1.5, FLOOR)
    warm = otherwise.temperature(site.local)
    shift = otherwise.calibration_line(site.local, site.local.logit / 2)[0]
    for name, scores in (("temperature", site.rest.logit / warm), ("intercept", site.rest.logit / 2 + shift)):
        assert site.errors[name].nll.value == pytest.approx(log_loss(site.rest.y_true, expit(scores)), abs=1e-5)


@pytest.mark.parametrize("rate", ["sensitivity", "specificity"])
def test_a_guarantee_has_scipys_bound_on_one_image_of_each_local_patient(counted, rate):
    site = gateway.drawn_site(counted, "test", 14, 3, 1.5, (rate, "0.50"))
    way = site.ways[-1]
    rows = otherwise.one_image_rows(site.local)
    own = site.local.logit[rows][site.local.y_true[rows] == (rate == "sensitivity")]

    def bound(threshold):
        hits = int(((own >= threshold) == (rate == "sensitivity")).sum())
        return hits / len(own), binomtest(hits, len(own), alternative="greater").proportion_ci(0.95, "exact").low

    passing = [t for t in otherwise.points(site.local)["threshold"] if bound(t)[1] >= 0.5]
    table = otherwise.points(site.local).set_index("threshold").loc[passing]
    order = ["specificity", "sensitivity"] if rate == "sensitivity" else ["sensitivity", "specificity"]
    assert way.threshold == table.sort_values(order, ascending=False).index[0]
    assert (way.parameter.value, way.parameter.low) == pytest.approx(bound(way.threshold))


def test_every_part_of_a_drawn_sites_key_gives_another(counted, exchanged):
    first = gateway.drawn_site(counted, "test", 10, 0, 1.5, FLOOR)
    assert ids(gateway.drawn_site(counted, "test", 10, 1, 1.5, FLOOR).local) != ids(first.local)
    assert len(ids(gateway.drawn_site(counted, "test", 12, 0, 1.5, FLOOR).local)) == 12
    assert gateway.drawn_site(counted, "test", 10, 0, 2.5, FLOOR).ways[0].threshold == 2.5
    other = gateway.drawn_site(counted, "test", 10, 0, 1.5, ("specificity", "0.50")).ways[-1]
    assert other.threshold != first.ways[-1].threshold
    assert ids(gateway.drawn_site(exchanged, "test", 10, 0, 1.5, FLOOR).local) <= ids(exchanged.predictions("test"))
    assert gateway.drawn_site(counted, "test", 10, 0, 1.5, FLOOR) is first


def test_a_readers_own_cases_are_the_site_and_are_not_kept(counted):
    test = counted.predictions("test")
    for patients in ({"m", "n", "o", "r", "v", "x"}, {"q", "s", "t", "w", "z", "aa"}):
        local = part(patients)
        site = gateway.site_of(counted, "test", local, 1.5, FLOOR)
        assert site.local is local
        assert ids(site.rest) == ids(test) - patients
        found = site.rates["unadapted"]["rest"]["specificity"].value
        kept = [row for row in TEST if row[0] not in patients]
        assert found == otherwise.specificity(split_of(kept, "y"), 1.5)[0]


def test_repeated_sites_are_of_test_at_each_size_that_leaves_enough(counted):
    """Of 19 patients 10 can be drawn, not 20. A guaranteed threshold is a score of test, so it ends in a half."""
    found = gateway.repeated_sites(counted, "test", 1.5, ("sensitivity", "0.50"))
    assert gateway.repeated_sites(counted, "test", 1.5, ("sensitivity", "0.50")) is found
    assert found["patients"].unique().tolist() == [10]
    assert len(found) == 200
    thresholds = found["threshold"].dropna()
    assert len(thresholds) > 20
    assert set(thresholds % 1) == {0.5}
    # The rest of many draws is on average like test: 16 of 18 ill, 8 of 12 well; validation has 4 of 6 and 12 of 14.
    assert found["unadapted_sensitivity"].mean() == pytest.approx(16 / 18, abs=0.03)
    assert found["unadapted_specificity"].mean() == pytest.approx(8 / 12, abs=0.04)


def test_repeated_sites_of_another_threshold_floor_or_run_are_others(counted, exchanged):
    keys = [(counted, 1.5, FLOOR), (counted, 5.0, FLOOR), (counted, 1.5, ("specificity", "0.50"))]
    first, higher, spec = (gateway.repeated_sites(key[0], "test", *key[1:]) for key in keys)
    assert higher["unadapted_sensitivity"].mean() == pytest.approx(9 / 18, abs=0.03)
    assert first["threshold"].equals(higher["threshold"])
    # A floor under the other rate moves the threshold in nearly every draw that guarantees both.
    both = first["threshold"].notna() & spec["threshold"].notna()
    assert (first["threshold"] != spec["threshold"])[both].mean() > 0.8
    assert gateway.repeated_sites(exchanged, "test", 1.5, FLOOR)["patients"].unique().tolist() == []
