"""A choice: the address before the session, the session before what comes first, and never anything unknown."""

import pytest

from dashboard.state import address
from dashboard.state.choice import Choice

KNOWN = ["validation", "test", "north"]


@pytest.fixture(autouse=True)
def session(monkeypatch):
    params: dict[str, str] = {}
    session: dict[str, object] = {}
    monkeypatch.setattr("streamlit.query_params", params)
    monkeypatch.setattr("streamlit.session_state", session)
    own = address._Address()
    monkeypatch.setattr("dashboard.state.address._own", lambda: own)
    return session


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


def test_the_address_is_asked_before_the_session_and_remembered():
    choice = Choice[str]("split", in_address=True)
    choice.choose("test")
    address._own().asked = {"split": "north"}
    assert choice.among(KNOWN) == "north"
    address._own().asked = {}
    assert choice.among(KNOWN) == "north"
    assert address._own().shows["split"] == "north"


@pytest.mark.parametrize("asked", ["", "nowhere", "Test"])
def test_an_address_that_names_nothing_known_is_passed_over(asked):
    choice = Choice[str]("split", in_address=True)
    choice.choose("test")
    address._own().asked = {"split": asked}
    assert choice.among(KNOWN) == "test"


def test_only_choices_of_a_link_touch_the_address(session):
    Choice[int]("bins").choose(7)
    assert Choice[int]("bins").value(10) == 7
    assert "bins" not in address._own().shows
    assert Choice[str]("split", "split_switch").widget == "split_switch"
    assert Choice[str]("split").widget == "split"
