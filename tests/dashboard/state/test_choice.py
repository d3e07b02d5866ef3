"""A choice: what the address says, else what comes first, and never anything unknown."""

import pytest

from dashboard.state import address, choice
from dashboard.state.choice import Choice, Note

KNOWN = ["validation", "test", "north"]
SPLIT = Choice[str]("split")


def test_the_first_until_something_was_chosen(params):
    assert SPLIT.among(KNOWN) == "validation"
    assert SPLIT.among(KNOWN, "north") == "north"
    SPLIT.choose("test")
    assert SPLIT.among(KNOWN) == SPLIT.among(KNOWN, "north") == SPLIT.value("north") == "test"
    address.settle()
    assert params == {"split": "test"}
    SPLIT.choose(None)
    assert SPLIT.held() is None


def test_what_was_not_chosen_is_noted_for_the_link_to_copy():
    SPLIT.among(KNOWN)
    assert (address.held(), address.complete()) == ({}, {"split": "validation"})


@pytest.mark.parametrize("asked", ["", "nowhere", "Test"])
def test_an_address_that_names_nothing_known_is_passed_over_and_said(params, asked):
    params.update(split=asked)
    address.resolve()
    assert SPLIT.among(KNOWN) == "validation"
    assert (address.unread(), address.held()) == ({"split": asked}, {})


def test_one_that_is_of_the_gallerys_selection_begins_with_its_first_page():
    address.put("page", "3")
    SPLIT.choose("test")
    assert address.text("page") == "3"
    Choice[str]("split", of_selection=True).choose("north")
    assert address.text("page") is None


def test_widgets_have_the_name_or_a_key_of_their_own():
    assert Choice[str]("split", "split_switch").widget == "split_switch"
    assert SPLIT.widget == "split"


@pytest.mark.parametrize(
    ("read", "texts", "values"),
    [
        (choice.whole, ["0", "17", "-1", "1.5", "9" * 10, "two"], [0, 17, None, None, None, None]),
        (choice.share, ["0.3", "1", "0", "nan", "x"], [0.3, None, None, None, None]),
        (choice.floor, ["0.90", "1", "0", "1.2", "1e-3", "0.1234567890123"], ["0.90", "1", None, None, None, None]),
        (choice.BINS.read, ["2", "50", "1", "51", "ten"], [2, 50, None, None, None]),
    ],
)
def test_only_what_can_be_chosen_is_read(read, texts, values):
    assert [read(text) for text in texts] == values


def test_a_note_stands_in_no_address():
    note = Note[int]("locked")
    assert note.value(3) == 3
    note.keep(7)
    assert (note.value(3), address.complete()) == (7, {})
