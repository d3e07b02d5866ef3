"""The shift taken apart, against scipy, brute force and simulation."""

import math
from itertools import combinations
from time import process_time

import numpy as np
import pytest
from scipy.stats import binom, kstest, wasserstein_distance

from core.evaluation.comparing.shift import class_shift, distribution, median, prevalence_shift, shift_between
from core.evaluation.estimates.intervals import newcombe_difference, wilson_estimate
from core.evaluation.predictions import Predictions


def split(prefix, patient, y_true, logit):
    """Patients with the same number are the same person only where the prefix of their id is."""
    return Predictions(
        image_id=np.array([f"{prefix}{row}" for row in range(len(y_true))], dtype=object),
        patient_id=np.array([str(number) for number in patient], dtype=object),
        y_true=np.asarray(y_true),
        logit=np.asarray(logit, dtype=float),
    )


def test_difference_of_prevalence_is_newcombes(make):
    a, b = make([1] * 30 + [0] * 70, np.zeros(100)), make([1] * 20 + [0] * 30, np.zeros(50))
    found = prevalence_shift(a, b)
    expected = newcombe_difference(wilson_estimate(0.4, 50, reason=""), wilson_estimate(0.3, 100, reason=""))
    assert found.difference.value == pytest.approx(expected.value)
    assert (found.difference.low, found.difference.high) == pytest.approx((expected.low, expected.high))


def test_distance_is_scipys_and_within_the_class_alone(single, clustered):
    for label in (0, 1):
        a, b = (part.logit[part.y_true == label] for part in (single, clustered))
        found = class_shift(single, clustered, label, n_permutations=50)
        assert found.distance == pytest.approx(wasserstein_distance(a, b), rel=1e-9)
        assert (found.n_validation, found.n_test) == (len(a), len(b))
        assert found.difference.value == pytest.approx(np.median(b) - np.median(a))


def test_p_value_is_that_of_all_exchanges_of_patients():
    """Four patients against three, of one or two images: every one of the 35 exchanges by hand."""
    patient, logit = [0, 0, 1, 2, 3, 3], [0.0, 0.4, 1.0, -1.0, 0.3, 0.2]
    other, higher = [10, 11, 11, 12], [1.4, 0.9, 2.0, 0.1]
    a, b = split("a", patient, np.ones(6, int), logit), split("b", other, np.ones(4, int), higher)
    owner, values = np.array(patient + other), np.array(logit + higher)
    of_test = [np.isin(owner, chosen) for chosen in combinations([0, 1, 2, 3, 10, 11, 12], 3)]
    exact = np.array([wasserstein_distance(values[~chosen], values[chosen]) for chosen in of_test])
    share = (exact >= wasserstein_distance(logit, higher) - 1e-12).mean()
    found = class_shift(a, b, 1, n_permutations=4000)
    assert found.p_value == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 4000))
    assert found.permutations == 4000


def test_p_value_counts_the_observed_exchange_itself():
    a, b = (
        split("a", range(30), np.zeros(30, int), np.arange(30.0)),
        split("b", range(100, 130), np.zeros(30, int), np.arange(30.0) + 1000),
    )
    assert class_shift(a, b, 0, n_permutations=199).p_value == 1 / 200


def test_patient_in_both_splits_is_only_swapped_with_himself():
    """Every patient in both splits, and in test higher by the same: all that chance can do are the coins."""
    patient, base = np.arange(40), np.random.default_rng(1).normal(size=40)
    ones = np.ones(40, int)
    a, b = split("a", patient, ones, base), split("b", patient, ones, base + 0.3)
    paired = class_shift(a, b, 1, n_permutations=999)
    strangers = class_shift(a, split("b", patient + 100, ones, base + 0.3), 1, n_permutations=999)
    # Of forty pairs all have moved the same way, which among strangers is hardly to be seen.
    assert paired.p_value == 1 / 1000
    assert strangers.p_value > 0.05


