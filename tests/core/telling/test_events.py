"""Events of the log in words: what each says, also where an altered line lacks its fields."""

import pytest

from core.runs.decision_log import Event
from core.telling.events import what_it_says, when


def event(event, /, **fields):
    return Event(line=1, sequence=1, time="", event=event, fields=fields, hash="", sound=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (event("locked", name="ward 3", stamp="pre-specified", who="Ann"), "ward 3 (pre-specified) by Ann"),
        (event("locked", name="a", stamp="b", who="c", finding="oedema"), "a for oedema (b) by c"),
        (event("locked"), "None (None) by None"),
        (event("revealed", by="ward 3"), "by the lock ward 3"),
        (event("compared", **{"with": "theirs", "set": "test"}), "with theirs on test"),
        (
            event("margin stated", **{"with": "b", "set": "validation", "figure": "auroc", "margin": 0.02, "who": "C"}),
            "auroc may fall short by 0.02, with b on validation, by C",
        ),
        (event("site added", site="north"), "north"),
        (event("site added", sites=["north", "south"]), "north, south"),
        (event("something else"), ""),
    ],
)
def test_what_it_says(given, said):
    assert what_it_says(given) == said


def test_a_time_is_written_for_people_and_else_left_as_it_stands():
    assert when("2026-11-26T23:53:22+00:00") == "26 Nov 2026, 23:53 UTC"
    assert when("noon") == "noon"
