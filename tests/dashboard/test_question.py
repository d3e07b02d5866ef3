"""What a reader writes, read exactly or refused in words."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.choosing.requirement import Requirement
from dashboard.question import FIRST, KINDS, numeral_of_share, read


def written(**texts):
    return read(FIRST | texts)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.95", "0.95"),
        ("95 %", "0.95"),
        ("95%", "0.95"),
        ("0,95", "0.95"),
        (".5", "0.5"),
        ("7 %", "0.07"),
        ("99.5 %", "0.995"),
        ("  0.1 ", "0.1"),
        ("0.25 %", "0.0025"),
    ],
)
def test_shares_are_read_exactly(text, value):
    requirement, problems = written(sensitivity=text)
    assert problems == []
    ((rate, numeral),) = requirement.floors
    assert rate == "sensitivity"
    assert Fraction(numeral) == Fraction(value)


@given(st.integers(1, 9999), st.integers(0, 4))
def test_percent_and_share_are_the_same_number(digits, places):
    value = Fraction(digits, 10**places)
    text = f"{digits / 10**places:.{places}f} %"
    found = numeral_of_share(text)
    assert (Fraction(found) if found else None) == (value / 100 if value < 100 else None)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "abc", "95", "0", "-0.5", "1.5", "nan", "inf", "1e-3", "0.9.5", "100.1 %", "²", "٣", "1/2", "9" * 40],
)
def test_what_is_no_share_is_refused_with_what_was_written(text):
    requirement, problems = written(sensitivity=text)
    assert requirement is None
    (problem,) = problems
    assert problem.startswith(
        "The floor of sensitivity is a share above 0 and at most 1, such as 0.95 or 95 %; here it is"
    )
    assert (text[:30] if text.strip() else "empty") in problem


def test_every_field_has_its_own_words_and_only_those_of_the_kind_are_read():
    broken = dict.fromkeys(
        ("sensitivity", "specificity", "miss", "alarm", "prevalence", "ppv", "capacity", "probability"), "x"
    )
    said = {kind: written(kind=kind, **broken)[1] for kind in KINDS}
    assert [len(said[kind]) for kind in KINDS] == [1, 2, 2, 3, 2, 2]
    assert "cost of a false alarm is a number above 0" in said["cost"][1]
    assert said["capacity"][1].startswith("The prevalence is a share above 0 and below 1")


def test_only_what_matters_makes_a_requirement_another_one():
    first, _ = written(kind="cost", sensitivity="0.5", capacity="1 %")
    assert first == Requirement(kind="cost", miss="10", alarm="1")
    assert hash(first) == hash(written(kind="cost")[0])


def test_each_number_is_that_of_its_own_field():
    """A miss is not a false alarm, nor a floor of one rate that of the other."""
    asked = {
        "kind": "cost",
        "miss": "7",
        "alarm": "2.5",
        "prevalence": "4 %",
        "sensitivity": "0.91",
        "specificity": "0.82",
        "confidence": "0.99",
        "ppv": "21 %",
        "capacity": "33 %",
        "probability": "0.15",
    }
    assert written(**asked)[0] == Requirement(kind="cost", miss="7", alarm="2.5", prevalence="0.04")
    asked_of = {kind: written(**asked | {"kind": kind})[0] for kind in KINDS}
    assert asked_of["capacity"] == Requirement(kind="capacity", capacity="0.33", prevalence="0.04")
    assert asked_of["ppv"] == Requirement(kind="ppv", ppv="0.21", prevalence="0.04")
    assert asked_of["net_benefit"] == Requirement(kind="net_benefit", probability="0.15", prevalence="0.04")
    both = (("sensitivity", "0.91"), ("specificity", "0.82"))
    assert asked_of["both"] == Requirement(kind="both", floors=both, confidence="0.99")
    assert asked_of["floor"] == Requirement(kind="floor", floors=both[:1], confidence="0.99")
    freely = written(**asked | {"kind": "floor", "confidence": "0.90 each"})[0]
    assert freely == Requirement(kind="floor", floors=both[:1], confidence="0.90", every_floor=True)
    other, _ = written(**asked | {"kind": "floor", "rate": "specificity"})
    assert other == Requirement(kind="floor", floors=both[1:], confidence="0.99")
    assert [problem.split(" is ")[0] for problem in written(kind="cost", miss="x", alarm="0")[1]] == [
        "The cost of a miss",
        "The cost of a false alarm",
    ]
