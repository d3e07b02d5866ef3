"""Two thresholds against brute force, statsmodels and simulation; equal ones are the single 2x2 table."""

import math
from fractions import Fraction

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.choosing.operating_point import Unreachable, choose_with_floor, rates
from core.evaluation.choosing.triage import choose_with_predictive_floor, first_thresholds, referred, triage
from core.evaluation.estimates.predictive_values import predictive_values
from core.evaluation.sweep import threshold_sweep


@pytest.mark.parametrize(("lower", "upper"), [(-0.5, 0.7), (-9, 9), (0.13, 0.13), (-1.2, -0.4)])
def test_counts_and_rates_are_those_of_brute_force(single, lower, upper):
    found = triage(single, threshold_sweep(single), lower, upper)
    of = {0: found.well, 1: found.ill}
    for label in (0, 1):
        logit = single.logit[single.y_true == label]
        assert of[label] == ((logit < lower).sum(), ((logit >= lower) & (logit < upper)).sum(), (logit >= upper).sum())
    out, into = found.ill[0] + found.well[0], found.ill[2] + found.well[2]
    expected = {
        "npv": (found.well[0], out),
        "ppv": (found.ill[2], into),
        "missed": (found.ill[0], single.n_pos),
        "alarmed": (found.well[2], single.n_neg),
        "referred": (found.ill[1] + found.well[1], single.n),
    }
    for name, (x, n) in expected.items():
        estimate = getattr(found, name)
        if name == "referred" and lower == upper:
            assert (estimate.value, estimate.low, estimate.high) == (0, 0, 0)
        elif n:
            assert (estimate.low, estimate.high) == pytest.approx(proportion_confint(x, n, method="wilson")), name
            assert estimate.value == pytest.approx(x / n)
        else:
            assert math.isnan(estimate.value) and estimate.reason


def test_equal_thresholds_are_the_operating_point(clustered):
    sweep = threshold_sweep(clustered)
    for threshold in (-1.0, 0.13, 2.0):
        found, single = triage(clustered, sweep, threshold, threshold), rates(sweep, threshold)
        tp, fp, tn, fn = sweep.counts(threshold)
        assert (found.ill, found.well) == ((fn, 0, tp), (tn, 0, fp))
        assert (found.npv, found.ppv) == (single["npv"], single["precision"])
        assert found.missed.value == pytest.approx(1 - single["sensitivity"].value)
        assert found.alarmed.high == pytest.approx(1 - single["specificity"].low)


def test_images_of_one_patient_do_not_narrow_the_referred_share(clustered, doubled):
    once, twice = (referred(split, -0.5, 0.7) for split in (clustered, doubled(clustered)))
    assert once.value == twice.value
    assert 1 <= (twice.high - twice.low) / (once.high - once.low) < 1.01
    n = clustered.n
    naive = proportion_confint(round(once.value * n), n, method="wilson")
    assert once.high - once.low > 1.2 * (naive[1] - naive[0])


def test_referred_share_covers_what_is_true_of_patients(make):
    rng, covered = np.random.default_rng(8), []

    def draw(patients):
        patient = np.repeat(np.arange(patients), 3)
        ill = rng.random(patients) < 0.4
        return (
            patient,
            ill[patient].astype(int),
            (rng.normal(size=patients) + 1.5 * ill)[patient] + 0.5 * rng.normal(size=3 * patients),
        )

    many = draw(400_000)[2]
    truth = np.mean((many >= -0.3) & (many < 0.9))
    for _ in range(1000):
        patient, y_true, logit = draw(120)
        found = referred(make(y_true, logit, patient), -0.3, 0.9)
        covered.append(found.low <= truth <= found.high)
    assert 0.93 <= np.mean(covered) <= 0.97, np.mean(covered)


