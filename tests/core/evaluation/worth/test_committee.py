"""What committees ask for at one threshold, against closed forms, statsmodels, pandas and a bootstrap."""

import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from core.evaluation.choosing.operating_point import rates
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.committee import (
    any_image,
    by_patient,
    flagged_share,
    interventions_avoided,
    number_needed_to_evaluate,
)
from core.evaluation.worth.utility import net_benefit_at


def images(seed, n=300, per_patient=1):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    return Predictions(
        image_id=[f"i{k}" for k in range(n)],
        patient_id=[f"p{k // per_patient}" for k in range(n)],
        y_true=truth,
        logit=rng.normal(1.5 * truth - 0.75),
    )


def test_the_number_needed_to_evaluate_is_one_over_ppv():
    own = images(0)
    ppv = rates(threshold_sweep(own), 0.2)["precision"]
    found = number_needed_to_evaluate(ppv)
    called = own.logit >= 0.2
    assert found.value == pytest.approx(called.sum() / (called & (own.y_true == 1)).sum())
    low, high = proportion_confint((called & (own.y_true == 1)).sum(), called.sum(), method="wilson")
    assert (found.low, found.high) == pytest.approx((1 / high, 1 / low))
    nobody = rates(threshold_sweep(own), 99.0)["precision"]
    assert math.isnan(number_needed_to_evaluate(nobody).value)


@pytest.mark.parametrize("per_patient", [1, 3])
def test_interventions_avoided_are_the_gain_over_treating_all_in_false_positives(per_patient):
    own = images(1, per_patient=per_patient)
    price = math.exp(-0.4)
    found = interventions_avoided(own, -0.4, price)
    assert found.value == pytest.approx(net_benefit_at(own, -0.4, 1.0).gain.value / price)
    rng = np.random.default_rng(0)
    kept = own.logit < -0.4
    worth = np.where(kept, np.where(own.y_true == 1, -1 / price, 1.0), 0.0).reshape(-1, per_patient).sum(axis=1)
    draws = worth[rng.integers(0, len(worth), (4000, len(worth)))].sum(axis=1) / own.n
    low, high = np.quantile(draws, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)


def test_the_flagged_share_is_wilsons():
    own = images(2)
    found = flagged_share(own, 0.0)
    called = int((own.logit >= 0).sum())
    assert found.value == called / own.n
    assert (found.low, found.high) == pytest.approx(proportion_confint(called, own.n, method="wilson"))


def test_a_patient_is_positive_if_any_image_is():
    own = images(3, per_patient=3)
    table = pd.DataFrame({"p": own.patient_id, "y": own.y_true, "s": own.logit}).groupby("p", sort=False).max()
    patients = any_image(own)
    assert patients.patient_id.tolist() == table.index.tolist()
    assert patients.y_true.tolist() == table["y"].tolist() and patients.logit.tolist() == table["s"].tolist()
    found = by_patient(own, 0.5)
    ill = table[table["y"] == 1]
    assert found.sensitivity.value == pytest.approx((ill["s"] >= 0.5).mean()) and found.ill == len(ill)
    limits = proportion_confint((ill["s"] >= 0.5).sum(), len(ill), method="wilson")
    assert (found.sensitivity.low, found.sensitivity.high) == pytest.approx(limits)
    assert found.specificity.value == pytest.approx((table[table["y"] == 0]["s"] < 0.5).mean())


def test_of_one_image_a_patient_nothing_changes_and_without_images_nothing_is_known():
    own = images(4)
    assert by_patient(own, 0.1).sensitivity.value == rates(threshold_sweep(own), 0.1)["sensitivity"].value
    none = images(5, n=0)
    assert math.isnan(interventions_avoided(none, 0.0, 1.0).value) and math.isnan(flagged_share(none, 0.0).value)
    assert by_patient(none, 0.0).sensitivity.reason == "no patient is ill"
