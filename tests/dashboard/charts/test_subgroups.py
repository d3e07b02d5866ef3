"""The forest plot: every level with both ends of its interval, and the line and band of all images."""

import math

import pandas as pd
import pytest

from core.evaluation.estimates.intervals import Estimate
from dashboard.charts.subgroups import difference_figure, forest_figure
from tests.dashboard.charts.reading import ends

HOSTILE = "<a href='x'>z</a>"
SMALL = "5 images"
OVERALL = Estimate(value=0.85, low=0.81, high=0.88, method="")
ROWS = pd.DataFrame(
    [
        ("north", 40, 20, 0.90, 0.78, 0.95, "", 0.3, 0.6, False),
        ("south", 50, 30, 0.55, 0.42, 0.61, "", 0.001, 0.004, True),
        (HOSTILE, 5, 4, 0.80, 0.35, 0.97, SMALL, 0.7, 1.0, False),
        ("ship", 6, 6, 0.20, 0.04, 0.58, SMALL, 0.001, 0.004, True),
        ("alone", 1, 1, 1.00, math.nan, math.nan, SMALL, math.nan, math.nan, False),
    ],
    columns=["level", "images", "patients", "value", "low", "high", "small", "p", "p_adjusted", "differs"],
)


def drawn(overall=OVERALL, *, rows=ROWS, perfect=1, solid=True, dark=False):
    return forest_figure(rows, overall, title="Sensitivity", axis="share", perfect=perfect, solid=solid, dark=dark)


def dots(figure):
    return [trace for trace in figure.data if trace.mode == "markers"]


def test_each_level_stands_in_its_row_with_both_ends_of_its_interval():
    figure = drawn()
    heights = dict(zip(figure.layout.yaxis.tickvals, ROWS["level"], strict=True))
    found = {
        heights[y]: interval
        for trace in dots(figure)
        for y, interval in zip(trace.y, ends(trace.x, trace.error_x), strict=True)
    }
    assert len(found) == len(ROWS)
    for row in ROWS.to_dict("records"):
        expected = (row["value"], row["low"], row["high"])
        assert found[row["level"]] == pytest.approx(expected, nan_ok=True), row["level"]
    assert list(figure.layout.yaxis.tickvals) == [4, 3, 2, 1, 0], "the first on top"


def test_interval_is_said_in_words_too():
    said = "\n".join(text for trace in dots(drawn()) for text in trace.text)
    assert "north<br>0.900 (0.780 to 0.950)<br>against the rest: p 0.300, adjusted 0.600" in said
    assert f"alone<br>1.000<br>{SMALL}" in said


def test_what_is_small_or_differs_has_another_shape():
    symbols = {trace.marker.symbol: list(trace.x) for trace in dots(drawn())}
    assert symbols == {"circle": [0.90], "circle-open": [0.80, 1.00], "diamond": [0.55], "diamond-open": [0.20]}


@pytest.mark.parametrize(("solid", "dash"), [(True, "solid"), (False, "6px,3px")])
def test_line_and_band_are_all_images(solid, dash):
    figure = drawn(solid=solid)
    (line,) = (trace for trace in figure.data if trace.name == "all images")
    assert (tuple(line.x), line.line.dash) == ((0.85, 0.85), dash)
    (band,) = figure.layout.shapes
    assert (band.x0, band.x1) == (0.81, 0.88)


def test_no_interval_of_all_images_is_no_band():
    assert not drawn(Estimate(value=0.85, low=math.nan, high=math.nan, method="")).layout.shapes


@pytest.mark.parametrize(("perfect", "ends"), [(1, (0.04, 1.0)), (0, (0.0, 1.0))])
def test_axis_holds_every_interval_and_what_is_perfect(perfect, ends):
    room = 0.05 * (ends[1] - ends[0])
    assert drawn(perfect=perfect).layout.xaxis.range == pytest.approx((ends[0] - room, ends[1] + room))


def test_axis_of_nothing_but_perfect_levels_has_a_width():
    row = ROWS.iloc[[-1]]
    figure = drawn(Estimate(value=1.0, low=math.nan, high=math.nan, method=""), rows=row)
    assert figure.layout.xaxis.range == pytest.approx((0.999, 1.001))


@pytest.mark.parametrize("length", [79, 80, 81, 200])
def test_hover_has_the_first_80_letters_of_a_name_and_the_axis_32(length):
    name = "".join(chr(ord("a") + place % 26) for place in range(length))
    figure = drawn(rows=ROWS.iloc[[0]].assign(level=name))
    ((text,),) = (trace.text for trace in dots(figure))
    assert text.split("<br>")[0] == name[:80]
    assert figure.layout.yaxis.ticktext[0].split("<br>")[0] == name[:31] + "…"


def test_differences_stand_about_the_rest_with_both_ends_of_their_intervals():
    rows = ROWS.assign(value=ROWS["value"] - 0.8, low=ROWS["low"] - 0.8, high=ROWS["high"] - 0.8).iloc[:4]
    figure = difference_figure(rows, title="Sensitivity: level − rest", axis="difference", dark=False)
    heights = dict(zip(figure.layout.yaxis.tickvals, rows["level"], strict=True))
    found = {
        heights[y]: interval
        for trace in dots(figure)
        for y, interval in zip(trace.y, ends(trace.x, trace.error_x), strict=True)
    }
    expected = {row["level"]: (row["value"], row["low"], row["high"]) for row in rows.to_dict("records")}
    assert found == {level: pytest.approx(interval) for level, interval in expected.items()}
    (line,) = (trace for trace in figure.data if trace.name == "the rest")
    assert tuple(line.x) == (0, 0)
    assert not figure.layout.shapes
    names = {trace.name for trace in dots(figure)}
    assert "level, 95 % for all at once" in names and "level, 95 % interval" not in names
    low, high = figure.layout.xaxis.range
    assert low < rows["low"].min() and rows["high"].max() < high


def test_names_of_levels_are_no_html():
    assert "<a " not in drawn(dark=True).to_json()
