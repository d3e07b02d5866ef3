"""What a reader writes, read exactly or refused in words."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.choosing.operating_point import OperatingPoint, choose_with_floor
from core.evaluation.choosing.requirement import Requirement
from core.evaluation.choosing.search import (
    choose_least_cost,
    choose_net_benefit,
    choose_with_both_floors,
    choose_within_capacity,
)
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from dashboard.find_threshold.written import FIRST, KINDS, numeral_of_share, read


def written(**texts):
    return read(FIRST | texts)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.95", "0.95"), ("95 %", "0.95"), ("95%", "0.95"), ("0,95", "0.95"), (".5", "0.5"), ("7 %", "0.07"),
     ("99.5 %", "0.995"), ("  0.1 ", "0.1"), ("0.25 %", "0.0025")],
)  # fmt: skip
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
        ("sensitivity", "specificity", "miss", "alarm", "prevalence", "capacity", "probability"), "x"
    )
    said = {kind: written(kind=kind, **broken)[1] for kind in KINDS}
    assert [len(said[kind]) for kind in KINDS] == [1, 2, 3, 2, 2]
    assert "cost of a false alarm is a number above 0" in said["cost"][1]
    assert said["capacity"][1].startswith("The prevalence is a share above 0 and below 1")


def test_only_what_matters_makes_a_requirement_another_one():
    first, _ = written(kind="cost", sensitivity="0.5", capacity="1 %")
    assert first == Requirement(kind="cost", miss="10", alarm="1")
    assert hash(first) == hash(written(kind="cost")[0])


@pytest.fixture(scope="module")
def sweep():
    rng = np.random.default_rng(4)
    y_true = (rng.random(300) < 0.4).astype(int)
    ids = np.arange(300).astype(str).astype(object)
    return threshold_sweep(
        Predictions(image_id=ids, patient_id=ids, y_true=y_true, logit=np.round(rng.normal(1.5 * y_true), 1))
    )


def test_each_kind_asks_its_own_search(sweep):
    tenth, own = Fraction(1, 10), Fraction(sweep.n_pos, 300)
    asked = {
        "floor": choose_with_floor(sweep, "specificity", "0.80"),
        "both": choose_with_both_floors(sweep, {"sensitivity": "0.6", "specificity": "0.80"}),
        "cost": choose_least_cost(sweep, prevalence=tenth, miss=Fraction(10), alarm=Fraction(1)),
        "capacity": choose_within_capacity(sweep, prevalence=tenth, capacity=Fraction(1, 5)),
        "net_benefit": choose_net_benefit(sweep, prevalence=tenth, probability=tenth),
    }
    for kind, expected in asked.items():
        requirement, _ = written(
            kind=kind, rate="specificity", sensitivity="0.6", specificity="0.80", prevalence="10 %"
        )
        assert isinstance(expected, OperatingPoint), kind
        assert requirement.choose(sweep) == expected
    without, _ = written(kind="capacity")
    assert without.prevalence_of(sweep) == own
    assert without.choose(sweep) == choose_within_capacity(sweep, prevalence=own, capacity=Fraction(1, 5))
