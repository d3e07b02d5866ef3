"""The list has all 40 items of STARD-AI in their order, and points to what a dossier has."""

import re

from core.dossier.items import stard_ai
from core.dossier.typed import QUESTIONS

SECTIONS = {"decision", "promise", "figures", "subgroups", "flow", "model", "limits", "methods", "log"}
PARTS = {"15": "abcd", "16": "abc", "17": "ab", "26": "ab", "40": "ab"}


def test_none_is_left_out():
    expected = [f"{number}{part}" for number in range(1, 41) for part in PARTS.get(str(number), [""])]
    source, items = stard_ai()
    assert [item.number for item in items] == expected
    assert "doi:10.1038/s41591-025-03953-8" in source and "CC BY 4.0" in source


def test_all_point_to_what_there_is():
    for item in stard_ai()[1]:
        assert item.where in {"", *SECTIONS} and item.asks in {"", *QUESTIONS}
        assert not (item.where and item.asks)


def test_the_other_lists_have_such_numbers():
    tripod = {number for item in stard_ai()[1] for number in filter(None, item.tripod.split(", "))}
    claim = {number for item in stard_ai()[1] for number in filter(None, item.claim.split(", "))}
    assert all(re.fullmatch(r"([1-9]|1\d|2[0-7])[a-g]?", number) for number in tripod)
    assert {int(number) for number in claim} <= set(range(1, 45))
