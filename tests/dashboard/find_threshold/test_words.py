"""The sentences of Find a threshold."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from core.config import TrainConfig
from core.evaluation.choosing.guarantee import FloorEvidence, NotGuaranteed
from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.choosing.patients_needed import StudySize
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.estimates.intervals import Estimate
from core.telling.scale import Scale
from dashboard.find_threshold import words

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


def size(rate, hits, patients, fewest, enough, sure):
    for_power = {"0.80": enough, "0.90": sure}
    return StudySize(rate=rate, hits=hits, patients=patients, fewest=fewest, for_power=for_power)


def test_refusals_call_the_classes_as_the_run_does_and_say_for_which_power():
    short = (size("specificity", 107, 110, 59, 530, 671),)
    found = NotGuaranteed(name="", rule="", reason="too few", floors=(), sizes=short)
    assert words.refusal(found, CLASSES) == (
        "Not possible with 110 patients without pneumonia. The fewest possible are 59, if every one is called rightly. "
        "If the true specificity is the 0.973 observed, a study of 530 with 80 % power and of 671 with 90 % power "
        "would guarantee it at this threshold."
    )
    both = (*short, size("sensitivity", 40, 40, 59, 59, None))
    text = words.refusal(replace(found, sizes=both), CLASSES)
    assert text.startswith(
        "Not possible with 110 patients without pneumonia and 40 patients with pneumonia. The fewest"
    )
    assert "671 patients without pneumonia and more than 100,000 patients with pneumonia with 90 % power" in text
    other = Unreachable(name="", rule="", reason="no threshold of 5 negative patients does it")
    assert words.refusal(other, CLASSES) == "No threshold of 5 negative patients does it."


ONCE = Requirement(kind="floor", floors=(("specificity", "0.9"),), confidence="0.95")
BOTH = Requirement(kind="both", floors=(("sensitivity", "0.9"), ("specificity", "0.9")), confidence="0.95")


def test_what_is_guaranteed_is_the_floor_and_the_bound_is_the_thresholds_alone():
    floor = FloorEvidence(rate="specificity", floor="0.9", confidence=0.975, patients=80, hits=79, bound=0.93236)
    assert words.guaranteed(floor, BOTH, CLASSES) == (
        "With 97.5 % confidence, specificity is at least 0.9: of 80 patients without pneumonia, one image each, "
        "79 are rightly sent home. For this threshold alone, had it been fixed beforehand, the lower bound would be "
        "0.9324; that is not guaranteed. The rates below count every image, so they can differ."
    )
    freely = words.guaranteed(replace(floor, confidence=0.99238), replace(ONCE, every_floor=True), CLASSES)
    assert freely.startswith(
        "With 95 % confidence for every floor of specificity at once, specificity is at least 0.9:"
    )
    assert "The highest of these floors that holds here is 0.93. The rates below" in freely


def test_the_thresholds_own_range_is_named_for_what_it_is():
    found = Estimate(value=0.0, low=-1.0, high=1.0, method="bootstrap over patients, 2,000 resamples")
    assert words.uncertainty(found, RAW, smooth=True).startswith(
        "The threshold itself, 95 % interval over patients: 0.2689 to 0.7311"
    )
    assert "smaller samples" in words.uncertainty(found, RAW, smooth=False)
    assert "cannot be said" in words.uncertainty(replace(found, low=float("nan")), RAW, smooth=True)


def test_both_floors_are_promised_together_and_one_question_once():
    assert words.like_validation(BOTH) == (
        "The 95 %, both floors together, are for children like those of validation, not for another hospital, and for "
        "one question asked once. To try floors freely, choose the confidence “tried freely”."
    )
    assert words.like_validation(ONCE, (ONCE,)) == words.like_validation(ONCE)


def test_tried_floors_are_counted_and_what_is_left_is_said():
    others = [replace(ONCE, floors=(("specificity", floor),)) for floor in ("0.8", "0.85", "0.7")]
    text = words.like_validation(ONCE, (ONCE, *others[:1], replace(ONCE, confidence="0.90")))
    assert "3 such questions were answered in this session" in text
    assert "at once has a confidence of at least 80 % (Bonferroni)" in text
    weak = [replace(own, confidence=confidence) for own in others for confidence in ("0.7", "0.5")]
    assert "that all the guarantees hold at once has no confidence left." in words.like_validation(ONCE, (ONCE, *weak))


def test_floors_tried_freely_hold_at_once():
    assert words.like_validation(replace(BOTH, every_floor=True)).endswith(
        "for all floors of sensitivity and of specificity from 0.50 to 0.99 at once: try as many as you like."
    )


RATES = {
    "sensitivity": Estimate(value=0.9, low=0.8, high=0.95, method=""),
    "specificity": Estimate(value=0.7, low=0.6, high=0.75, method=""),
}


def test_cost_of_a_thousand_patients_counts_each_error_at_its_own_price():
    """50 of 1,000 are ill: 5 missed at 20 and 285 falsely alarmed at 3, or the other way round."""
    at = "for every 1,000 patients at a prevalence of 5 %"
    for miss, alarm, cost, said in (("20", "3", 0.955, "955"), ("3", "20", 5.715, "5,715")):
        name, found, text = words.weighed(Requirement(kind="cost", miss=miss, alarm=alarm), RATES, 0.0, 0.05)
        assert (name, found.value, text) == ("Expected cost", pytest.approx(cost), f"{said} {at}")
        down = math.hypot(0.05 * float(miss) * 0.05, 0.95 * float(alarm) * 0.05)
        assert found.low == pytest.approx(cost - down)


def test_net_benefit_is_what_is_gained_less_what_it_costs():
    """Of 1,000 patients 400 are ill: 360 found, 180 falsely alarmed at a quarter each."""
    name, found, text = words.weighed(Requirement(kind="net_benefit", probability="0.2"), RATES, 0.0, 0.4)
    assert (name, found.value) == ("Net benefit", pytest.approx(0.36 - 0.18 / 4))
    assert text.startswith("worth 315 true positives for every 1,000 patients at a prevalence of 40 %")
    assert words.weighed(Requirement(kind="net_benefit", probability="0.2"), RATES, 0.0, 0.05)[
        1
    ].value == pytest.approx(0.045 - 0.285 / 4)


def test_share_called_positive_is_of_ill_and_well():
    name, found, text = words.weighed(Requirement(kind="capacity", capacity="0.5"), RATES, 0.0, 0.05)
    assert (name, found.value) == ("Called positive", pytest.approx(0.045 + 0.285))
    assert text.startswith("33 % of all are called positive at a prevalence of 5 %")
    assert words.weighed(Requirement(kind="floor"), RATES, 0.0, 0.05) is None
    together = words.weighed(Requirement(kind="capacity", capacity="0.5"), RATES, -0.5, 0.05)[1]
    assert together.high - together.low > found.high - found.low  # more of the one and fewer of the other are called


def test_the_price_of_calling_nothing_positive_is_that_of_every_miss():
    asked = Requirement(kind="cost", miss="20", alarm="3")
    assert words.lines_drawn(asked, 0.05)[1] == {"cost of calling nothing positive": 1.0}
    assert words.lines_drawn(Requirement(kind="net_benefit", probability="0.2"), 0.05)[1] == {
        "net benefit of calling nothing positive": 0.0
    }
    names, limits, title, _ = words.lines_drawn(Requirement(kind="capacity", capacity="0.25"), 0.05)
    assert (names, list(limits.values())) == ({"share": "share called positive"}, [0.25])
    assert title == "Share called positive at a prevalence of 5 %"
    names, limits, title, _ = words.lines_drawn(Requirement(kind="ppv", ppv="0.5"), 0.05)
    assert (names, limits) == ({"ppv": "PPV"}, {"floor of the PPV, 50 %": 0.5})
    assert title == "PPV at a prevalence of 5 %"


def test_each_stretch_in_which_it_holds_is_named_in_words():
    lines = pd.DataFrame({"threshold": [3.0, 2.0, 1.0, 0.0], "passes": [True, False, True, True], "ppv": 0.5})
    text = words.lines_in_words(lines, {"ppv": "PPV"}, Unreachable(name="", rule="", reason=""), RAW)
    assert "What was asked holds from 0.5000 to 0.7311, and from 0.9526 to 0.9526." in text


def test_a_threshold_that_parts_nobody_says_so():
    point = OperatingPoint(name="", rule="least expected cost", threshold=0.0, tp=3, fp=2, tn=0, fn=0)
    assert words.rule_of(point).endswith("It calls every image of validation positive.")
    assert words.rule_of(replace(point, fp=1, tn=1)) == "On validation, it has the least expected cost."
