"""The shift of log odds against Bayes' rule in fractions, and against a population that is thinned."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from core.evaluation.calibration.at_prevalence import log_odds, log_odds_shift


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.74, 0.999])
def test_log_odds_are_scipys(share: float) -> None:
    assert log_odds(share) == pytest.approx(float(logit(share)), abs=1e-12)


@pytest.mark.parametrize(("share", "prevalence"), [(0.74, 0.05), (0.5, 0.9), (0.2, 0.2)])
def test_is_bayes_rule(share: float, prevalence: float) -> None:
    """A score that is three times as likely with the finding as without, whatever share has it."""
    ratio = Fraction(3)

    def posterior(prior: Fraction) -> Fraction:
        return ratio * prior / (ratio * prior + 1 - prior)

    own, there = posterior(Fraction(str(share))), posterior(Fraction(str(prevalence)))
    assert expit(logit(float(own)) + log_odds_shift(share, prevalence)) == pytest.approx(float(there), abs=1e-12)


def test_holds_where_ill_children_are_left_out_at_random() -> None:
    """Normal scores of both classes: the true probability of a score among 74 % ill, carried to 10 %."""
    scores = np.linspace(-4, 4, 9)
    ill, well = norm.pdf(scores, 1), norm.pdf(scores, -1)
    own = 0.74 * ill / (0.74 * ill + 0.26 * well)
    there = 0.10 * ill / (0.10 * ill + 0.90 * well)
    assert expit(logit(own) + log_odds_shift(0.74, 0.10)) == pytest.approx(there, abs=1e-12)


def test_same_share_changes_nothing_and_there_is_a_way_back() -> None:
    assert log_odds_shift(0.74, 0.74) == 0
    assert log_odds_shift(0.74, 0.05) == -log_odds_shift(0.05, 0.74)


@pytest.mark.parametrize("share", [0, 1, -0.1, math.nan])
def test_a_share_that_knows_everybody_has_no_odds(share: float) -> None:
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        log_odds_shift(share, 0.5)
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        log_odds_shift(0.5, share)
