"""The sentences of Subgroups."""

import math

import pytest

from core.evaluation.comparing.subgroups import MEASURES, Comparison, Group, Levels, Subgroups
from core.evaluation.estimates.intervals import Estimate
from dashboard.subgroups import words as sentences

SEEN = Estimate(value=0.8, low=0.6, high=0.9, method="")


LOWER = Estimate(value=-0.1, low=-0.2, high=0.02, method="")


def group(name, *, p=0.5, small=(), tested=("sensitivity", "specificity")):
    comparisons = {m: Comparison(difference=LOWER, p=p, p_adjusted=p if m in tested else math.nan) for m in MEASURES}
    return Group(
        name=name,
        images=50,
        positives=20,
        patients=50,
        patients_pos=20,
        patients_neg=30,
        estimates=dict.fromkeys(MEASURES, SEEN),
        small=dict.fromkeys(small, "fewer than 30 patients"),
        comparisons=comparisons,
    )


def found(*groups):
    names = tuple(one.name for one in groups)
    return Subgroups(
        groups=groups, overall=group(None), tests=2 * len(groups), levels=Levels(names=names, index=None, left_out=0)
    )


@pytest.mark.parametrize("split", ["validation", "test"])
def test_levels_with_few_patients_are_not_called_alike(split):
    both = ("sensitivity", "specificity")
    small = found(group("north", small=both), group("south", small=(*both, "auroc")))
    assert sentences.telling(small, split) == (
        f"Too few patients on {split} to tell whether a level differs from the rest: every level is small *."
    )
    mixed = found(group("north", small=both), group("south", small=("sensitivity",)), group("east", tested=()))
    assert sentences.telling(mixed, split) == (
        "There is no clear difference between any level and the rest (6 tests). "
        "That is no proof that they are alike. Of “north” "
        f"{split} has too few patients to tell *."
    )
    enough = found(group("north"), group("south"))
    assert sentences.telling(enough, split).endswith("That is no proof that they are alike.")


def test_a_clear_difference_of_a_small_level_is_told():
    clear = found(group("north", p=0.01, small=("sensitivity", "specificity")), group("south"))
    assert sentences.telling(clear, "test") == (
        "What differs, more than chance, from the rest, after adjustment for 4 tests: “north” (sensitivity lower, "
        "specificity lower)."
    )
