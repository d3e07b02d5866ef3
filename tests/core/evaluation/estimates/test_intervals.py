from __future__ import annotations

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import binomtest, norm
from statsmodels.stats.proportion import confint_proportions_2indep

from core.evaluation.estimates.clusters import clustered_wilson, effective_size
from core.evaluation.estimates.intervals import (
    Estimate,
    f1_from_overlap,
    likelihood_ratios,
    mover_mean,
    newcombe_difference,
    wilson,
    wilson_estimate,
    z_value,
)


def proportion(x: int, n: int) -> Estimate:
    return wilson_estimate(x / n, n, reason="")


def test_estimate_round_trip_through_json() -> None:
    known = Estimate(value=0.5, low=0.25, high=math.nan, method="Wilson")
    again = Estimate.from_dict(json.loads(json.dumps(known.to_dict(), allow_nan=False)))
    assert (again.value, again.low, again.level, again.method) == (0.5, 0.25, 0.95, "Wilson")
    assert math.isnan(again.high)
    assert Estimate.undefined("no images").to_dict() == {
        "value": None,
        "low": None,
        "high": None,
        "level": 0.95,
        "method": "undefined: no images",
    }


def test_z_value() -> None:
    assert z_value(0.95) == pytest.approx(norm.ppf(0.975), abs=1e-14)


