"""Random effects over hospitals against metafor's figures, a root finder, and the closed form of equal hospitals."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import t

from core.evaluation.estimates.random_effects import logit_and_variance, random_effects

# R 4.2.2, metafor 3.8-1: e <- escalc(measure="PLO", xi=x, ni=n); f <- rma(yi, vi, data=e, method="PM", test="adhoc",
# control=list(tol=1e-14, threshold=1e-12)); predict(f, pi.type="riley"). The last, dat.bcg, are its treated groups.
# Columns: mean, tau^2, ci.lb, ci.ub, pi.lb, pi.ub; pi.ddf was k - 2 of all. With test="knha", Hartung and Knapp's error
# without its floor, the figures are the same but for the second.
METAFOR = [
    (
        (90, 150, 47),
        (100, 160, 60),
        (2.05887120451219, 0.41773687866678, 0.26236099315723, 3.85538141586714, -7.71807870927517, 11.83582111829954),
    ),
    (
        (95, 190, 285, 47),
        (100, 200, 300, 50),
        (2.92707025827017, 0.0, 2.35841349571302, 3.49572702082732, 2.15824893750043, 3.69589157903991),
    ),
    (
        (120, 310, 58, 402, 77),
        (130, 390, 60, 420, 90),
        (2.31984652250997, 0.58162986438116, 1.27682430024868, 3.36286874477126, -0.38571294028613, 5.02540598530607),
    ),
    (
        (90, 85, 200, 45, 330, 61, 77, 148, 500, 39),
        (100, 90, 240, 50, 340, 65, 90, 150, 580, 40),
        (2.49759748168598, 0.54083857451571, 1.88633483918791, 3.10886012418405, 0.69087120207469, 4.30432376129726),
    ),
    (
        (40, 60, 100, 150),
        (40, 60, 104, 150),  # three rates of 1
        (3.88055894392257, 0.18696953200156, 2.20305983498317, 5.55805805286197, 0.94712646368976, 6.81399142415537),
    ),
    (
        (4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27),
        (123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913),
        (-4.8896344326467, 1.4247475853020, -5.6338091310164, -4.1454597342770, -7.6222302890283, -2.1570385762650),
    ),
]
WITHOUT_FLOOR = (2.825616960192093, 3.028523556348250)
"""``ci.lb`` and ``ci.ub`` of the second with test="knha", whose factor is 0.0318."""


def of(x, n):
    return random_effects(*logit_and_variance(np.divide(x, n)[:, None], np.array(n)[:, None]))


@pytest.mark.parametrize(("x", "n", "figures"), METAFOR)
def test_equals_metafor(x, n, figures):
    found = of(x, n)
    ends = (found.mean, found.tau**2, found.low, found.high, found.prediction_low, found.prediction_high)
    assert [float(end[0]) for end in ends] == pytest.approx(figures, abs=1e-9)


def test_the_factors_floor_widens_where_hospitals_differ_less_than_chance():
    found = of(*METAFOR[1][:2])
    half, without = float(found.high[0] - found.mean[0]), (WITHOUT_FLOOR[1] - WITHOUT_FLOOR[0]) / 2
    assert half == pytest.approx(without / math.sqrt(0.031829654399437), rel=1e-9)


logits = st.lists(st.tuples(st.floats(-6, 6), st.floats(1e-3, 3)), min_size=3, max_size=12)


@given(logits)
def test_spread_solves_the_equation_of_paule_and_mandel(sites):
    y, v = np.array(sites).T

    def excess(tau2):
        w = 1 / (v + tau2)
        return float(w @ (y - w @ y / w.sum()) ** 2) - (len(y) - 1)

    found = random_effects(y[:, None], v[:, None])
    expected = brentq(excess, 0, 1000, xtol=1e-14) if excess(0) > 0 else 0.0
    assert float(found.tau[0] ** 2) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(st.lists(st.floats(-4, 4), min_size=3, max_size=10), st.floats(0.01, 2))
def test_equal_hospitals_have_a_closed_form(y, v):
    """The mean is the plain one, tau^2 is s^2 - v, and SE^2 is s^2 / k, at least v / k."""
    k, s2 = len(y), float(np.var(y, ddof=1))
    assume(abs(s2 / v - 1) > 1e-6)
    found = random_effects(np.array(y)[:, None], np.full((k, 1), v))
    tau2, error2 = max(s2 - v, 0.0), max(s2, v) / k
    assert float(found.mean[0]) == pytest.approx(np.mean(y), abs=1e-9)
    half = t.ppf(0.975, k - 2) * math.sqrt(tau2 + error2)
    assert float(found.prediction_high[0] - found.mean[0]) == pytest.approx(half, rel=1e-6)
    assert float(found.mean[0] - found.low[0]) == pytest.approx(t.ppf(0.975, k - 1) * math.sqrt(error2), rel=1e-6)


@given(logits, st.floats(-3, 3), st.randoms())
def test_order_and_place_of_the_hospitals_do_not_matter(sites, moved, random):
    y, v = np.array(sites).T[..., None]
    shuffled = sites.copy()
    random.shuffle(shuffled)
    other_y, other_v = np.array(shuffled).T[..., None]
    one, other = random_effects(y, v), random_effects(other_y + moved, other_v)
    assert other.prediction_low == pytest.approx(one.prediction_low + moved, rel=1e-6, abs=1e-6)
    assert other.prediction_high == pytest.approx(one.prediction_high + moved, rel=1e-6, abs=1e-6)
    assert (one.prediction_low <= one.low).all() and (one.high <= one.prediction_high).all()


def test_many_thresholds_are_one_call():
    rng = np.random.default_rng(0)
    y, v = rng.normal(size=(5, 40)), rng.uniform(0.01, 1, (5, 40))
    together = random_effects(y, v).prediction_low
    assert together == pytest.approx([random_effects(y[:, [j]], v[:, [j]]).prediction_low[0] for j in range(40)])


def test_two_hospitals_are_refused():
    with pytest.raises(ValueError, match="3 hospitals or more, not 2"):
        random_effects(np.zeros((2, 1)), np.ones((2, 1)))


def test_only_rates_of_0_and_1_are_corrected():
    logit, variance = logit_and_variance([0.9, 1.0, 0.0], [50, 50, 20.5])
    assert logit == pytest.approx([math.log(9), math.log(50.5 / 0.5), math.log(0.5 / 21)])
    assert variance == pytest.approx([1 / 45 + 1 / 5, 1 / 50.5 + 2, 2 + 1 / 21])
