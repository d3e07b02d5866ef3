import math
from dataclasses import replace

import pytest

from core.evaluation.choosing.requirement import Requirement
from core.evaluation.comparing.delivery import Deliveries, Delivery, Needed, Support
from core.evaluation.comparing.difference_from_validation import Difference
from core.evaluation.comparing.prior_shift import InferredPrevalence
from core.evaluation.comparing.promise import Judgement, Verdict
from core.evaluation.comparing.shift import ClassShift, PrevalenceShift, Shift
from core.evaluation.estimates.few_patients import FewPatients
from core.evaluation.estimates.intervals import Estimate
from core.telling.scale import Scale
from dashboard.delivery import words as sentences

WORDS = ("without pneumonia", "with pneumonia")
RAW = Scale(name="raw", temperature=1.0)


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high, method="by hand")


NOWHERE = Needed(threshold=0.0, move=0.0, reason="")


def delivered(value, verdict, *, floor=0.9, reason="", needed=NOWHERE):
    limits = estimate(value, value - 0.06, value + 0.04)
    return Delivery(
        delivered=estimate(value, value - 0.05, value + 0.03),
        support=Support(kept=7, drawn=2000),
        needed=needed,
        judgement=Judgement(floor=floor, margin=0.0, limits=limits, verdict=verdict, reason=reason),
    )


def deliveries(needed=NOWHERE, **rates):
    return Deliveries(threshold=0.0, rates=rates, support=Support(kept=7, drawn=2000), needed=needed)


def compared(value, low, high):
    """A rate whose corrected gap is this, and whose plain one is 0.01 less."""
    return Difference(
        validation=estimate(0.95, 0.9, 0.98),
        optimism=0.01,
        corrected=estimate(0.94, 0.89, 0.97),
        delivered=estimate(0.94 + value, 0.5, 0.99),
        gap=estimate(value - 0.01, low, high - 0.01),
        corrected_gap=estimate(value, low, high),
    )


LOST = {"sensitivity": compared(0.02, -0.01, 0.05), "specificity": compared(-0.3, -0.4, -0.2)}
ALIKE = dict.fromkeys(LOST, LOST["sensitivity"])


def moved(difference, p_value):
    return ClassShift(
        n_validation=1200,
        n_test=90,
        median_validation=estimate(-4.0, -4.2, -3.8),
        median_test=estimate(-4.0 + difference[0], -2.5, -1.5),
        difference=estimate(*difference),
        distance=2.2,
        chance=0.3,
        p_value=p_value,
        permutations=2000,
    )


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
    text, warn = sentences.conclusion(shift(negative=UP), LOST, WORDS, named="test")
    assert text == (
        "Test has more images with pneumonia; but within images without pneumonia the scores moved by +2.10 logits "
        "(+1.80 to +2.40): prevalence alone does not explain the loss of specificity."
    )
    assert warn


def test_conclusion_without_a_loss_or_a_move_claims_nothing():
    fewer = shift(difference=(-0.1, -0.15, -0.05))
    text, warn = sentences.conclusion(fewer, ALIKE, WORDS, named="test")
    assert text.startswith("Test has fewer images with pneumonia, and no class shows")
    assert text.endswith(
        "no proof that there is none: the median can have moved within images without pneumonia by −0.20 to +0.30 "
        "logits and within images with pneumonia by −0.20 to +0.30 logits."
    )
    assert not warn
    text, warn = sentences.conclusion(shift(difference=(0.0, -0.1, 0.1)), LOST, WORDS, named="test")
    assert text.startswith(
        "The share with pneumonia shows no clear difference: +0.000 (−0.100 to +0.100), and no class"
    )
    assert "the loss of specificity cannot be told from these images" in text
    assert warn


FEW = (FewPatients(where="test", label=1, patients=6), FewPatients(where="validation", label=0, patients=1))


