"""Classes with too few patients, counted by hand."""

import pytest

from core.evaluation.choosing.patients_needed import fewest_cases
from core.evaluation.estimates.few_patients import FEWEST_PATIENTS, FewPatients, few_in_words, few_patients
from tests.core.evaluation.conftest import _make


def test_patients_are_counted_in_each_class_not_images():
    """45 images of 30 ill patients are enough, 60 images of 29 are not; a patient of both classes counts in each."""
    enough = _make([1] * 45 + [0] * 30, range(75), [*range(30), *range(15), *range(30)])
    few = _make([1] * 60 + [0] * 31, range(91), [*(k % 29 for k in range(60)), *range(31)])
    assert few_patients({"validation": enough, "test": few}) == (FewPatients(where="test", label=1, patients=29),)
    assert few_patients({}) == ()


def test_a_set_without_images_has_too_few_of_both():
    assert [(one.label, one.patients) for one in few_patients({"test": _make([], [])})] == [(0, 0), (1, 0)]


def test_fewer_than_thirty_cannot_exclude_that_a_tenth_is_called_wrongly():
    assert fewest_cases("0.90") == pytest.approx(FEWEST_PATIENTS, abs=1)


def test_words_name_the_set_the_class_and_how_many_it_takes():
    few = [
        FewPatients(where="validation", label=0, patients=0),
        FewPatients(where="test", label=0, patients=1),
        FewPatients(where="test", label=1, patients=12),
    ]
    assert few_in_words(few, ("without pneumonia", "with pneumonia")) == (
        "validation has no patients without pneumonia; test has 1 patient without pneumonia and 12 patients with "
        "pneumonia; it takes 30 of each class in each set"
    )
