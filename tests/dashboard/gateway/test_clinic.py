"""Prevalences, presets of the two thresholds and the order of images, counted by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard import gateway
from tests.dashboard.gateway import otherwise


def test_prevalence_is_the_share_of_ill_images_of_the_split(counted, exchanged):
    assert gateway.prevalence(counted, "validation").value == 6 / 20
    assert gateway.prevalence(counted, "test").value == 18 / 30
    assert gateway.prevalence(exchanged, "validation").value == 18 / 30
    for split in ("validation", "test"):
        own = counted.predictions(split)
        expected = otherwise.share(own.y_true == 1, own.patient_id)
        assert otherwise.limits(gateway.prevalence(counted, split)) == pytest.approx(expected)


def test_probabilities_belong_to_the_share_of_ill_of_validation(counted, exchanged, make_run):
    assert gateway.validation_share(counted) == 6 / 20
    assert gateway.validation_share(exchanged) == 18 / 30
    own = counted.predictions("validation")
    one_class = type(own)(**{name: getattr(own, name)[-3:] for name in ("image_id", "patient_id", "y_true", "logit")})
    assert gateway.validation_share(make_run(validation=one_class)) is None


def test_a_run_opens_with_what_validation_keeps_at_0_95(counted, exchanged, make_run):
    """All 6 ill are at or above -2; all 14 well are below 5. Of the other run 18 and 12, at -1.5 and 6.5."""
    assert gateway.first_thresholds(counted) == (-2.0, 5.0)
    assert gateway.first_thresholds(exchanged) == (-1.5, 6.5)
    ill = counted.predictions("validation")
    one_class = type(ill)(**{name: getattr(ill, name)[-3:] for name in ("image_id", "patient_id", "y_true", "logit")})
    assert gateway.first_thresholds(make_run(validation=one_class)) is None


def test_presets_are_the_best_of_validations_scores(counted):
    table = otherwise.points(counted.predictions("validation"))
    out = table[(table.tn + table.fn > 0) & (table.tn >= 0.9 * (table.tn + table.fn))]
    into = table[table.tp >= 0.75 * (table.tp + table.fp)]
    expected = {
        "sensitivity": table[table.sensitivity >= 0.95].threshold.max(),
        "npv": out.threshold.max(),
        "specificity": table[table.specificity >= 0.95].threshold.min(),
        "ppv": into.threshold.min(),
    }
    found = gateway.triage_points(counted, "0.90", "0.75")
    assert {rate: point.threshold for rate, point in found.items()} == expected
    assert expected == {"sensitivity": -2.0, "npv": 1.0, "specificity": 5.0, "ppv": 3.0}
    npv = found["npv"]
    assert (npv.tp, npv.fp, npv.tn, npv.fn) == (5, 3, 11, 1)


def test_each_floor_of_the_presets_is_its_own(counted, exchanged):
    """NPV: 13 of 15 below 3, 10 of 11 below 0, all 6 below -2. PPV: 5 of 8 from 1 up, exactly 4 of 5 from 3 up."""
    for npv, ppv, expected in (("0.85", "0.60", (3.0, 1.0)), ("0.95", "0.80", (-2.0, 3.0))):
        found = gateway.triage_points(counted, npv, ppv)
        assert (found["npv"].threshold, found["ppv"].threshold) == expected
    other = gateway.triage_points(exchanged, "0.85", "0.80")
    assert {rate: point.threshold for rate, point in other.items()} == {
        "sensitivity": -1.5,
        "npv": 0.5,
        "specificity": 6.5,
        "ppv": 1.5,
    }


@pytest.mark.parametrize("split", ["validation", "test"])
def test_images_lie_from_the_highest_score_down_as_patient_and_label(counted, split):
    own = counted.predictions(split)
    table = pd.DataFrame({"patient": own.patient_id, "label": own.y_true, "logit": own.logit})
    number = {name: place for place, name in enumerate(table["patient"].drop_duplicates())}
    table = table.sort_values("logit", ascending=False, kind="stable")
    found = gateway.images_in_order(counted, split)["image"]
    assert found.dtype == np.uint32
    assert found.tolist() == [2 * number[p] + label for p, label in zip(table["patient"], table["label"], strict=True)]


def test_the_first_images_of_validation_by_hand(counted):
    """7, 6 (patient l, the twelfth, ill), 5 (i ill), 4 (i well), 3 (k ill)."""
    assert gateway.images_in_order(counted, "validation")["image"].tolist()[:5] == [23, 23, 17, 16, 21]


def test_no_order_of_images_where_each_patient_has_one(counted, make_run):
    own = counted.predictions("validation")
    alone = replace(own, patient_id=own.image_id)
    run = make_run(validation=alone)
    assert gateway.images_in_order(run, "validation") is None
    assert gateway.images_in_order(run, "test") is not None, "patients of test have several"
