"""Two runs on the same axes: whose points are drawn, how they are told apart, and both ends of every interval."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.calibration.reliability import reliability_bins
from dashboard import theme
from dashboard.charts.compare import Drawn, calibration_figure, decision_figure, roc_figure

POINTS = pd.DataFrame({"sensitivity": [0.5, 1.0], "specificity": [0.9, 0.0], "precision": [0.8, 0.5]})


@pytest.mark.parametrize("dark", [False, True])
def test_a_is_solid_ink_with_a_filled_mark_and_b_dashed_with_an_open_one(dark):
    runs = [Drawn("A, <one>", POINTS, 0.1, 0.5), Drawn("B, two", POINTS, 0.2, 0.6, grades=True)]
    _, a, mark_a, b, mark_b = roc_figure(runs, dark=dark).data
    assert (a.line.dash, a.line.color, a.mode) == ("solid", theme.ink(dark=dark), "lines")
    assert (b.line.dash, b.line.color, b.mode) == ("7px,4px", theme.quiet_ink(dark=dark), "lines+markers")
    assert (list(a.x), list(a.y)) == (pytest.approx([0.0, 0.1, 1.0]), [0.0, 0.5, 1.0])
    assert (mark_a.marker.symbol, mark_b.marker.symbol) == ("diamond", "circle-open")
    assert (mark_b.x[0], mark_b.y[0]) == (0.2, 0.6)
    assert a.name == "A, &lt;one&gt;"


def test_a_run_without_a_threshold_has_no_mark():
    assert len(roc_figure([Drawn("A", POINTS), Drawn("B", POINTS, 0.2, 0.6)], dark=False).data) == 4


def test_dots_have_the_limits_of_their_bins():
    rng = np.random.default_rng(0)
    p = rng.random(200)
    bins = reliability_bins((rng.random(200) < p).astype(int), p, 5, equal_mass=True)
    drawn = calibration_figure([(1, "B", bins)], "ill", dark=False).data[1]
    assert drawn.y + drawn.error_y.array == pytest.approx(bins.high)
    assert drawn.y - drawn.error_y.arrayminus == pytest.approx(bins.low)
    assert list(drawn.x) == pytest.approx(bins.mean_predicted)


def test_decision_curves_have_both_defaults_and_the_price_in_use():
    worth = pd.DataFrame({"probability": [0.1, 0.5], "net_benefit": [0.4, 0.2], "treat_all": [0.45, 0.0]})
    figure = decision_figure([(0, "A", worth), (1, "B", worth)], at=0.1, dark=False)
    assert [line.name for line in figure.data] == ["A", "B", "everyone called positive", "no one"]
    assert figure.layout.shapes[0].x0 == 0.1
    assert list(figure.data[2].y) == [0.45, 0.0]
