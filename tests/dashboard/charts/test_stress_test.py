"""The figure of the stress test: dots with both ends of their intervals, beside the unshifted line and band."""

import pandas as pd
import pytest

from dashboard.charts.stress_test import rate_figure
from tests.dashboard.charts.reading import ends

AXIS = (0.29, 1.01)
COLUMNS = [
    "title",
    "strength",
    "amount",
    "specificity",
    "specificity_low",
    "specificity_high",
    "specificity_change",
    "specificity_change_low",
    "specificity_change_high",
    "specificity_differs",
]
TABLE = pd.DataFrame(
    [
        ("Unshifted", 0, "", 0.80, 0.74, 0.83, 0.0, 0.0, 0.0, False),
        ("Blur", 1, "a little", 0.78, 0.71, 0.82, -0.02, -0.05, 0.04, False),
        ("Blur", 2, "more", 0.60, 0.53, 0.64, -0.20, -0.29, -0.14, True),
        ("Blur", 3, "most", 0.40, 0.31, 0.44, -0.40, -0.50, -0.33, True),
        ("<b>Noise</b>", 1, "a little", 0.81, 0.75, 0.86, 0.01, -0.02, 0.06, False),
        ("<b>Noise</b>", 2, "more", 0.82, 0.77, 0.84, 0.02, -0.01, 0.03, False),
        ("<b>Noise</b>", 3, "most", 0.95, 0.90, 0.97, 0.15, 0.11, 0.22, True),
    ],
    columns=COLUMNS,
)


@pytest.fixture(params=[False, True])
def figure(request):
    return rate_figure(TABLE, "specificity", axis=AXIS, dark=request.param)


def by_dot(figure):
    """What is drawn of each dot, by its height, from top to bottom."""
    rows = [
        (y, *interval, text, trace.name)
        for trace in figure.data
        for y, interval, text in zip(trace.y, ends(trace.x, trace.error_x), trace.text, strict=True)
    ]
    return sorted(rows, reverse=True)


def test_dots_are_values_with_both_ends_of_their_intervals_mild_above_strong(figure):
    found = [numbers for _, *numbers, _, _ in by_dot(figure)]
    expected = TABLE.loc[1:, ["specificity", "specificity_low", "specificity_high"]]
    assert [value for row in found for value in row] == pytest.approx(expected.to_numpy().ravel().tolist())
    heights = [y for y, *_ in by_dot(figure)]
    assert [round(y) for y in heights] == [0, 0, 0, -1, -1, -1]
    assert figure.layout.yaxis.range == pytest.approx((-1.4, 0.6)), "both rows are whole"


def test_line_and_band_are_the_unshifted_images(figure):
    band, line, *_ = figure.layout.shapes
    assert (band.x0, band.x1) == (0.74, 0.83)
    assert line.x0 == line.x1 == 0.80
    assert tuple(figure.layout.xaxis.range) == AXIS


def test_what_changed_clearly_has_another_shape(figure):
    assert [kind for *_, kind in by_dot(figure)] == [
        "no clear difference",
        "differs, more than chance: a loss",
        "differs, more than chance: a loss",
        "no clear difference",
        "no clear difference",
        "differs, more than chance: a gain",
    ]
    symbols = {trace.name: trace.marker.symbol for trace in figure.data}
    assert symbols == {
        "no clear difference": "circle",
        "differs, more than chance: a loss": "diamond",
        "differs, more than chance: a gain": "diamond-open",
    }


def test_interval_and_change_are_said_in_words_too(figure):
    assert by_dot(figure)[2][4] == (
        "Blur, strong: most<br>specificity 0.400 (0.310 to 0.440)<br>change −0.400 (−0.500 to −0.330)"
    )


def test_names_of_rows_are_no_html(figure):
    assert list(figure.layout.yaxis.ticktext) == ["Blur", "&lt;b&gt;Noise&lt;/b&gt;"]


def test_only_a_clear_loss_is_loud(figure):
    colours = {trace.name: (trace.marker.color, trace.marker.line.width) for trace in figure.data if trace.name}
    loud = colours.pop("differs, more than chance: a loss")
    assert loud[1] > 0
    assert all(colour != loud[0] and width == 0 for colour, width in colours.values())
    assert len(colours) == 2
