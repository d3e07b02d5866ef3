"""Limits that allow for an uncertain spread, against the same mixture solved anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2, norm, t

from core.evaluation.estimates.random_effects import logit_and_variance, random_effects
from core.evaluation.estimates.uncertain_spread import cautious_limits

TEN = np.array([90, 85, 200, 45, 330, 61, 77, 148, 500, 39]), np.array([100, 90, 240, 50, 340, 65, 90, 150, 580, 40])


def paule_mandel(y, v, target):
    def excess(tau2):
        w = 1 / (v + tau2)
        return float(w @ (y - w @ y / w.sum()) ** 2) - target

    return brentq(excess, 0, 1e4) if excess(0) > 0 else 0.0


def mixture(x, n, draws=100):
    """Quantiles of the next hospital's logit, one normal distribution for each of evenly spread quantiles of chi^2; and
    the lower limit that takes tau^2 as known, at the same variances."""
    k, y = len(x), np.log((x + 0.5) / (n - x + 0.5))

    def mean_of(v, tau2):
        w = 1 / (v + tau2)
        return w @ y / w.sum(), 1 / w.sum() * max(w @ (y - w @ y / w.sum()) ** 2 / (k - 1), 1)

    own = 1 / (x + 0.5) + 1 / (n - x + 0.5)
    common = expit(mean_of(own, paule_mandel(y, own, k - 1))[0])
    v = 1 / (n * common + 0.5) + 1 / (n * (1 - common) + 0.5)
    spreads = [paule_mandel(y, v, target) for target in chi2.ppf((np.arange(draws) + 0.5) / draws, k - 1)]
    means, errors2 = np.array([mean_of(v, tau2) for tau2 in spreads]).T
    parts = norm(means, np.sqrt(errors2 + spreads))
    mean, error2 = mean_of(v, tau2 := paule_mandel(y, v, k - 1))
    known = mean - t.ppf(0.975, k - 2) * np.sqrt(tau2 + error2)
    return known, *(brentq(lambda end, tail=tail: parts.cdf(end).mean() - tail, -50, 50) for tail in (0.025, 0.975))


def test_limits_are_those_of_the_mixture():
    x, n = TEN
    low, high = cautious_limits((x / n)[:, None], n[:, None])
    plain = random_effects(*logit_and_variance((x / n)[:, None], n[:, None]))
    known, least, most = mixture(x, n)
    assert high[0] > plain.prediction_high[0]
    assert high[0] == pytest.approx(most, abs=1e-5)
    assert low[0] == pytest.approx(min(known, least, plain.prediction_low[0]), abs=1e-5)


def test_alike_hospitals_may_differ_by_more_than_is_seen():
    """Ten hospitals of 100 that differ by a little less than chance, so that tau^2 is estimated as 0."""
    rate, size = np.tile([[0.87], [0.92]], (5, 1)), np.full((10, 1), 100.0)
    plain, (low, high) = random_effects(*logit_and_variance(rate, size)), cautious_limits(rate, size)
    assert plain.tau[0] == 0
    assert low[0] < plain.prediction_low[0] and high[0] > plain.prediction_high[0]


sites = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=3, max_size=8)


@settings(max_examples=40, deadline=None)
@given(sites)
def test_never_within_the_plain_limits(cells):
    x, n = np.array([(right, right + wrong) for right, wrong in cells], dtype=float).T
    plain = random_effects(*logit_and_variance((x / n)[:, None], n[:, None]))
    low, high = cautious_limits((x / n)[:, None], n[:, None])
    assert np.isfinite([low, high]).all()
    assert low <= plain.prediction_low and high >= plain.prediction_high
