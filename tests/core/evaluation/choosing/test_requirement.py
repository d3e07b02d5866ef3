"""What must hold of a threshold, on twenty images that can be counted by hand.

Down the scores, ill and well called positive:  7 1,0   6 2,0   5 3,0   4 3,1   3 4,1   2 4,2   1 5,3   0 5,4   -1 5,6
-2 6,8   -3 6,10   -4 6,11   -5 6,13   -6 6,14
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from core.evaluation.choosing.operating_point import OperatingPoint, Unreachable
from core.evaluation.choosing.requirement import KINDS, Requirement
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import ThresholdSweep, threshold_sweep

Make = Callable[..., Predictions]
WELL = [-6, -5, -5, -4, -3, -3, -2, -2, -1, -1, 0, 1, 2, 4]
ILL = [-2, 1, 3, 5, 6, 7]
SENS, SPEC = ("sensitivity", "0.80"), ("specificity", "0.80")


@pytest.fixture(scope="module")
def sweep(make: Make) -> ThresholdSweep:
    return threshold_sweep(make([0] * 14 + [1] * 6, [*WELL, *ILL]))


def test_prevalence_is_the_share_of_ill_images_unless_another_is_said(sweep: ThresholdSweep, make: Make) -> None:
    asked = Requirement(kind="cost", miss="1", alarm="1")
    assert asked.prevalence_of(sweep) == Fraction(3, 10)
    assert asked.prevalence_of(threshold_sweep(make([1, 1, 1, 0], [0, 1, 2, 3]))) == Fraction(3, 4)
    assert Requirement(kind="cost", miss="1", alarm="1", prevalence="0.05").prevalence_of(sweep) == Fraction(1, 20)


@pytest.mark.parametrize(
    ("asked", "threshold"),
    [
        ({"kind": "floor", "floors": (SENS,)}, 1),  # 5 of 6 ill
        ({"kind": "floor", "floors": (SPEC,)}, 3),  # 12 of 14 well would do at 2, where no more of the ill are found
        ({"kind": "floor", "floors": (("sensitivity", "0.84"),)}, -2),
        ({"kind": "both", "floors": (("sensitivity", "0.80"), ("specificity", "0.70"))}, 1),
        ({"kind": "both", "floors": (("sensitivity", "0.60"), ("specificity", "0.70"))}, 1),  # J 0.619, at 3 0.595
        ({"kind": "both", "floors": (("sensitivity", "0.60"), ("specificity", "0.80"))}, 3),
        ({"kind": "ppv", "ppv": "0.8"}, 3),  # 4 of 5; at 1 5 of 8
        ({"kind": "ppv", "ppv": "0.81"}, 5),
        ({"kind": "ppv", "ppv": "0.62"}, 1),
        ({"kind": "cost", "miss": "4", "alarm": "1"}, 1),  # 4 + 3; at 3 8 + 1, at -2 8
        ({"kind": "cost", "miss": "1", "alarm": "4"}, 5),  # 3; at 3 2 + 4
        ({"kind": "cost", "miss": "20", "alarm": "1"}, -2),
        ({"kind": "capacity", "capacity": "0.35"}, 3),  # 6 of 20 at 2 are within, but find no more
        ({"kind": "capacity", "capacity": "0.40"}, 1),
        ({"kind": "net_benefit", "probability": "0.25"}, 1),  # 5 - 3 / 3; at 3 4 - 1 / 3
        ({"kind": "net_benefit", "probability": "0.60"}, 5),  # 3; at 3 4 - 1.5
    ],
)
def test_each_kind_at_the_images_own_prevalence(sweep: ThresholdSweep, asked: dict[str, str], threshold: float) -> None:
    found = Requirement(**asked).choose(sweep)  # type: ignore[arg-type]
    assert isinstance(found, OperatingPoint)
    assert found.threshold == threshold
    assert (found.tp, found.fp) == (sum(x >= threshold for x in ILL), sum(x >= threshold for x in WELL))


@pytest.mark.parametrize(
    ("asked", "threshold"),
    [
        # One missed of six costs 0.1 / 6 x miss, one alarmed of fourteen 0.9 / 14 x alarm: in a ratio of 7 to 27.
        ({"kind": "cost", "miss": "4", "alarm": "1"}, 3),  # in 420ths: 2 x 28 + 27; at 5 3 x 28, at 1 28 + 3 x 27
        ({"kind": "cost", "miss": "40", "alarm": "1"}, -2),
        ({"kind": "ppv", "ppv": "0.5"}, 3),  # 28 / (28 + 27); at 1 35 / (35 + 81)
        ({"kind": "ppv", "ppv": "0.51"}, 5),
        ({"kind": "cost", "miss": "1", "alarm": "1"}, 5),
        ({"kind": "capacity", "capacity": "0.10"}, 5),  # 0.1 / 2; at 4 0.05 + 0.9 / 14
        ({"kind": "capacity", "capacity": "0.15"}, 3),  # 0.1 x 4 / 6 + 0.9 / 14
        ({"kind": "net_benefit", "probability": "0.20"}, 3),  # the costs of a miss and an alarm are as 4 to 1
    ],
)
def test_each_kind_at_a_prevalence_of_a_tenth(sweep: ThresholdSweep, asked: dict[str, str], threshold: float) -> None:
    found = Requirement(**asked, prevalence="0.1").choose(sweep)  # type: ignore[arg-type]
    assert isinstance(found, OperatingPoint)
    assert found.threshold == threshold


@pytest.mark.parametrize(
    ("asked", "threshold"),
    [
        ({"kind": "floor", "floors": (SPEC,)}, 2),
        ({"kind": "floor", "floors": (("sensitivity", "0.30"),)}, 6),  # chosen is 5, where no more of the well are
        ({"kind": "floor", "floors": (("sensitivity", "0.99"),)}, -2),
        ({"kind": "capacity", "capacity": "0.35"}, 2),
        ({"kind": "capacity", "capacity": "0.35", "prevalence": "0.9"}, 6),  # 0.9 x 2 / 6; at 5 0.45
        ({"kind": "cost", "miss": "4", "alarm": "1"}, 1),
        ({"kind": "both", "floors": (SENS, ("specificity", "0.70"))}, 1),
    ],
)
def test_where_it_is_only_just_met(sweep: ThresholdSweep, asked: dict[str, str], threshold: float) -> None:
    found = Requirement(**asked).just_met(sweep)  # type: ignore[arg-type]
    assert isinstance(found, OperatingPoint)
    assert found.threshold == threshold


def test_confidence_is_not_looked_at(sweep: ThresholdSweep) -> None:
    assert Requirement(kind="floor", floors=(SENS,), confidence="0.99").choose(sweep) == Requirement(
        kind="floor", floors=(SENS,)
    ).choose(sweep)


def test_a_quantile_is_smooth_and_a_sum_of_both_rates_is_not() -> None:
    assert {kind: Requirement(kind=kind).smooth for kind in KINDS} == {
        "floor": True,
        "both": False,
        "ppv": False,
        "cost": False,
        "capacity": True,
        "net_benefit": False,
    }


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "floor", "floors": (SENS,)},
        {"kind": "both", "floors": (SENS, SPEC)},
        {"kind": "cost", "miss": "1", "alarm": "1"},
        {"kind": "capacity", "capacity": "0.5"},
        {"kind": "net_benefit", "probability": "0.5"},
    ],
)
def test_without_images_or_a_class_nothing_does_it(make: Make, asked: dict[str, str]) -> None:
    for split, reason in ((make([], []), "no images"), (make([1, 1], [0, 1]), "no negative images")):
        requirement = Requirement(**asked)  # type: ignore[arg-type]
        for found in (requirement.choose(threshold_sweep(split)), requirement.just_met(threshold_sweep(split))):
            assert isinstance(found, Unreachable)
            assert reason in found.reason