@given(st.integers(1, 5000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_equals_scipy(n: int, share: float, level: float) -> None:
    x = round(share * n)
    expected = binomtest(x, n).proportion_ci(level, method="wilson")
    assert wilson(x / n, n, level) == pytest.approx((expected.low, expected.high), abs=1e-13)


def test_wilson_ends_and_undefined() -> None:
    assert wilson(0.0, 7)[0] == 0.0
    assert wilson(1.0, 7)[1] == 1.0
    assert all(map(math.isnan, wilson(math.nan, 10)))
    assert all(map(math.isnan, wilson(0.5, 0)))


def exact_size(x: list[int], n: list[int]) -> float:
    """By the definition, in integers of any length."""
    hits, total = sum(x), sum(n)
    spread = sum((a * total - hits * b) ** 2 for a, b in zip(x, n, strict=True))
    if not spread or hits in (0, total):
        return sum(b > 0 for b in n)
    return float(Fraction(hits * (total - hits) * total**2, spread))


def sizes_of(x: list[int], n: list[int]) -> float:
    hits, images = np.array(x), np.array(n)
    sums = hits, images, hits * hits, hits * images, images * images, images > 0
    return float(effective_size(*(np.array([values.sum()]) for values in sums))[0])


patients = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=30)


@given(patients)
def test_effective_size_equals_exact_fractions(drawn: list[tuple[int, int]]) -> None:
    x, n = [hits for hits, _ in drawn], [hits + rest for hits, rest in drawn]
    assert sizes_of(x, n) == pytest.approx(exact_size(x, n), rel=1e-13)


@pytest.mark.parametrize("images", [4, 1000, 100_000])
def test_effective_size_of_a_million_images(images: int) -> None:
    """However a million images fall on patients, also where the sums pass what int64 holds."""
    rng = np.random.default_rng(images)
    n = np.full(1_000_000 // images, images)
    for x in (rng.binomial(n, 0.001), rng.binomial(n, 0.5), n * rng.integers(0, 2, len(n))):
        assert sizes_of(x.tolist(), n.tolist()) == pytest.approx(exact_size(x.tolist(), n.tolist()), rel=1e-9)


def test_effective_size_of_one_image_a_patient_is_exactly_n() -> None:
    for n in (3, 624, 1_000_000):
        for x in (0, 1, n // 3, n):
            assert sizes_of([1] * x + [0] * (n - x), [1] * n) == n


def test_effective_size_where_a_patients_images_agree_is_the_number_of_patients() -> None:
    assert sizes_of([4, 4, 0, 0, 0], [4] * 5) == pytest.approx(5, rel=1e-14)
    assert sizes_of([4] * 5, [4] * 5) == 5


def test_effective_size_where_every_patient_has_the_same_share() -> None:
    assert sizes_of([1, 2, 3], [2, 4, 6]) == 3
    images = np.random.default_rng(0).integers(1, 50, 100_000)
    assert sizes_of((3 * images).tolist(), (7 * images).tolist()) == 100_000  # in floats the sum is not quite 0


def test_clustered_wilson() -> None:
    assert clustered_wilson(np.array([1, 0, 1]), np.array([1, 1, 1]), reason="") == proportion(2, 3)
    once, twice = (clustered_wilson(k * np.array([1, 0, 2]), k * np.array([2, 1, 2]), reason="") for k in (1, 2))
    assert (once.low, once.high) == pytest.approx((twice.low, twice.high), abs=1e-12)
    assert clustered_wilson(np.array([]), np.array([]), reason="nobody").method == "undefined: nobody"


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))
def test_newcombe_equals_statsmodels(n_a: int, n_b: int, share_a: float, share_b: float) -> None:
    x_a, x_b = round(share_a * n_a), round(share_b * n_b)
    ours = newcombe_difference(proportion(x_a, n_a), proportion(x_b, n_b))
    expected = confint_proportions_2indep(x_a, n_a, x_b, n_b, method="newcomb", compare="diff")
    assert (ours.low, ours.high) == pytest.approx(expected, abs=1e-9)
    assert ours.value == pytest.approx(x_a / n_a - x_b / n_b)


def test_newcombe_published_example() -> None:
    """Newcombe 1998 (Statistics in Medicine 17:873), table II, method 10: 56/70 - 48/80."""
    ours = newcombe_difference(proportion(56, 70), proportion(48, 80))
    assert (ours.low, ours.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_differences_and_means_of_nothing_are_undefined() -> None:
    nothing, known = Estimate.undefined("no images"), proportion(3, 4)
    assert math.isnan(newcombe_difference(known, nothing).low)
    assert mover_mean(nothing, known, reason="one class").method == "undefined: one class"
    assert f1_from_overlap(nothing) == nothing


def test_mover_mean_is_half_the_newcombe_interval_of_a_sum() -> None:
    a, b = proportion(30, 40), proportion(9, 60)
    flipped = proportion(51, 60)
    difference = newcombe_difference(a, flipped)  # a - (1 - b) = a + b - 1
    mean = mover_mean(a, b, reason="")
    assert_allclose(
        [2 * mean.value - 1, 2 * mean.low - 1, 2 * mean.high - 1], [difference.value, difference.low, difference.high]
    )


def test_f1_from_overlap() -> None:
    f1 = f1_from_overlap(proportion(6, 10))
    assert f1.value == pytest.approx(2 * 6 / (2 * 6 + 4))
    assert (f1.low, f1.high) == pytest.approx([2 * q / (1 + q) for q in wilson(0.6, 10)])


def test_likelihood_ratios_by_the_log_method() -> None:
    tp, fn, fp, tn = 80, 20, 15, 85
    positive, negative = likelihood_ratios(0.8, 0.85, 100, 100)
    for ratio, (a, b) in ((positive, (tp, fp)), (negative, (fn, tn))):
        error = norm.ppf(0.975) * math.sqrt(1 / a - 1 / 100 + 1 / b - 1 / 100)
        assert ratio.value == pytest.approx(a / b)
        assert (ratio.low, ratio.high) == pytest.approx((a / b * math.exp(-error), a / b * math.exp(error)))


def test_likelihood_ratios_with_an_empty_cell() -> None:
    positive, negative = likelihood_ratios(1.0, 0.5, 10, 20)
    assert positive.value == pytest.approx((10.5 / 11) / (10.5 / 21))
    assert negative.value == pytest.approx((0.5 / 11) / (10.5 / 21))
    assert 0 < negative.low < negative.value < negative.high
    assert "0.5 added" in positive.method
    assert math.isnan(likelihood_ratios(math.nan, 0.5, 0, 20)[0].value)
