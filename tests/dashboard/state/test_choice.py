"""A choice: the address before the session, the session before what comes first, and never anything unknown."""

import pytest

from dashboard.state import address
from dashboard.state.choice import Choice

KNOWN = ["validation", "test", "north"]


def test_the_first_until_something_was_chosen():
    choice = Choice[str]("split")
    assert choice.among(KNOWN) == "validation"
    assert choice.among(KNOWN, "north") == "north"
    choice.choose("test")
    assert choice.among(KNOWN) == choice.among(KNOWN, "north") == "test"
    assert choice.value("north") == "test"


def test_what_another_run_does_not_have_gives_way_and_comes_back():
    choice = Choice[str]("split")
    choice.choose("test")
    assert choice.among(["validation"]) == "validation"
    assert choice.among(KNOWN) == "test"


def test_the_address_is_asked_before_the_session_and_remembered(params):
    choice = Choice[str]("split", in_address=True)
    choice.choose("test")
    params.update(split="north")
    address.resolve()
    assert choice.among(KNOWN) == "north"
    params.clear()
    address.resolve()
    assert choice.among(KNOWN) == "north"
    address.settle()
    assert params == {"split": "north"}


@pytest.mark.parametrize("asked", ["", "nowhere", "Test"])
def test_an_address_that_names_nothing_known_is_passed_over(params, asked):
    choice = Choice[str]("split", in_address=True)
    choice.choose("test")
    params.update(split=asked)
    address.resolve()
    assert choice.among(KNOWN) == "test"


def test_only_choices_of_a_link_touch_the_address(params):
    Choice[int]("bins").choose(7)
    assert Choice[int]("bins").value(10) == 7
    address.settle()
    assert not params
    assert Choice[str]("split", "split_switch").widget == "split_switch"
    assert Choice[str]("split").widget == "split"