def test_few_patients_cannot_tell_and_a_clear_change_still_can():
    told = (
        "Test has more images with pneumonia. Too few patients to tell whether scores changed within a class: test has "
        "6 patients with pneumonia; validation has 1 patient without pneumonia; it takes 30 of each class in each set."
    )
    assert sentences.conclusion(shift(), ALIKE, WORDS, FEW, named="test") == (told, False)
    lost = f"{told} What lies behind the loss of specificity cannot be told."
    assert sentences.conclusion(shift(), LOST, WORDS, FEW, named="test") == (lost, True)
    moved_all_the_same = sentences.conclusion(shift(negative=UP), LOST, WORDS, FEW, named="test")
    assert moved_all_the_same == sentences.conclusion(shift(negative=UP), LOST, WORDS, named="test")
    nothing = shift(difference=(math.nan,) * 3, positive=moved((0.1, math.nan, math.nan), math.nan))
    text, _ = sentences.conclusion(nothing, ALIKE, WORDS, named="test")
    assert text.startswith("The prevalence cannot be compared, and no class")
    assert text.endswith("within images with pneumonia by any amount (no interval).")


def test_both_classes_and_a_change_of_spread():
    spread = moved((0.1, -0.2, 0.4), 0.01)
    text, _ = sentences.conclusion(shift(negative=UP, positive=spread), None, WORDS, named="test")
    assert "within images without pneumonia the scores moved by +2.10 logits" in text
    assert "and within images with pneumonia the scores changed their spread (median +0.10 logits)" in text
    assert text.endswith("prevalence alone does not explain what changed.")


@pytest.mark.parametrize(("p", "warns"), [((0.04, 0.5), False), ((0.024, 0.5), True), ((0.04, 0.045), False)])
def test_a_class_is_said_to_have_moved_only_where_holms_p_of_both_says_so(p, warns):
    """0.04 alone would warn; of two classes the smaller p is doubled."""
    two = shift(negative=moved((2.1, 1.8, 2.4), p[0]), positive=moved((2.1, 1.8, 2.4), p[1]))
    assert sentences.conclusion(two, None, WORDS, named="test")[1] is warns


def test_prevalence_beside_what_scores_alone_would_say():
    text = sentences.prevalence(shift(), WORDS[1], named="test")
    assert text.startswith(
        "Test has more images with pneumonia: 0.600, 0.500 in validation. From the scores of test alone"
    )
    assert (
        "0.610 (0.550 to 0.660). Against the true share it shows no clear difference: +0.010 (−0.020 "
        "to +0.040). Within that interval scores can have moved in a way that prevalence alone does not explain."
    ) in text
    alike = sentences.prevalence(shift(difference=(0.02, -0.1, 0.14)), WORDS[1], named="test")
    assert "0.600 in test, 0.500 in validation, +0.020 (−0.100 to +0.140)." in alike
    assert "more than there is" in sentences.prevalence(shift(inferred=(0.2, 0.1, 0.3)), WORDS[1], named="test")
    assert "less than there is" in sentences.prevalence(shift(inferred=(-0.2, -0.3, -0.1)), WORDS[1], named="test")
    unknown = replace(
        shift(), inferred=InferredPrevalence(test=Estimate.undefined("x"), difference=Estimate.undefined("x"))
    )
    assert sentences.prevalence(unknown, WORDS[1], named="test").endswith("0.500 in validation.")


@pytest.mark.parametrize(
    ("verdict", "reason", "head", "broken"),
    [
        (Verdict.HELD, "", "The promise is held: specificity 0.960, at least 0.900 was promised.", False),
        (Verdict.BROKEN, "", "The promise is broken: specificity 0.960, at least 0.900 was promised.", True),
        (
            Verdict.UNTOLD,
            "few",
            "These patients do not tell whether the promise is held: specificity 0.960, at least 0.900 was promised.",
            False,
        ),
    ],
)
def test_headline_has_one_of_three_words_and_only_a_broken_promise_warns(verdict, reason, head, broken):
    found = deliveries(specificity=delivered(0.96, verdict, reason=reason))
    text = "Specificity at least 0.90. Few." if reason else "Specificity at least 0.90."
    assert sentences.headline(found, "Specificity at least 0.90") == (head, text, broken)


