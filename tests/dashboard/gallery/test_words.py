"""What is said of heat maps, lists and levels."""

import pytest
from scipy.special import expit

from core.explain.heat_map_choice import METHODS
from dashboard.gallery import words


@pytest.mark.parametrize("method", METHODS)
def test_no_heat_map_is_called_a_place_of_disease(method):
    said = words.what_a_heat_map_shows(method, "layer4", 224, evidence=True)
    assert "not where disease is" in said
    assert "7 × 7 fields" in said
    assert ("is not about the class" in said) == (method == "eigen_cam")


def test_map_without_evidence_is_said_to_be_one():
    assert words.what_a_heat_map_shows("grad_cam", "layer1", 64, evidence=False).startswith("Nothing at this layer")
    assert "Nothing" not in words.what_a_heat_map_shows("grad_cam", "layer1", 64, evidence=True)


def test_marks_that_the_gallery_did_not_write_are_named():
    assert words.edited([], 0) == ""
    assert words.edited(["a"], 0) == "1 mark was changed outside the gallery, by hand or by damage: a."
    assert words.edited(list("abcde"), 0).endswith(
        "5 marks were changed outside the gallery, by hand or by damage: a, b, c and 2 more."
    )
    assert words.edited([], 2) == "2 marks were taken out of the file outside the gallery."
    assert words.edited(["a"], 1).endswith("a. 1 mark was taken out of the file outside the gallery.")


@pytest.mark.parametrize(
    ("logit", "said"),
    [
        (9.25, ">0.9999, logit 9.2500"),
        (-9.25, "<0.0001, logit −9.2500"),
        (40.0, "1.0000, logit 40.0000"),
        (0, "0.5000"),
    ],
)
def test_a_score_beyond_four_decimals_is_told_by_its_logit(logit, said):
    assert words.score(float(expit(logit)), logit) == said


def test_lists_and_levels_in_words():
    assert words.span(60, 120, 1383) == "61 to 120 of 1,383"
    assert words.looked_at("tp", 383) == "383 true positives"
    assert words.no_images_of("fn") == "No false negatives at this threshold."
