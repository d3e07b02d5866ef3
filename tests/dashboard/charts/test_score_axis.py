"""The axis of scores: as wide as it is told, and each tick at the logit of the probability it is labelled with."""

import plotly.graph_objects as go
import pytest

from dashboard.charts.score_axis import score_axis
from dashboard.scale import Scale


@pytest.mark.parametrize("scale", [Scale(name="raw", temperature=1.0), Scale(name="calibrated", temperature=2.5)])
def test_axis_is_of_logits_under_the_names_of_a_scale(scale):
    figure = go.Figure()
    score_axis(figure, -4.0, 6.0, scale)
    axis = figure.layout.xaxis
    assert axis.title.text == f"{scale.name} probability (logit spacing)"
    assert axis.range == pytest.approx((-4.2, 6.2)), "with room for a marker at either end"
    written = [float(text.replace("1 − 1e-6", "0.999999").replace("1 − 1e-9", "0.999999999")) for text in axis.ticktext]
    assert [scale.probability(logit) for logit in axis.tickvals] == pytest.approx(written, rel=1e-9)
    assert list(axis.tickvals) == sorted(axis.tickvals)
