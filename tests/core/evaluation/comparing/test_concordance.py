"""Agreement of two decisions, against statsmodels and by its own properties."""

import math

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from core.evaluation.comparing.concordance import concordance
from core.evaluation.predictions import Predictions


def images(n, per_patient=1):
    return Predictions(
        image_id=[f"i{k}" for k in range(n)],
        patient_id=[f"p{k // per_patient}" for k in range(n)],
        y_true=np.zeros(n, dtype=int),
        logit=np.zeros(n),
    )


@pytest.mark.parametrize("seed", range(4))
def test_of_one_image_a_patient_kappa_and_its_limits_are_statsmodels(seed):
    rng = np.random.default_rng(seed)
    a = rng.random(3000) < 0.4
    b = np.where(rng.random(3000) < 0.8, a, rng.random(3000) < 0.6)
    found = concordance(images(3000), a, b)
    table = [[np.sum((a == x) & (b == y)) for y in (False, True)] for x in (False, True)]
    oracle = cohens_kappa(np.array(table))
    assert found.kappa.value == pytest.approx(oracle.kappa)
    assert (found.kappa.low, found.kappa.high) == pytest.approx((oracle.kappa_low, oracle.kappa_upp), abs=2e-5)
    assert found.agreement.value == np.mean(a == b)


def test_images_of_one_patient_tell_no_more_than_one_of_them():
    rng = np.random.default_rng(5)
    a, b = rng.random(200) < 0.5, rng.random(200) < 0.5
    once = concordance(images(200), a, b)
    twice = concordance(images(400, 2), np.repeat(a, 2), np.repeat(b, 2))
    assert twice.kappa.value == pytest.approx(once.kappa.value)
    assert twice.kappa.high - twice.kappa.low >= once.kappa.high - once.kappa.low


def test_two_who_are_alike_or_call_all_alike_have_what_exists():
    a = np.arange(20) % 2 == 0
    assert concordance(images(20), a, a).kappa.value == 1
    alike = concordance(images(20), np.ones(20, dtype=bool), np.ones(20, dtype=bool))
    assert (alike.agreement.value, alike.kappa.reason) == (1, "both call every image alike")
    nothing = concordance(images(0), np.zeros(0, dtype=bool), np.zeros(0, dtype=bool))
    assert math.isnan(nothing.agreement.value) and math.isnan(nothing.kappa.value)
