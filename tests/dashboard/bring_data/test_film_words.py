"""What is said of a film that a reader brought, with numbers worked out by hand."""

import math

import numpy as np
import pytest

from core.films.reading import Reading
from core.telling.scale import Scale
from dashboard.bring_data import film_words
from dashboard.bring_data.film_words import InUse

CLASSES = ("without pneumonia", "with pneumonia")


def reading(logit, looks):
    return Reading(logit=logit, looks=np.array(looks), distance=1.0, similar=[])


def test_the_side_counts_the_looks_that_fall_on_the_other_one():
    used = InUse(threshold=0.5, called="the locked threshold “ward”")
    assert film_words.side(used, reading(0.75, [0.75, 0.4, 0.5, 0.6]), CLASSES) == (
        "called with pneumonia",
        "0.25 logits above the threshold; 1 of 4 looks fall on the other side",
    )
    assert film_words.side(used, reading(-1.0, [-1.0, -0.9]), CLASSES) == (
        "called without pneumonia",
        "1.50 logits below the threshold",
    )


def test_at_the_threshold_a_film_is_called_positive():
    used = InUse(threshold=0.5, called="")
    assert film_words.side(used, reading(0.5, [0.5]), CLASSES)[0] == "called with pneumonia"


def test_a_probability_has_the_ends_of_its_looks():
    value, ends = film_words.probability(Scale(name="calibrated", temperature=2.0), reading(2.0, [2.0, 0.0, 4.0]))
    assert value == f"{1 / (1 + math.exp(-1)):.4f}"
    assert ends == f"0.5000 to {1 / (1 + math.exp(-2)):.4f}"


@pytest.mark.parametrize(
    ("label", "said"), [(1, "with pneumonia (truth)"), (0, "without pneumonia (truth)"), (None, "truth not known")]
)
def test_the_truth_of_a_film_of_train_may_be_unknown(label, said):
    assert film_words.truth_of(label, CLASSES) == said