def test_headline_of_two_floors_names_what_decides():
    held, broken = delivered(0.97, Verdict.HELD), delivered(0.89996, Verdict.BROKEN)
    head, _, warn = sentences.headline(deliveries(sensitivity=held, specificity=broken), "Locked: ward")
    assert head == "The promise is broken: specificity 0.89996, at least 0.90000 was promised."
    assert warn
    head, _, _ = sentences.headline(deliveries(sensitivity=held, specificity=held), "Locked: ward")
    assert "sensitivity 0.970, at least 0.900 was promised and specificity 0.970" in head


def test_a_rate_that_test_does_not_have_is_named_with_its_reason():
    missing = replace(delivered(0.5, Verdict.UNTOLD, reason="no negative images"), delivered=Estimate.undefined("x"))
    head, text, warn = sentences.headline(deliveries(specificity=missing), "x")
    assert head == "These patients do not tell whether the promise is held: specificity of at least 0.900."
    assert text == "x. No negative images."
    assert not warn


def test_difference_is_said_of_the_corrected_gap_in_its_words():
    text, lost = sentences.difference(LOST, named="test")
    assert text == "Test differs, more than chance, from validation: specificity −0.300 (−0.400 to −0.200)."
    assert lost
    text, lost = sentences.difference(ALIKE, named="test")
    assert text.startswith(
        "There is no clear difference between validation and test: sensitivity +0.020 (−0.010 to +0.050), specificity"
    )
    assert not lost
    gain = ALIKE | {"sensitivity": compared(0.03, 0.01, 0.05)}
    assert sentences.difference(gain, named="test") == (
        "Test differs, more than chance, from validation: sensitivity +0.030 (+0.010 to +0.050).",
        False,
    )
    unknown = replace(LOST["sensitivity"], corrected_gap=Estimate.undefined("no positive images"))
    assert sentences.difference({"sensitivity": unknown}, named="test") == (
        "Validation and test cannot be compared: no positive images.",
        False,
    )


@pytest.mark.parametrize(
    ("needed", "cell", "sentence"),
    [
        (NOWHERE, ("no move", "test reaches the floor where it is"), "did not have to move"),
        (
            Needed(threshold=math.log(3), move=math.log(3), reason=""),
            ("+1.10 logits", "probability 0.5000 → 0.7500"),
            "by +1.10 logits (probability 0.5000 → 0.7500).",
        ),
        (
            Needed(threshold=math.nan, move=math.nan, reason="no score does"),
            ("—", "no score does"),
            "No threshold reaches what was promised on test: no score does.",
        ),
    ],
)
def test_move_that_was_needed(needed, cell, sentence):
    assert sentences.needed(needed, 0.0, RAW, named="test") == cell
    assert sentence in sentences.needed_in_words(deliveries(needed), RAW, named="test")


def test_table_has_a_row_a_class_and_the_smallest_p_is_not_rounded_up():
    table = sentences.shift_table(shift(negative=UP), WORDS, named="test")
    assert table.iloc[0].tolist() == [
        "without pneumonia (1,200, 90)",
        "−4.00 (−4.20 to −3.80)",
        "−1.90 (−2.50 to −1.50)",
        "+2.10 (+1.80 to +2.40)",
    ]
    chance = sentences.chance_table(shift(negative=UP), WORDS)
    assert chance.iloc[0].tolist() == ["without pneumonia", "2.20 (by chance up to 0.30)", "0.0005"]
    assert chance.iloc[1]["p value of the permutation test"] == "0.600"
    unknown = replace(UP, p_value=math.nan, distance=math.nan)
    assert (
        "none of this class"
        in sentences.chance_table(shift(negative=unknown), WORDS).iloc[0]["p value of the permutation test"]
    )


def test_whether_a_gap_is_corrected_for_the_choice_is_said():
    question = Requirement(kind="floor", floors=(("sensitivity", "0.90"),))
    sure = replace(question, confidence="0.95")
    assert "corrected for that choice: the question is asked again" in sentences.correction(question, by_rule=True)
    for asked in (sure, None):
        assert sentences.correction(asked, by_rule=True).startswith("A rule chose this threshold")
    assert "not corrected for the choice" in (said := sentences.correction(sure, by_rule=False))
    assert "with confidence" in said
    assert "neither a rule above nor the question" in sentences.correction(None, by_rule=False)
