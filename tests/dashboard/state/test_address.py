"""The address is read at the start of the script and written in one piece, and never by what reads it."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.state import address


def seen(page="gallery"):
    """One run of the script that changes nothing."""
    address.resolve(page)
    address.settle()


def test_reading_writes_nothing(params):
    params.update(run="a", utm="mail")
    address.resolve()
    address.note("split", "test")
    assert (address.text("run"), address.text("split")) == ("a", None)
    address.settle()
    assert (params, params.writes) == ({"run": "a", "utm": "mail"}, 0)
    assert address.complete() == {"run": "a", "utm": "mail", "split": "test"}
    assert address.held() == {"run": "a", "utm": "mail"}


def test_what_was_read_is_written_out_in_one_piece(params):
    params.update(run="a")
    address.resolve()
    for name, value in (("run", "a"), ("split", "test"), ("threshold", "0.5")):
        address.note(name, value)
    address.write_out()
    assert params == {"run": "a"}
    address.settle()
    assert (params, params.writes) == ({"run": "a", "split": "test", "threshold": "0.5"}, 1)


def test_whatever_a_reader_does_is_one_entry_of_the_history(params):
    params.update(threshold="2.0", image="x")
    seen()
    address.put("threshold", "3.0")
    address.put("rule_in", "4.0")
    address.put("image", None)
    assert params.writes == 0
    seen()
    assert (params, params.writes) == ({"threshold": "3.0", "rule_in": "4.0"}, 1)


def test_the_way_back_brings_all_of_it_back(params, monkeypatch):
    seen()
    address.put("margin", "0.05")
    seen()
    monkeypatch.setattr(address, "get_script_run_ctx", lambda **_: SimpleNamespace(is_history_navigation=True))
    params.clear()
    address.resolve("gallery")
    assert address.text("margin") is None


def test_a_click_that_came_before_the_answer_to_another_takes_nothing_back(params):
    seen()
    address.put("margin", "0.05")
    seen()
    params.clear()  # what the browser still held when the reader clicked again
    address.put("split", "test")
    address.resolve("gallery")
    assert address.held() == {"margin": "0.05", "split": "test"}
    address.settle()
    assert params == {"margin": "0.05", "split": "test"}


def test_a_click_that_ends_a_run_of_the_script_is_kept_and_what_was_to_be_said_is_said(params):
    params.update(threshold="high", run="a")
    address.resolve("gallery")
    address.refuse("threshold")  # and the run ends here
    address.put("margin", "0.05")
    address.resolve("gallery")
    assert address.held() == {"run": "a", "margin": "0.05"}
    assert address.unread() == {"threshold": "high"}
    address.settle()
    assert params == {"run": "a", "margin": "0.05"}
    seen()
    assert address.unread() == {}


def test_a_click_while_a_first_address_gives_way_to_the_pages_own_is_kept(params):
    params.update(run="a")
    seen("")
    address.put("run", "b")
    address.put("margin", None)
    address.resolve("")
    params.update(split="test", margin="0.05")  # what the page's own address says, written before the click
    address.resolve("overview")
    assert address.held() == {"run": "b", "split": "test"}
    seen("overview")
    assert params == {"run": "b", "split": "test"}
    params.update(run="a")
    seen("gallery")
    assert address.text("run") == "a", "once it is written, a link decides again"


def test_a_click_that_was_on_the_way_to_another_page_is_left_behind_on_the_way_back(params, monkeypatch):
    params.update(run="a")
    seen("")
    address.put("run", "b")
    monkeypatch.setattr(address, "get_script_run_ctx", lambda **_: SimpleNamespace(is_history_navigation=True))
    address.resolve("overview")
    assert address.text("run") == "a"


def test_a_link_to_another_page_is_followed_whatever_it_holds(params):
    seen()
    address.put("margin", "0.05")
    seen()
    params.clear()
    address.resolve("delivery")
    assert address.held() == {}


def test_what_cannot_be_read_is_said_and_leaves_the_address(params):
    params.update(threshold="high", split="test")
    address.resolve()
    assert address.asked()
    address.refuse("threshold")
    address.refuse("margin")
    assert address.unread() == {"threshold": "high"}
    address.settle()
    assert (params, params.writes) == ({"split": "test"}, 1)
    address.resolve()
    assert address.unread() == {} and not address.asked()


def test_what_nobody_asked_for_leaves_without_a_word(params):
    address.put("split", "test")
    seen()
    address.refuse("split")
    assert (address.unread(), address.held()) == ({}, {})


@pytest.mark.parametrize("text", [None, "", "abc", "nan", "inf", "-inf", "1e999", "0x1"])
def test_no_finite_number(text):
    assert address.finite(text) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_comes_back_unrounded(value):
    assert address.finite(repr(value)) == value


def test_what_is_repeated_of_the_address_is_short():
    assert address.echoed("a" * 80) == "a" * 80
    assert address.echoed("a" * 10_000) == "a" * 79 + "…"
