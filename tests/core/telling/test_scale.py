import math

import pytest

from core.telling.scale import scales_of


def test_a_run_without_a_temperature_has_raw_probabilities_only():
    assert list(scales_of(None)) == ["raw"]
    assert list(scales_of({"temperature": {"value": None}})) == ["raw"]


def test_calibrated_comes_first_where_it_is_known():
    known = scales_of({"temperature": {"value": 2.0}})
    assert list(known) == ["calibrated", "raw"]
    assert known["calibrated"].probability(2 * math.log(3)) == pytest.approx(0.75)
    assert known["raw"].probability(math.log(3)) == pytest.approx(0.75)


@pytest.mark.parametrize("logit", [-30.0, -0.3, 0.0, 4.2])
def test_logit_and_name_are_inverse(logit):
    scale = scales_of({"temperature": {"value": 1.7}})["calibrated"]
    assert scale.logit(scale.probability(logit)) == pytest.approx(logit)


def test_at_another_prevalence_the_odds_are_others():
    """Even odds among 80 % ill are odds of 1 to 4 among an even share, by Bayes' rule."""
    scale = scales_of({"temperature": {"value": 2.0}})["calibrated"].at(0.8, 0.5)
    assert scale.probability(0.0) == pytest.approx(0.2)
    assert scale.logit(0.2) == pytest.approx(0.0, abs=1e-12)
    assert scale.logit(scale.probability(1.3)) == pytest.approx(1.3)