def test_at_a_prevalence(single):
    sweep = threshold_sweep(single)
    found = triage(single, sweep, -0.5, 0.7, prevalence=0.05)
    for threshold, place, estimate in ((-0.5, 1, found.npv), (0.7, 0, found.ppv)):
        single_rates = rates(sweep, threshold)
        expected = predictive_values(
            single_rates["sensitivity"].value,
            single_rates["specificity"].value,
            single.n_pos,
            single.n_neg,
            0.05,
            correlation=0.0,
        )[place]
        assert estimate.value == pytest.approx(expected.value)
        assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high))
    share = 0.05 * found.ill[1] / single.n_pos + 0.95 * found.well[1] / single.n_neg
    assert found.referred.value == pytest.approx(share)
    # Against the weighted sum of two simulated proportions.
    rng = np.random.default_rng(2)
    drawn = [
        rng.binomial(n, x / n, 100_000) / n for x, n in ((found.ill[1], single.n_pos), (found.well[1], single.n_neg))
    ]
    low, high = np.quantile(0.05 * drawn[0] + 0.95 * drawn[1], [0.025, 0.975])
    assert (found.referred.low, found.referred.high) == pytest.approx((low, high), abs=0.008)


def test_at_the_splits_own_prevalence_the_referred_share_is_the_plain_one(single):
    own = single.n_pos / single.n
    assert referred(single, -0.5, 0.7, own).value == pytest.approx(referred(single, -0.5, 0.7).value)


@pytest.mark.parametrize("floor", ["0.5", "0.8", "0.9", "0.975", "1"])
@pytest.mark.parametrize("rate", ["npv", "ppv"])
def test_predictive_floors_by_brute_force(single, clustered, rate, floor):
    for split in (single, clustered):
        fits = []
        for threshold in np.unique(split.logit):
            called = split.logit >= threshold if rate == "ppv" else split.logit < threshold
            right = (split.y_true == (rate == "ppv"))[called].sum()
            if called.sum() and Fraction(int(right), int(called.sum())) >= Fraction(floor):
                fits.append(float(threshold))
        point = choose_with_predictive_floor(threshold_sweep(split), rate, floor)
        if fits:
            assert point.threshold == (max(fits) if rate == "npv" else min(fits))
        else:
            assert isinstance(point, Unreachable) and "the most is" in point.reason


def test_first_thresholds_keep_their_floors_and_do_not_cross(single, clustered, make):
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 2, 300)
    apart = make(y_true, rng.normal(6 * y_true))
    for split in (single, clustered, apart):
        sweep = threshold_sweep(split)
        lower, upper = first_thresholds(sweep)
        chosen = [choose_with_floor(sweep, rate, "0.95").threshold for rate in ("sensitivity", "specificity")]
        assert [lower, upper] == sorted(chosen)
        assert rates(sweep, lower)["sensitivity"].value >= 0.95
        assert rates(sweep, upper)["specificity"].value >= 0.95


def test_what_cannot_be_known(make):
    nobody, ill_only = make([], []), make([1, 1, 1], [0.0, 1.0, 2.0])
    assert first_thresholds(threshold_sweep(nobody)) is None
    assert first_thresholds(threshold_sweep(ill_only)) is None
    assert math.isnan(referred(nobody, 0, 1).value)
    assert "no images" in choose_with_predictive_floor(threshold_sweep(nobody), "npv", "0.9").reason
    found = triage(ill_only, threshold_sweep(ill_only), 0.5, 1.5, prevalence=0.1)
    assert math.isnan(found.npv.value) and math.isnan(found.referred.value) and math.isnan(found.alarmed.value)
    assert found.ill == (1, 1, 1)


def test_crossed_thresholds_are_refused(single):
    with pytest.raises(ValueError, match="above the upper"):
        triage(single, threshold_sweep(single), 1.0, 0.0)


def test_a_floor_out_of_reach_leaves_the_other_ones_threshold_twice(make):
    """Half of the negatives share the highest score, so no threshold keeps specificity."""
    assert first_thresholds(threshold_sweep(make([0, 0, 1, 1], [-1.0, 2.0, 2.0, 2.0]))) == (2.0, 2.0)
