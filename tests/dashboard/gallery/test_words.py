"""What is said of heat maps, lists and levels."""

import pytest

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


def test_lists_and_levels_in_words():
    assert words.span(60, 120, 1383) == "61 to 120 of 1,383"
    assert words.looked_at("tp", 383) == "383 true positives"
    assert words.no_images_of("fn") == "No false negatives at this threshold."
