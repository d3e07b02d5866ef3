"""Verdicts on a promise, against scipy's exact intervals and every possible sample."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from core.evaluation.comparing.promise import Verdict, exact_limits, judge, together
from core.evaluation.estimates.intervals import Estimate, wilson_estimate


def judged(hits, n, floor, margin=0.0):
    return judge(wilson_estimate(hits / n, n, reason=""), n, floor, margin=margin)


@pytest.mark.parametrize(("hits", "n"), [(0, 12), (7, 12), (95, 100), (100, 100), (1, 1)])
def test_limits_are_scipys_exact_ones(hits, n):
    found, expected = exact_limits(hits / n, n), binomtest(hits, n).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(("n", "truth"), [(20, 0.9), (60, 0.95), (100, 0.9), (400, 0.95), (388, 0.98)])
def test_of_all_samples_at_most_one_in_forty_says_wrongly_broken_or_held(n, truth):
    """At the floor both would be wrong for a rate a hair above or below it: the worst case, added up exactly."""
    verdicts = np.array([judged(hits, n, truth).verdict for hits in range(n + 1)])
    chance = binom.pmf(np.arange(n + 1), n, truth)
    assert chance[verdicts == Verdict.BROKEN].sum() <= 0.025
    assert chance[verdicts == Verdict.HELD].sum() <= 0.025


def test_wilsons_limits_would_say_broken_too_often():
    """Why the limits are exact: 84 of 100 happens in 4 % of samples where the truth is 0.9."""
    assert wilson_estimate(0.84, 100, reason="").high < 0.9
    assert binom.cdf(84, 100, 0.9) > 0.035
    assert judged(84, 100, 0.9).verdict is Verdict.UNTOLD


@pytest.mark.parametrize(
    ("hits", "margin", "verdict"),
    [
        (399, 0.0, Verdict.HELD),
        (385, 0.0, Verdict.UNTOLD),
        (365, 0.0, Verdict.BROKEN),
        (365, 0.02, Verdict.UNTOLD),
        (340, 0.02, Verdict.BROKEN),
        (399, 0.02, Verdict.HELD),
        (385, 0.02, Verdict.UNTOLD),
    ],
)
def test_held_broken_and_a_margin_that_only_makes_broken_rarer(hits, margin, verdict):
    found = judged(hits, 400, 0.95, margin)
    assert found.verdict is verdict
    assert bool(found.reason) == (verdict is Verdict.UNTOLD)
    assert (found.floor, found.margin) == (0.95, margin)


def test_reasons_tell_a_small_shortfall_from_an_unclear_one():
    assert judged(365, 400, 0.95, 0.02).reason == (
        "the rate is below its floor, but perhaps by no more than the margin"
    )
    assert judged(385, 400, 0.95, 0.02).reason == "the floor lies between the limits of the rate"


@given(st.integers(1, 300), st.floats(0, 1), st.sampled_from([0.8, 0.9, 0.95]), st.floats(0, 0.2))
def test_a_margin_never_changes_what_is_held(n, share, floor, margin):
    hits = round(share * n)
    plain, with_margin = judged(hits, n, floor), judged(hits, n, floor, margin)
    assert (plain.verdict is Verdict.HELD) == (with_margin.verdict is Verdict.HELD)
    assert plain.verdict is Verdict.BROKEN or with_margin.verdict is not Verdict.BROKEN
    assert plain.limits.low <= hits / n <= plain.limits.high


def test_a_limit_that_lies_on_the_floor_is_held():
    low = exact_limits(0.9, 100).low
    assert judged(90, 100, low).verdict is Verdict.HELD
    assert judged(90, 100, math.nextafter(low, 1)).verdict is Verdict.UNTOLD


@pytest.mark.parametrize(
    "delivered", [Estimate.undefined("no positive images"), Estimate.without_interval(1.0, "two patients")]
)
def test_without_an_interval_these_patients_do_not_tell(delivered):
    found = judge(delivered, 0.0, 0.95)
    assert (found.verdict, found.reason, found.limits) == (Verdict.UNTOLD, delivered.reason, delivered)


@pytest.mark.parametrize(
    ("verdicts", "found"),
    [
        ([Verdict.HELD, Verdict.HELD], Verdict.HELD),
        ([Verdict.HELD, Verdict.BROKEN], Verdict.BROKEN),
        ([Verdict.UNTOLD, Verdict.BROKEN], Verdict.BROKEN),
        ([Verdict.HELD, Verdict.UNTOLD], Verdict.UNTOLD),
        ([], Verdict.UNTOLD),
    ],
)
def test_several_floors_are_broken_where_one_is_and_held_where_all_are(verdicts, found):
    assert together(verdicts) is found
