"""The axis of scores: as wide as it is told, and each tick at the logit of the probability it is labelled with."""

import math
from itertools import pairwise

import plotly.graph_objects as go
import pytest

from core.telling.scale import Scale
from dashboard.charts.score_axis import score_axis

RAW = Scale(name="raw", temperature=1.0)


def axis_of(low: float, high: float, scale: Scale):
    figure = go.Figure()
    score_axis(figure, low, high, scale)
    return figure.layout.xaxis


def written(label: str) -> float:
    return 1 - float(label.removeprefix("1 − ")) if label.startswith("1 − ") else float(label)


@pytest.mark.parametrize("scale", [RAW, Scale(name="calibrated", temperature=2.5, shift=0.4)])
def test_axis_is_of_logits_under_the_names_of_a_scale(scale):
    axis = axis_of(-4.0, 6.0, scale)
    assert axis.title.text == f"{scale.called} (logit spacing)"
    assert axis.range == pytest.approx((-4.2, 6.2)), "with room for a marker at either end"
    assert [scale.probability(logit) for logit in axis.tickvals] == pytest.approx(list(map(written, axis.ticktext)))
    assert list(axis.tickvals) == sorted(axis.tickvals)


@pytest.mark.parametrize(("low", "high"), [(-2.1, 9.4), (-4, 6), (-20, 20), (0.2, 1.1), (-9, -3)])
def test_there_are_ticks_wherever_the_scores_lie_and_no_two_touch(low, high):
    axis = axis_of(low, high, RAW)
    letter = 0.02 * (high - low)
    assert len(axis.tickvals) >= 2
    for (left, a), (right, b) in pairwise(zip(axis.tickvals, axis.ticktext, strict=True)):
        assert right - left > letter * (len(a) + len(b)) / 2


def test_a_model_that_separates_perfectly_has_an_axis_that_can_be_read():
    """Its temperature is the least that is searched, and half of its probabilities are 0 and 1 to the last bit."""
    axis = axis_of(-8.0, 8.0, Scale(name="calibrated", temperature=0.01))
    assert axis.ticktext == ("1e-200", ".5", "1 − 1e-200")
    assert axis.tickvals == pytest.approx([-2 * math.log(10), 0, 2 * math.log(10)])


def test_scores_that_are_all_the_same_have_an_axis():
    low, high = axis_of(3.0, 3.0, RAW).range
    assert low < 3 < high
