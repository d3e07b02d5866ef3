import math

import numpy as np
import pytest

from core.evaluation.calibration.reliability import reliability_bins
from core.evaluation.estimates.few_patients import FewPatients
from core.evaluation.estimates.intervals import Estimate
from dashboard.calibration import words as sentences

WORDS = ("without pneumonia", "with pneumonia")


def bins(*claims):
    """Bins of (probability, images, positives)."""
    p = np.concatenate([np.full(n, probability) for probability, n, _ in claims])
    y_true = np.concatenate([np.arange(n) < positives for _, n, positives in claims]).astype(int)
    return reliability_bins(y_true, p, 10)


def test_the_bin_that_is_furthest_off_is_told():
    found = bins((0.05, 100, 5), (0.85, 100, 71), (0.65, 100, 20))
    text = sentences.telling(found, WORDS, "pneumonia")
    assert text == (
        "Of the 100 images given 60 to 70 % (65 % on average), 20 had pneumonia: 20 % (13 % to 29 %). "
        "It is the furthest of 2 bins that differ, more than chance, of 3."
    )


def test_a_single_bin_among_many_may_be_chance():
    claims = [(0.05 + k / 10, 100, 5 + 10 * k) for k in range(8)]
    text = sentences.telling(bins(*claims, (0.85, 100, 71)), WORDS, "pneumonia")
    assert "given 80 to 90 % (85 % on average), 71 had pneumonia: 71 % (61 % to 79 %)" in text
    assert text.endswith("the only one of 9 bins that differs, more than chance; with so many bins one may by luck.")
    few = sentences.telling(bins((0.85, 100, 71), (0.15, 100, 15)), WORDS, "pneumonia")
    assert few.endswith("the only one of 2 bins that differs, more than chance.")


def test_no_difference_is_said_with_what_could_still_be():
    """Wilson's interval of 3 of 20 is 0.052 to 0.360: 21 percentage points above a mean of 0.15."""
    found = bins((0.15, 20, 3), (0.85, 20, 17))
    assert sentences.telling(found, WORDS, "pneumonia") == (
        "There is no clear difference between probability and truth: in each bin, the interval of what was "
        "seen holds the mean probability. By these intervals a bin can still be off by up to 21 percentage "
        "points."
    )


SIX = (FewPatients(where="test", label=1, patients=6),)
NONE = (FewPatients(where="validation", label=0, patients=0),)


def test_too_few_patients_are_not_called_right():
    text = sentences.telling(bins((0.15, 20, 3), (0.85, 20, 17)), WORDS, "pneumonia", SIX)
    assert text == (
        "Too few patients to tell how true the probabilities are: test has 6 patients with pneumonia; it takes 30 of "
        "each class in each set."
    )
    clear = bins((0.65, 100, 20))
    assert sentences.telling(clear, WORDS, "pneumonia", SIX) == sentences.telling(clear, WORDS, "pneumonia")
    assert text in sentences.diagram(bins((0.15, 20, 3), (0.85, 20, 17)), WORDS, "pneumonia", "Before", SIX)


@pytest.mark.parametrize(
    ("value", "low", "high", "few", "said"),
    [
        (0.5, 0.3, 1.4, SIX, "Too few"),
        (0.5, math.nan, math.nan, SIX, "Too few"),
        (0.5, 0.3, 0.8, SIX, "too timid"),
        (0.5, 0.3, 0.8, NONE, "validation has no patients without pneumonia; it takes 30"),
        (0.5, 0.3, 1.4, (), "The interval holds 1"),
    ],
)
def test_a_temperature_of_few_patients_or_one_class_means_nothing(value, low, high, few, said):
    found = Estimate(value=value, low=low, high=high, method="")
    meaning = sentences.temperature(found, WORDS, few=few)[1]
    assert said in meaning
    assert ("timid" in meaning) == ("timid" in said)


def test_classes_without_a_name_are_called_by_their_label():
    words = ("labelled negative", "labelled positive")
    assert "20 were labelled positive" in sentences.telling(bins((0.65, 100, 20)), words, "")
    assert "1 was labelled positive" in sentences.telling(bins((0.65, 100, 1)), words, "")
    assert "1 image given" in sentences.telling(bins((0.99999, 1, 0)), words, "")


def test_every_bin_stands_in_the_tables():
    found = bins((0.05, 100, 5), (0.85, 100, 71))
    table = sentences.bins_table(found, WORDS)
    assert table["Given"].tolist() == ["0 to 10 %", "80 to 90 %"]
    assert table["With pneumonia"].tolist() == ["5", "71"]
    assert table["Interval"].tolist()[1] == "61 % to 79 %"
    file = sentences.bins_for_download(found)
    assert len(file) == 10
    assert file["images"].sum() == 200


@pytest.mark.parametrize(
    ("value", "low", "high", "at_bound", "head", "meaning"),
    [
        (1.42, 1.21, 1.66, False, "T = 1.42 (1.21 to 1.66).", "too extreme"),
        (0.5314, 0.4, 0.7, False, "T = 0.531 (0.400 to 0.700).", "too timid"),
        (1.42, 0.9, 1.66, False, "T = 1.42 (0.900 to 1.66).", "The interval holds 1"),
        (0.01, math.nan, math.nan, True, "T = 0.0100.", "low end of the range"),
    ],
)
def test_temperature_and_its_meaning(value, low, high, at_bound, head, meaning):
    at_end = "It is the low end of the range." if at_bound else ""
    found = sentences.temperature(Estimate(value=value, low=low, high=high, method=""), WORDS, at_end=at_end)
    assert found[0] == head
    assert meaning in found[1]
    assert ("holds 1" in found[1]) == ("holds 1" in meaning)


def test_temperature_that_was_not_fitted_says_why():
    head, meaning = sentences.temperature(Estimate.undefined("every logit is 0"), WORDS)
    assert head == "T = —."
    assert "every logit is 0" in meaning


def test_where_it_was_fitted():
    assert "optimistic" in sentences.where_fitted("validation", WORDS, has_test=True)
    assert "no test images" in sentences.where_fitted("validation", WORDS, has_test=False)
    assert "another hospital" in sentences.where_fitted("test", WORDS, has_test=True)
