"""What figures share: a title, a height, axes that can be read and do not move under a finger."""

import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from dashboard import theme
from dashboard.charts.style import axis_title, styled


@pytest.mark.parametrize("dark", [False, True])
def test_every_axis_is_readable_and_stands_still(dark):
    layout = styled(make_subplots(rows=1, cols=2), title="ROC", height=390, dark=dark).layout
    assert (layout.title.text, layout.height, layout.dragmode) == ("ROC", 390, False)
    for axis in (layout.xaxis, layout.yaxis, layout.xaxis2, layout.yaxis2):
        assert axis.fixedrange and axis.automargin
        assert axis.tickfont.color == axis.title.font.color == theme.quiet_ink(dark=dark)


def test_what_a_figure_says_of_its_axes_is_kept():
    figure = go.Figure(layout={"xaxis": {"title": {"text": "logit"}, "range": [-1, 2]}})
    axis = styled(figure, title="", height=100, dark=False).layout.xaxis
    assert (axis.title.text, axis.range) == ("logit", (-1, 2))


@pytest.mark.parametrize("low", [0.004, 0.763, 0.8951, 0.9049, 0.9863, 0.9899, 0.99151, 0.9968])
def test_an_axis_says_where_it_begins_to_a_tenth_of_its_length(low):
    words, _, said = axis_title("share", low).partition("; axis from ")
    assert words == "share" and abs(float(said) - low) <= (1 - low) / 10


def test_an_axis_from_0_says_nothing():
    assert axis_title("share", 0.0) == "share"
