"""The picture of the search."""

import numpy as np
import pandas as pd
import pytest

from core.telling.scale import Scale
from dashboard.charts.find_threshold import search_figure

LINES = pd.DataFrame(
    {
        "threshold": [3.0, 1.0, -1.0, -2.0],
        "passes": [False, False, True, True],
        "sensitivity": [0.2, 0.6, 0.9, 1.0],
        "sensitivity_low": [0.1, 0.5, 0.8, 0.95],
    }
)


def drawn(chosen, lines=LINES):
    return search_figure(
        lines,
        {"sensitivity": "sensitivity"},
        {"floor of sensitivity, 0.8": 0.8},
        title="Sensitivity",
        axis="share",
        chosen=chosen,
        scale=Scale(name="calibrated", temperature=2.0),
        dark=False,
    )


def test_rate_bound_floor_and_the_one_found():
    figure = drawn(-1.0)
    rate, bound, floor, stretch, found = figure.data
    assert stretch.name == "holds here", "in the legend: in a narrow stretch there is no room for words"
    assert (rate.name, bound.name, floor.name) == (
        "sensitivity",
        "lower bound of sensitivity, each threshold alone",
        "floor of sensitivity, 0.8",
    )
    assert np.array_equal(rate.x, LINES["threshold"])
    assert np.array_equal(bound.y, LINES["sensitivity_low"])
    assert set(floor.y) == {0.8}
    assert (found.x, found.y) == ((-1.0,), (0.9,))
    stretch, line = figure.layout.shapes
    assert (stretch.x0, stretch.x1) == (-2.0, -1.0)
    assert line.x0 == line.x1 == -1.0
    assert figure.layout.xaxis.title.text == "threshold, as calibrated probability (logit spacing)"
    assert figure.layout.xaxis.range == tuple(floor.x) == pytest.approx((-2.1, 3.1)), "room for a marker at either end"
    assert 0.5 in np.round(1 / (1 + np.exp(-np.array(figure.layout.xaxis.tickvals) / 2.0)), 9)


def test_nothing_found_and_nothing_passing_are_not_drawn():
    figure = drawn(None, LINES.assign(passes=False))
    assert [trace.name for trace in figure.data][-1] == "floor of sensitivity, 0.8"
    assert figure.layout.shapes == ()


def test_where_it_holds_twice_both_stretches_are_shaded():
    figure = drawn(None, LINES.assign(passes=[True, False, True, True]))
    assert [(shape.x0, shape.x1) for shape in figure.layout.shapes] == [(3.0, 3.0), (-2.0, -1.0)]


def test_steps_hold_for_every_threshold_up_to_the_next_score():
    """Between two scores the counts are those of the upper one, from which the line comes: across first, then down."""
    rate, bound, *_ = drawn(None).data
    assert list(rate.x) == sorted(rate.x, reverse=True)
    assert rate.line.shape == bound.line.shape == "hv"