def test_median_of_one_value_a_patient_has_the_limits_of_the_sign_test():
    for n in (*range(6, 60), *range(60, 300, 7)):
        values = np.random.default_rng(n).permutation(n).astype(float)
        ranks = [r for r in range(1, n // 2 + 1) if 2 * binom.cdf(r - 1, n, 0.5) <= 0.05]
        found = median(values, np.arange(n))
        assert (found.low, found.high) == (ranks[-1] - 1, n - ranks[-1])


def test_median_of_few_patients_covers():
    """Many alike images of few patients: their effective size is itself uncertain."""
    rng, held, number = np.random.default_rng(8), 0, 400
    patient = np.repeat(np.arange(12), 10)
    for _ in range(number):
        found = median(rng.normal(size=12)[patient] + rng.normal(size=120), patient)
        held += found.low <= 0 <= found.high
    assert held > 0.92 * number


def test_median_below_six_patients_has_no_limits():
    found = median(np.arange(5.0), np.arange(5))
    assert found.value == 2
    assert math.isnan(found.low) and "6 patients" in found.reason


def test_p_values_are_uniform_where_nothing_moved():
    """Patients of several alike images: 200 pairs of splits without a shift."""
    rng, p = np.random.default_rng(5), []
    for _ in range(200):
        size = rng.integers(1, 5, 40)
        patient = np.repeat(np.arange(40), size)
        logit = rng.normal(size=40)[patient] + 0.2 * rng.normal(size=len(patient))
        left = patient < 18
        parts = [
            split(name, patient[side], np.ones(side.sum(), int), logit[side])
            for name, side in (("a", left), ("b", ~left))
        ]
        p.append(class_shift(*parts, 1, n_permutations=99, seed=int(rng.integers(1 << 30))).p_value)
    assert kstest(p, "uniform").pvalue > 0.01
    assert np.mean(np.array(p) <= 0.05) < 0.09


def test_median_interval_covers_with_patients_as_clusters():
    rng, held = np.random.default_rng(6), []
    for _ in range(500):
        patient = np.repeat(np.arange(60), rng.integers(1, 5, 60))
        found = median(rng.normal(size=60)[patient] + 0.3 * rng.normal(size=len(patient)), patient)
        held.append(found.low <= 0 <= found.high)
    assert 0.92 <= np.mean(held) <= 0.985


def test_median_of_few_patients_has_no_interval():
    assert math.isnan(median(np.array([]), np.array([], dtype=int)).value)
    few = median(np.arange(10.0), np.repeat(np.arange(5), 2))
    assert few.value == 4.5
    assert math.isnan(few.low)


def test_a_class_that_is_missing_is_nan(make, single):
    found = class_shift(single, make([1, 1], [0.0, 1.0]), 0)
    assert math.isnan(found.distance)
    assert math.isnan(found.p_value)
    assert (found.n_test, found.permutations) == (0, 0)
    assert math.isnan(found.difference.value)


def test_distribution_passes_through_every_score_or_keeps_both_ends():
    x, share = distribution(np.array([3.0, 1.0, 1.0, 2.0]))
    assert dict(zip(x, share, strict=True)) == {1.0: 0.5, 2.0: 0.75, 3.0: 1.0}
    values = np.random.default_rng(0).normal(size=5000)
    x, share = distribution(values, points=100)
    assert (len(x), x[0], x[-1], share[-1]) == (100, values.min(), values.max(), 1.0)
    assert np.allclose(share, [(values <= one).mean() for one in x])
    assert len(distribution(np.array([]))[0]) == 0


def test_two_thousand_permutations_take_no_loop_over_images(single, clustered):
    begun = process_time()
    for label in (0, 1):
        class_shift(single, clustered, label)
    assert process_time() - begun < 3  # about 0.1 s on one core


def test_without_a_temperature_nothing_is_inferred(single, clustered):
    found = shift_between(single, clustered, temperature=None)
    assert "no temperature" in found.inferred.test.reason
    assert found.classes[1].permutations == 2000
