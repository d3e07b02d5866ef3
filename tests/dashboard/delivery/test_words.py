import math
from dataclasses import replace

import pytest

from core.evaluation.comparing.delivery import Deliveries, Delivery, Needed, Support
from core.evaluation.comparing.prior_shift import InferredPrevalence
from core.evaluation.comparing.shift import ClassShift, PrevalenceShift, Shift
from core.evaluation.estimates.few_patients import FewPatients
from core.evaluation.estimates.intervals import Estimate
from dashboard.delivery import words as sentences
from dashboard.scale import Scale

WORDS = ("without pneumonia", "with pneumonia")
RAW = Scale(name="raw", temperature=1.0)


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high, method="by hand")


NOWHERE = Needed(threshold=0.0, move=0.0, reason="")


def delivered(rate_value, *, level=0.9, gap=(-0.3, -0.4, -0.2), kept=0, needed=NOWHERE):
    return Delivery(
        promised=estimate(0.95, 0.9, 0.98), delivered=estimate(rate_value, rate_value - 0.05, rate_value + 0.05),
        gap=estimate(*gap), level=level, is_floor=False, support=Support(kept=kept, drawn=2000), needed=needed,
    )  # fmt: skip


def deliveries(*, specificity=0.6, needed=NOWHERE):
    good = delivered(0.97, gap=(0.02, -0.01, 0.05), kept=2000)
    bad = delivered(specificity, needed=needed)
    return Deliveries(
        threshold=0.0, rates={"sensitivity": good, "specificity": bad}, binding=("sensitivity", "specificity"),
        support=bad.support, needed=needed,
    )  # fmt: skip


def moved(difference, p_value):
    return ClassShift(
        n_validation=1200, n_test=90, median_validation=estimate(-4.0, -4.2, -3.8),
        median_test=estimate(-4.0 + difference[0], -2.5, -1.5), difference=estimate(*difference), distance=2.2,
        chance=0.3, p_value=p_value, permutations=2000,
    )  # fmt: skip


STILL = moved((0.05, -0.2, 0.3), 0.6)
UP = moved((2.1, 1.8, 2.4), 1 / 2001)


def shift(*, difference=(0.1, 0.05, 0.15), inferred=(0.01, -0.02, 0.04), negative=STILL, positive=STILL):
    return Shift(
        prevalence=PrevalenceShift(
            validation=estimate(0.5, 0.4, 0.6), test=estimate(0.6, 0.5, 0.7), difference=estimate(*difference)
        ),
        inferred=InferredPrevalence(test=estimate(0.61, 0.55, 0.66), difference=estimate(*inferred)),
        classes={0: negative, 1: positive},
    )


def test_conclusion_says_what_prevalence_does_not_explain():
    text, warn = sentences.conclusion(shift(negative=UP), deliveries(), WORDS)
    assert text == (
        "Test has more images with pneumonia; but within images without pneumonia the scores moved by +2.10 logits "
        "(+1.80 to +2.40): prevalence alone does not explain the loss of specificity."
    )
    assert warn


def test_conclusion_without_a_loss_or_a_move_claims_nothing():
    fewer = shift(difference=(-0.1, -0.15, -0.05))
    calm = deliveries()
    calm = replace(calm, rates=dict.fromkeys(calm.rates, calm.rates["sensitivity"]))
    text, warn = sentences.conclusion(fewer, calm, WORDS)
    assert text.startswith("Test has fewer images with pneumonia, and no class shows")
    assert text.endswith(
        "no proof that there is none: the median can have moved within images without pneumonia by −0.20 to +0.30 "
        "logits and within images with pneumonia by −0.20 to +0.30 logits."
    )
    assert not warn
    text, warn = sentences.conclusion(shift(difference=(0.0, -0.1, 0.1)), deliveries(), WORDS)
    assert text.startswith(
        "The share with pneumonia is not clearly different, a difference of +0.000 (−0.100 to +0.100), and no class"
    )
    assert "the loss of specificity cannot be told from these images" in text
    assert warn


FEW = (FewPatients(where="test", label=1, patients=6), FewPatients(where="validation", label=0, patients=1))


def test_few_patients_cannot_tell_and_a_clear_change_still_can():
    calm = deliveries()
    calm = replace(calm, rates=dict.fromkeys(calm.rates, calm.rates["sensitivity"]))
    told = (
        "Test has more images with pneumonia. Too few patients to tell whether scores changed within a class: test has "
        "6 patients with pneumonia; validation has 1 patient without pneumonia; it takes 30 of each class in each set."
    )
    assert sentences.conclusion(shift(), calm, WORDS, FEW) == (told, False)
    lost = f"{told} What lies behind the loss of specificity cannot be told."
    assert sentences.conclusion(shift(), deliveries(), WORDS, FEW) == (lost, True)
    moved_all_the_same = sentences.conclusion(shift(negative=UP), deliveries(), WORDS, FEW)
    assert moved_all_the_same == sentences.conclusion(shift(negative=UP), deliveries(), WORDS)
    nothing = shift(difference=(math.nan,) * 3, positive=moved((0.1, math.nan, math.nan), math.nan))
    text, _ = sentences.conclusion(nothing, calm, WORDS)
    assert text.startswith("The prevalence cannot be compared, and no class")
    assert text.endswith("within images with pneumonia by any amount (no interval).")


