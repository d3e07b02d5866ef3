"""Sizes of studies against scipy's exact test, patient by patient, and against simulated studies."""

import math

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from core.evaluation.choosing.every_floor import confidence_of_each
from core.evaluation.choosing.patients_needed import (
    fewest_cases,
    fewest_hits,
    patients_for_power,
    power_of,
    sizes_in_words,
    study_size,
)

WORDS = {"sensitivity": "positive patients", "specificity": "negative patients"}


def passes(hits: int, patients: int, floor: str, confidence: float) -> bool:
    return bool(binomtest(hits, patients, float(floor), alternative="greater").pvalue <= 1 - confidence)


def exact_power(patients: int, rate: float, floor: str, confidence: float) -> float:
    hits = np.arange(patients + 1)
    passing = binom.sf(hits - 1, patients, float(floor)) <= 1 - confidence
    return float(binom.pmf(hits[passing], patients, rate).sum())


@pytest.mark.parametrize(("floor", "cases"), [("0.80", 14), ("0.90", 29), ("0.95", 59), ("0.99", 299)])
def test_fewest_cases_are_those_that_just_pass(floor, cases):
    assert fewest_cases(floor) == cases
    assert passes(cases, cases, floor, 0.95)
    assert not passes(cases - 1, cases - 1, floor, 0.95)


def test_fewest_cases_at_an_exact_power():
    assert fewest_cases("0.5", 0.75) == 2
    assert fewest_cases("0.2", 0.95) == 2
    with pytest.raises(ValueError, match="between 0 and 1"):
        fewest_cases("1")


@pytest.mark.parametrize("patients", [5, 58, 59, 130])
def test_fewest_hits_are_scipys(patients):
    passing = [hits for hits in range(patients + 1) if passes(hits, patients, "0.95", 0.95)]
    assert fewest_hits(patients, "0.95", 0.95) == (passing[0] if passing else patients + 1)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.975])
@pytest.mark.parametrize("floor", ["0.5", "0.9", "0.95", "0.99"])
def test_a_certain_rate_needs_as_many_as_the_closed_form(floor, confidence):
    expected = math.ceil(math.log(1 - confidence) / math.log(float(floor)))
    for power in (0.8, 0.9):
        assert patients_for_power(1.0, floor, confidence=confidence, power=power) == expected


@pytest.mark.parametrize("power", [0.8, 0.9])
@pytest.mark.parametrize("rate", [0.98, 0.97, 109 / 110])
def test_every_larger_number_has_the_power_and_one_less_does_not(rate, power):
    needed = patients_for_power(rate, "0.95", confidence=0.95, power=power)
    assert needed is not None
    assert exact_power(needed - 1, rate, "0.95", 0.95) < power
    assert all(exact_power(size, rate, "0.95", 0.95) >= power for size in range(needed, 3 * needed, 1 + needed // 97))
    falls = [size for size in range(needed, needed + 120) if exact_power(size, rate, "0.95", 0.95) < power]
    assert not falls


@pytest.mark.parametrize("power", [0.8, 0.9])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.995])
@pytest.mark.parametrize(("rate", "floor"), [(0.99, "0.95"), (0.6, "0.5"), (0.9, "0.2"), (0.97, "0.9"), (0.3, "0.05")])
def test_no_number_beyond_those_looked_at_falls_short(rate, floor, confidence, power):
    sizes = np.arange(1, 6000)
    falls = sizes[power_of(sizes, rate, floor, confidence=confidence) < power]
    assert patients_for_power(rate, floor, confidence=confidence, power=power) == falls[-1] + 1


def test_the_first_number_with_the_power_is_not_enough():
    """The saw-tooth: at a true rate of 0.97 some number below the one given has the power as well."""
    needed = patients_for_power(0.97, "0.95", confidence=0.95, power=0.8)
    before = power_of(np.arange(1, needed), 0.97, "0.95", confidence=0.95)
    assert (before >= 0.8).any()
    assert before[-1] < 0.8


def test_simulated_studies_pass_as_often_as_stated():
    """Where the observed rate would just pass, little more than half of the studies do."""
    rng = np.random.default_rng(4)
    just = next(size for size in range(59, 999) if math.floor(0.97 * size) >= fewest_hits(size, "0.95", 0.95))
    sizes = [just, *(patients_for_power(0.97, "0.95", confidence=0.95, power=power) for power in (0.8, 0.9))]
    passed = [np.mean(rng.binomial(n, 0.97, 20_000) >= fewest_hits(n, "0.95", 0.95)) for n in sizes]
    assert passed == pytest.approx([exact_power(n, 0.97, "0.95", 0.95) for n in sizes], abs=0.01)
    assert passed[0] < 0.75
    assert passed[1] >= 0.8
    assert passed[2] >= 0.9


@pytest.mark.parametrize("rate", [0.95, 0.9, 0.0, 0.950001])
def test_no_number_has_power_at_or_hardly_above_the_floor(rate):
    assert patients_for_power(rate, "0.95", confidence=0.95, power=0.8) is None


def test_two_floors_need_the_power_together():
    size = study_size("sensitivity", "0.90", 95, 100, confidence=0.975, floors=2)
    expected = patients_for_power(0.95, "0.90", confidence=0.975, power=math.sqrt(0.8))
    assert size.for_power["0.80"] == expected
    assert power_of(np.array([expected]), 0.95, "0.90", confidence=0.975)[0] ** 2 >= 0.8


def test_of_floors_tried_freely_it_is_at_the_confidence_of_that_number():
    size = study_size("sensitivity", "0.95", 58, 58, confidence=0.95, every_floor=True)
    enough = next(n for n in (59, 70, 80, *range(86, 120)) if passes(n, n, "0.95", confidence_of_each(n, 0.95)))
    assert size.fewest == size.for_power["0.80"] == size.for_power["0.90"] == enough == 93
    size = study_size("sensitivity", "0.80", 50, 55, confidence=0.95, every_floor=True)
    for power, needed in size.for_power.items():
        assert needed is not None
        assert exact_power(needed, 50 / 55, "0.80", confidence_of_each(needed, 0.95)) >= float(power)


def test_an_extreme_floor_has_more_than_is_stated():
    size = study_size("sensitivity", "0.9999999", 40, 40, confidence=0.95)
    assert (size.fewest, size.for_power) == (None, {"0.80": None, "0.90": None})
    assert "The fewest possible are more than 100,000, if" in sizes_in_words([size], WORDS)


def test_sizes_in_words_say_what_is_assumed():
    one = study_size("specificity", "0.95", 107, 110, confidence=0.95)
    assert sizes_in_words([one], WORDS) == (
        "not possible with 110 negative patients. The fewest possible are 59, if every one is called rightly. If the "
        "true specificity is the 0.973 observed, a study of 530 with 80 % power and of 671 with 90 % power would "
        "guarantee it at this threshold"
    )
    all_right = study_size("sensitivity", "0.95", 40, 40, confidence=0.95)
    assert sizes_in_words([all_right], WORDS) == (
        "not possible with 40 positive patients. The fewest possible are 59, if every one is called rightly, as all "
        "are here"
    )
    both = sizes_in_words([all_right, one], WORDS)
    assert "are 59 positive patients and 59 negative patients, if every one" in both
    assert "a study of 59 positive patients and 530 negative patients with 80 % power" in both
