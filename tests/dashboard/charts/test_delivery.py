import numpy as np
import pytest

from dashboard import gateway, theme
from dashboard.charts.delivery import distributions_figure

WORDS = ("without", "with")


def lines(figure):
    return [trace for trace in figure.data if trace.x[0] is not None]


def test_each_class_has_its_panel_and_each_split_its_dash(run):
    figure = distributions_figure(gateway.distributions(run, "test"), WORDS, threshold=0.5, dark=False)
    found = [(trace.xaxis, trace.line.color, trace.name, trace.line.dash) for trace in lines(figure)]
    assert found == [
        (axis, colour, split, dash)
        for axis, colour in (("x", theme.NEGATIVE), ("x2", theme.POSITIVE))
        for split, dash in (("Validation", "6px,3px"), ("Test", "solid"))
    ]
    assert [shape.x0 for shape in figure.layout.shapes] == [0.5, 0.5]
    (note,) = (note for note in figure.layout.annotations if note.text == "threshold")
    assert (note.x, note.y, note.yref, note.yanchor) == (0.5, 0, "y domain", "bottom"), "at the foot, below the titles"


def test_height_at_a_threshold_is_the_share_below_it(run):
    figure = distributions_figure(gateway.distributions(run, "test"), WORDS, threshold=None, dark=True)
    assert not figure.layout.shapes
    for trace in lines(figure):
        split = run.predictions(trace.name.lower())
        own = split.logit[split.y_true == (trace.xaxis == "x2")]
        at = np.searchsorted(trace.x, own, side="right") - 1
        assert np.array(trace.y)[at] == pytest.approx([(own <= score).mean() for score in own])
        assert (trace.y[0], trace.y[-1]) == (0.0, 1.0)
    first, second, *_ = lines(figure)
    assert (first.x[0], first.x[-1]) == (second.x[0], second.x[-1])