def test_both_classes_and_a_change_of_spread():
    spread = moved((0.1, -0.2, 0.4), 0.01)
    text, _ = sentences.conclusion(shift(negative=UP, positive=spread), None, WORDS)
    assert "within images without pneumonia the scores moved by +2.10 logits" in text
    assert "and within images with pneumonia the scores changed their spread (median +0.10 logits)" in text
    assert text.endswith("prevalence alone does not explain what changed.")


def test_prevalence_beside_what_scores_alone_would_say():
    text = sentences.prevalence(shift(), WORDS[1])
    assert text.startswith("Test has more images with pneumonia: 0.600, 0.500 in validation. From test's scores alone")
    assert (
        "0.610 (0.550 to 0.660). These patients do not tell it from the true share, a difference of +0.010 (−0.020 to "
        "+0.040): within that interval scores can have moved in a way that prevalence alone does not explain."
    ) in text
    alike = sentences.prevalence(shift(difference=(0.02, -0.1, 0.14)), WORDS[1])
    assert "0.600 in test, 0.500 in validation, a difference of +0.020 (−0.100 to +0.140)." in alike
    assert "more than there is" in sentences.prevalence(shift(inferred=(0.2, 0.1, 0.3)), WORDS[1])
    assert "less than there is" in sentences.prevalence(shift(inferred=(-0.2, -0.3, -0.1)), WORDS[1])
    unknown = replace(shift(), inferred=InferredPrevalence(
        test=Estimate.undefined("x"), difference=Estimate.undefined("x")))  # fmt: skip
    assert sentences.prevalence(unknown, WORDS[1]).endswith("0.500 in validation.")


def test_headline_names_the_rate_that_was_not_kept():
    head, text, warn = sentences.headline(deliveries(), "Youden's J")
    assert head == "Test did not keep the promise: specificity 0.600 (at least 0.900 was to be kept)."
    assert text == (
        "Kept means that test's own figure reaches the lower limit of validation's interval. "
        "Youden's J: 0 of 2,000 resamples of test keep it."
    )
    assert warn


def test_headline_says_what_was_kept_and_what_kept_means():
    head, _, warn = sentences.headline(deliveries(specificity=0.92), "Youden's J")
    assert head == (
        "Test kept the promise: sensitivity 0.970 (at least 0.900 was to be kept) and specificity 0.920 "
        "(at least 0.900 was to be kept)."
    )
    assert not warn
    found = deliveries()
    floored = replace(found.rates["specificity"], delivered=estimate(0.89996, 0.8, 0.95), is_floor=True)
    found = replace(found, rates=found.rates | {"specificity": floored}, binding=("specificity",))
    head, text, _ = sentences.headline(found, "Specificity at least 0.90")
    assert head == "Test did not keep the promise: specificity 0.89996 (at least 0.90000 was to be kept)."
    assert text.startswith("Kept means that test's own figure reaches the rule's floor. Specificity at least 0.90: ")


@pytest.mark.parametrize(
    ("delivered_value", "level", "lost"),
    [(0.9, 0.9, False), (math.nextafter(0.9, 0), 0.9, True), (math.nextafter(0.9, 1), 0.9, False), (0.0, 0.0, False),
     (1.0, 1.0, False)],
)  # fmt: skip
def test_a_promise_that_is_met_exactly_is_kept(delivered_value, level, lost):
    good, tied = delivered(0.97, level=0.9, kept=2000), delivered(delivered_value, level=level)
    found = replace(deliveries(), rates={"sensitivity": good, "specificity": tied}, support=good.support)
    head, _, warn = sentences.headline(found, "x")
    assert warn is lost
    assert head.startswith("Test did not keep the promise: specificity" if lost else "Test kept the promise:")


def test_nothing_promised_is_said():
    missing = Needed(threshold=math.nan, move=math.nan, reason="test has no negative images")
    bad = replace(delivered(0.6, needed=missing), support=Support(kept=0, drawn=0))
    found = replace(deliveries(), rates={"sensitivity": bad, "specificity": bad}, support=bad.support, needed=missing)
    assert sentences.headline(found, "x")[:2] == ("Nothing can be held against test.", "Test has no negative images.")


@pytest.mark.parametrize(
    ("needed", "cell", "sentence"),
    [
        (NOWHERE, ("no move", "kept where it is"), "did not have to move"),
        (Needed(threshold=math.log(3), move=math.log(3), reason=""), ("+1.10 logits", "probability 0.5000 → 0.7500"),
         "by +1.10 logits (probability 0.5000 → 0.7500)."),
        (Needed(threshold=math.nan, move=math.nan, reason="no score does"), ("—", "no score does"),
         "No threshold on test would have kept the promise: no score does."),
    ],
)  # fmt: skip
def test_move_that_was_needed(needed, cell, sentence):
    assert sentences.needed(needed, 0.0, RAW) == cell
    assert sentence in sentences.needed_in_words(deliveries(needed=needed), RAW)


def test_table_has_a_row_a_class_and_the_smallest_p_is_not_rounded_up():
    table = sentences.shift_table(shift(negative=UP), WORDS)
    assert table.iloc[0].tolist() == [
        "without pneumonia (1,200, 90)", "−4.00 (−4.20 to −3.80)", "−1.90 (−2.50 to −1.50)",
        "+2.10 (+1.80 to +2.40)", "2.20 (by chance up to 0.30)", "0.0005",
    ]  # fmt: skip
    assert table.iloc[1]["p of the permutation test"] == "0.600"
    unknown = replace(UP, p_value=math.nan, distance=math.nan)
    assert (
        "none of this class"
        in sentences.shift_table(shift(negative=unknown), WORDS).iloc[0]["p of the permutation test"]
    )
