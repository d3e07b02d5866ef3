"""Pictures stand where their axes say, and leave out what cannot be drawn."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dossier.svg import Picture, ticks, written


def picture(**changes):
    return Picture(**{"title": "T", "x_title": "x", "y_title": "y", "x": (0, 1), "y": (0, 2), "alt": "a <b>"} | changes)


def test_a_point_is_where_the_axes_say():
    one = picture(width=168, height=176)  # 100 by 100 pixels within
    assert one.at(0, 0) == (54, 130)
    assert one.at(1, 2) == (154, 30)
    assert one.at(0.25, 1) == (79, 80)


def test_a_dot_has_its_interval():
    one = picture(width=168, height=176)
    one.dot(0.5, 1.0, low=0.5, high=2.0, look="own")
    line, dot = one.parts
    assert ("y1='105.0'" in line, "y2='30.0'" in line, "cx='104.0' cy='80.0'" in dot) == (True, True, True)


def test_what_is_undefined_is_not_drawn():
    one = picture()
    one.dot(0.5, math.nan, look="own")
    one.dot(0.5, 1.0, low=math.nan, high=math.nan, look="own")
    one.line([0, 0.1, 0.2, 0.3, 0.4], [0, 1, math.nan, 1, 2], look="own")
    one.band([0, 1], [math.nan, 0], [1, 1], look="own")
    assert [part.partition(" ")[0] for part in one.parts] == ["<circle", "<path"]
    assert one.parts[1].count("M") == 2


def test_a_histogram_is_closed():
    one = picture(width=168, height=176)
    one.steps([0, 0.5, 1], [1, 2], look="own")
    assert re.findall(r"[ML]?([\d.]+ [\d.]+)", one.parts[0].partition("d='")[2]) == [
        "54.0 130.0",
        "54.0 80.0",
        "104.0 80.0",
        "104.0 30.0",
        "154.0 30.0",
        "154.0 130.0",
    ]


def test_titles_are_text_and_the_live_threshold_finds_the_chart():
    drawn = picture(title="<i>").drawn(key="roc")
    assert "&lt;i&gt;" in drawn and "a &lt;b&gt;" in drawn and "<b>" not in drawn
    assert "class='st-key-roc'" in drawn and '{"xaxis":{"range":[0, 1]},"yaxis":{"range":[0, 2]}}' in drawn


@pytest.mark.parametrize(
    ("ends", "expected"),
    [((0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]), ((-7.3, 11.2), [-5, 0, 5, 10]), ((0, 0.17), [0, 0.05, 0.1, 0.15])],
)
def test_ticks_are_round(ends, expected):
    assert ticks(*ends) == expected


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_lie_within_and_are_few(low, width):
    found = ticks(low, low + width)
    assert len(found) <= 6 and all(low - 1e-6 * width <= tick <= low + width * (1 + 1e-6) for tick in found)


def test_a_minus_is_true():
    assert written(-2.5) == "−2.5"
