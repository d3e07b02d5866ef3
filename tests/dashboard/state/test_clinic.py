"""The clinic's prevalence, and the pair of thresholds."""

import pytest

from dashboard.state import address, clinic


@pytest.mark.parametrize("text", ["0", "1", "-0.1", "1.5", "nan", "often"])
def test_a_prevalence_lies_strictly_between_0_and_1(params, text):
    params.update(prevalence=text)
    address.resolve()
    assert clinic.prevalence() is None
    assert (address.held(), address.unread()) == ({}, {"prevalence": text})
    clinic.set_prevalence(0.2)
    assert clinic.prevalence() == 0.2


def test_a_prevalence_nobody_said_stands_nowhere(params):
    params.update(prevalence="often")
    address.resolve()
    assert clinic.prevalence() is None
    address.settle()
    assert not params


def test_a_pair_is_in_order(params):
    first = (-1.0, 1.0)
    assert clinic.two_thresholds(first) == first
    params.update(rule_out="3.0")
    address.resolve()
    assert clinic.two_thresholds(first) == (1.0, 3.0)
    clinic.set_two_thresholds(-2.5, 0.5)
    assert clinic.two_thresholds(first) == (-2.5, 0.5)
    assert address.held() == {"rule_out": "-2.5", "rule_in": "0.5"}


@pytest.mark.parametrize(
    ("released", "pair"),
    [([2.0, -2.0], (-2.0, 2.0)), ([1.0], (-1.0, 1.0)), ([1.0, float("nan")], (-1.0, 1.0)), (None, (-1.0, 1.0))],
)
def test_only_two_finite_numbers_are_taken(session, released, pair):
    session["told"] = {clinic.TWO_THRESHOLDS: {"known": None}}
    session[clinic.TWO_THRESHOLDS] = {"pair": released}
    clinic.take_two_thresholds()
    assert clinic.two_thresholds((-1.0, 1.0)) == pair


def test_predictive_floors_are_numerals_in_range(session):
    for floor in ("0.99", "1e-3", "0", "1.2", "0.123456789012"):
        session[clinic.TWO_THRESHOLDS] = {"floor": {"name": "npv", "floor": floor}}
        assert clinic.take_predictive_floor() == "npv"
    assert clinic.predictive_floors() == {"npv": "0.99", "ppv": "0.95"}


def test_a_range_is_two_prevalences_in_order(params):
    assert clinic.prevalences() == ()
    params.update(prevalence="0.05", prevalence_up_to="0.12")
    address.resolve()
    assert clinic.prevalences() == (0.05, 0.12)
    address.settle()
    assert params == {"prevalence": "0.05", "prevalence_up_to": "0.12"}
    clinic.set_prevalence_up_to(None)
    assert clinic.prevalences() == (0.05,)


@pytest.mark.parametrize("text", ["0.05", "0.01", "1", "nan", "often"])
def test_an_end_that_is_no_range_is_taken_out_of_the_address(params, text):
    params.update(prevalence="0.05", prevalence_up_to=text)
    address.resolve()
    assert clinic.prevalences() == (0.05,)
    address.settle()
    assert params == {"prevalence": "0.05"}


@pytest.mark.parametrize(
    ("released", "known"), [(0.2, (0.1, 0.2)), ("one alone", (0.1,)), (1.5, (0.1,)), (0.05, (0.1,))]
)
def test_the_other_end_is_taken_from_the_page_of_the_clinic(session, params, released, known):
    clinic.set_prevalence(0.1)
    session[clinic.CLINIC] = {"up_to": released}
    clinic.take_prevalence_up_to()
    assert clinic.prevalences() == known
