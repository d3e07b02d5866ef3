"""The address is read at the start of the script and written at its end, and nowhere else by what reads state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.state import address


def test_what_is_read_is_written_in_one_piece_at_the_end(params):
    params.update(run="a", utm="mail")
    address.resolve()
    assert (address.asked("run"), address.asked("split")) == ("a", None)
    for name, value in (("run", "a"), ("split", "test"), ("threshold", "0.5"), ("page", None)):
        address.show(name, value)
    assert (params, params.writes) == ({"run": "a", "utm": "mail"}, 0)
    address.settle()
    assert (params, params.writes) == ({"run": "a", "utm": "mail", "split": "test", "threshold": "0.5"}, 1)


def test_nothing_is_written_where_nothing_changes(params):
    params.update(run="a")
    address.resolve()
    address.show("run", "a")
    address.settle()
    assert params.writes == 0


def test_what_we_wrote_is_not_asked_for_but_what_others_change_is(params):
    address.resolve()
    address.show("threshold", "1.0")
    address.settle()
    address.resolve()
    assert address.asked("threshold") is None
    params.update(threshold="2.0")  # typed, or the way back in the history
    address.resolve()
    assert address.asked("threshold") == "2.0"


def test_what_a_reader_does_is_written_at_once_and_wins_over_the_address(params):
    params.update(threshold="2.0", image="x")
    address.resolve()
    address.put("threshold", "3.0")
    address.put("image", None)
    assert params == {"threshold": "3.0"}
    assert address.asked("threshold") is None
    address.settle()
    address.resolve()
    assert (params, address.asked("threshold")) == ({"threshold": "3.0"}, None)


def test_what_was_shown_before_and_still_stands_there_is_not_asked_for(params):
    address.resolve()
    address.show("to", "1.0")
    address.settle()
    address.resolve()  # a run of the script that does not read it
    address.settle()
    address.resolve()
    assert (params, address.asked("to")) == ({"to": "1.0"}, None)


def test_navigation_clears_the_address_and_the_next_page_writes_its_own(params):
    address.resolve()
    address.show("run", "a")
    address.show("sort", "nearest")
    address.settle()
    params.clear()
    address.resolve()
    address.show("run", "a")
    address.settle()
    assert params == {"run": "a"}


@pytest.mark.parametrize("text", [None, "", "abc", "nan", "inf", "-inf", "1e999", "0x1"])
def test_no_finite_number(text):
    assert address.finite(text) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_comes_back_unrounded(value):
    assert address.finite(repr(value)) == value
