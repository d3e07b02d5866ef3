import math

import pytest

from dashboard.scale import scales


def test_a_run_without_a_temperature_has_raw_probabilities_only():
    assert list(scales(None)) == ["raw"]
    assert list(scales({"temperature": {"value": None}})) == ["raw"]


def test_calibrated_comes_first_where_it_is_known():
    known = scales({"temperature": {"value": 2.0}})
    assert list(known) == ["calibrated", "raw"]
    assert known["calibrated"].probability(2 * math.log(3)) == pytest.approx(0.75)
    assert known["raw"].probability(math.log(3)) == pytest.approx(0.75)


@pytest.mark.parametrize("logit", [-30.0, -0.3, 0.0, 4.2])
def test_logit_and_name_are_inverse(logit):
    scale = scales({"temperature": {"value": 1.7}})["calibrated"]
    assert scale.logit(scale.probability(logit)) == pytest.approx(logit)
