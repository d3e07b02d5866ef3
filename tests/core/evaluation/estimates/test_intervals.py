from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm
from statsmodels.stats.proportion import confint_proportions_2indep

from core.evaluation.estimates.intervals import (
    FEW_CLUSTERS,
    Estimate,
    f1_from_overlap,
    likelihood_ratios,
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
        "method": "undefined",
        "reason": "no images",
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
    assert f1_from_overlap(nothing) == nothing


def test_f1_from_overlap() -> None:
    f1 = f1_from_overlap(proportion(6, 10))
    assert f1.value == pytest.approx(2 * 6 / (2 * 6 + 4))
    assert (f1.low, f1.high) == pytest.approx([2 * q / (1 + q) for q in wilson(0.6, 10)])


def test_likelihood_ratios_by_the_log_method() -> None:
    tp, fn, fp, tn = 80, 20, 15, 85
    positive, negative = likelihood_ratios(0.8, 0.85, 100, 100, correlation=0.0)
    for ratio, (a, b) in ((positive, (tp, fp)), (negative, (fn, tn))):
        error = norm.ppf(0.975) * math.sqrt(1 / a - 1 / 100 + 1 / b - 1 / 100)
        assert ratio.value == pytest.approx(a / b)
        assert (ratio.low, ratio.high) == pytest.approx((a / b * math.exp(-error), a / b * math.exp(error)))


def test_likelihood_ratios_with_an_empty_cell() -> None:
    """As of the quotients themselves; 0.5 in each cell moves the limits alone."""

    def by_hand(a: float, n_a: float, b: float, n_b: float) -> tuple[float, float]:
        error = norm.ppf(0.975) * math.sqrt(1 / a - 1 / n_a + 1 / b - 1 / n_b)
        return a / n_a / (b / n_b) * math.exp(-error), a / n_a / (b / n_b) * math.exp(error)

    positive, negative = likelihood_ratios(1.0, 0.5, 10, 20, correlation=0.0)
    assert (positive.value, negative.value) == (2.0, 0.0)
    assert (positive.low, positive.high) == pytest.approx(by_hand(10.5, 11, 10.5, 21))
    assert (negative.low, negative.high) == pytest.approx((0.0, by_hand(0.5, 11, 10.5, 21)[1]))
    assert "0.5 added to each cell for the limits" in positive.method
    assert math.isnan(likelihood_ratios(math.nan, 0.5, 0, 20, correlation=0.0)[0].value)

    positive, negative = likelihood_ratios(0.003, 1.0, 300, 200, correlation=0.0)
    assert (positive.value, positive.high, negative.value) == (math.inf, math.inf, 0.997)
    assert positive.low == pytest.approx(by_hand(1.4, 301, 0.5, 201)[0])
    assert (negative.low, negative.high) == pytest.approx(by_hand(299.6, 301, 200.5, 201))
    assert positive.reason == "infinite, as no negative image is called positive"
    assert (
        likelihood_ratios(0.9, 0.0, 10, 20, correlation=0.0)[1].reason
        == "infinite, as no negative image is called negative"
    )


def test_likelihood_ratios_of_nothing_called_so_are_undefined() -> None:
    positive, negative = likelihood_ratios(0.0, 1.0, 10, 20, correlation=0.0)
    assert math.isnan(positive.value) and positive.reason == "no image is called positive"
    assert (negative.value, negative.reason) == (1.0, "")
    assert negative.low < 1 < negative.high
    positive, negative = likelihood_ratios(1.0, 0.0, 10, 20, correlation=0.0)
    assert math.isnan(negative.value) and negative.reason == "no image is called negative"
    assert (positive.value, positive.reason) == (1.0, "")


def test_an_infinite_ratio_is_null_in_json_and_says_why() -> None:
    positive, _ = likelihood_ratios(0.5, 1.0, 10, 20, correlation=0.0)
    written = json.loads(json.dumps(positive.to_dict(), allow_nan=False))
    assert (written["value"], written["high"]) == (None, None)
    assert written["low"] == positive.low
    assert written["reason"] == "infinite, as no negative image is called positive"


def test_an_older_file_tells_the_reason_in_its_method() -> None:
    values = {"value": None, "low": None, "high": None, "level": 0.95, "method": "undefined: no images"}
    assert Estimate.from_dict(values).to_dict() == values | {"method": "undefined", "reason": "no images"}
    known = {"value": 0.5, "low": None, "high": None, "level": 0.95, "method": "no interval, as one patient decides"}
    assert Estimate.from_dict(known).to_dict() == known
    for method, reason in (("by hand", "by hand"), ("", "no reason is given")):
        assert Estimate.from_dict(values | {"method": method}).reason == reason


def test_what_has_no_limits_gives_its_reason_on() -> None:
    known = Estimate(value=0.5, low=0.25, high=0.75, method="Wilson")
    alone = Estimate.without_interval(0.5, "one patient decides")
    assert alone.to_dict()["reason"] == "one patient decides"
    found = newcombe_difference(known, alone)
    assert math.isnan(found.low) and found.reason == "one patient decides"
    assert newcombe_difference(known, known).reason == ""


def test_an_effective_size_of_0_leaves_the_value_without_limits() -> None:
    none, known = wilson_estimate(0.8, 0.0, reason=""), proportion(45, 50)
    found = {
        0.8: none,
        0.8 - 0.9: newcombe_difference(none, known),
        0.9 - 0.8: newcombe_difference(known, none),
        2 * 0.8 / 1.8: f1_from_overlap(none),
        0.8 / (1 - 0.9): likelihood_ratios(0.8, 0.9, 0.0, 50, correlation=0.0)[0],
        (1 - 0.8) / 0.9: likelihood_ratios(0.8, 0.9, 40, 0.0, correlation=0.0)[1],
    }
    for value, estimate in found.items():
        assert estimate.value == pytest.approx(value)
        assert math.isnan(estimate.low) and math.isnan(estimate.high)
        assert estimate.reason == FEW_CLUSTERS


def test_likelihood_ratios_without_limits_are_the_plain_quotients() -> None:
    positive, negative = likelihood_ratios(0.75, 1.0, 0.0, 50, correlation=0.0)
    assert (positive.value, negative.value) == (math.inf, 0.25)
    assert positive.reason == f"infinite, as no negative image is called positive; {FEW_CLUSTERS}"
    assert likelihood_ratios(0.0, 1.0, 0.0, 50, correlation=0.0)[0].reason == "no image is called positive"
