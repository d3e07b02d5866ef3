"""The sentences of Find a threshold."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.config import TrainConfig
from core.evaluation.choosing.guarantee import FloorEvidence, NotGuaranteed, Shortage
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.estimates.intervals import Estimate
from dashboard.find_threshold import words
from dashboard.scale import Scale

CLASSES = ("without pneumonia", "with pneumonia")
RAW = Scale(name="raw", temperature=1.0)


def run(recipe="default", checkpoint="best_model.pt", **data):
    return SimpleNamespace(manifest={"data": data}, config=TrainConfig(recipe=recipe), checkpoint=checkpoint)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (run(checkpoint_chosen_on_validation=False), "as stated"),
        (run(checkpoint_chosen_on_validation=True), "Approximate"),
        (run(recipe="seed"), "Approximate"),
        (run(), "as stated"),
        (run(checkpoint=None), "is not known"),
    ],
)
def test_confidence_is_approximate_where_validation_chose_the_checkpoint(of, said):
    assert said in words.freshness(of)


def test_refusals_call_the_classes_as_the_run_does():
    short = (Shortage(rate="specificity", patients=110, needed=420),)
    found = NotGuaranteed(name="", rule="", reason="too few", floors=(), needed=None, short=short)
    assert words.refusal(found, CLASSES) == (
        "Not possible with 110 patients without pneumonia; about 420 would be needed."
    )
    both = (*short, Shortage(rate="sensitivity", patients=40, needed=59))
    assert words.refusal(replace(found, short=both), CLASSES) == (
        "Not possible with 110 patients without pneumonia and 40 patients with pneumonia; about 420 patients without "
        "pneumonia and 59 patients with pneumonia would be needed."
    )
    other = Unreachable(name="", rule="", reason="no threshold of 5 negative patients does it")
    assert words.refusal(other, CLASSES) == "No threshold of 5 negative patients does it."


def test_evidence_counts_patients_and_says_whose_confidence():
    floor = FloorEvidence(rate="specificity", floor="0.9", confidence=0.975, patients=80, hits=79, bound=0.93236)
    assert words.guaranteed(floor, CLASSES) == (
        "With 97.5 % confidence, specificity is at least 0.9324: of 80 patients without pneumonia, one image each, "
        "79 are rightly sent home. The rates below count every image, so they can differ."
    )


def test_the_thresholds_own_range_is_named_for_what_it_is():
    found = Estimate(value=0.0, low=-1.0, high=1.0, method="bootstrap over patients, 2,000 resamples")
    assert words.uncertainty(found, RAW, smooth=True).startswith(
        "The threshold itself, 95 % interval over patients: 0.2689 to 0.7311"
    )
    assert "m out of n" in words.uncertainty(found, RAW, smooth=False)
    assert "cannot be said" in words.uncertainty(replace(found, low=float("nan")), RAW, smooth=True)


def test_both_floors_are_promised_together_and_one_question_once():
    both = Requirement(kind="both", floors=(("sensitivity", "0.9"), ("specificity", "0.9")), confidence="0.95")
    assert words.like_validation(both).startswith("The 95 %, both floors together,")
    assert "uses them up" in words.like_validation(both)


def test_a_threshold_that_parts_nobody_says_so():
    point = OperatingPoint(name="", rule="least expected cost", threshold=0.0, tp=3, fp=2, tn=0, fn=0)
    assert words.rule_of(point).endswith("It calls every image of validation positive.")
    assert words.rule_of(replace(point, fp=1, tn=1)) == "On validation, it has the least expected cost."
