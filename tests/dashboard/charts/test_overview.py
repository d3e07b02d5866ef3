import math

import pandas as pd
import pytest

from dashboard import theme
from dashboard.charts import overview as charts
from dashboard.overview import tables


def figures(run):
    return {
        "discrimination": charts.discrimination_figure(tables.discrimination(run), dark=False),
        "composition": charts.composition_figure(tables.composition(run), ("without", "with"), dark=False),
        "training": charts.training_figure(run.history, dark=False),
    }


@pytest.mark.parametrize("name", ["discrimination", "composition", "training"])
def test_figure_says_what_is_seen(run, name):
    figure = figures(run)[name]
    assert figure.layout.title.text
    titles = [axis.title.text for axis in figure.select_xaxes()] + [axis.title.text for axis in figure.select_yaxes()]
    assert any(titles)
    figure.to_json()


def test_dots_lie_on_their_values_within_their_intervals(run):
    table = tables.discrimination(run)
    figure = charts.discrimination_figure(table, dark=True)
    dots = sorted(trace.x[0] for trace in figure.data if trace.mode == "markers")
    assert dots == sorted(table["value"])
    left, right = figure.layout.xaxis.range
    assert left < table["low"].min()
    assert right > 1


def test_undefined_discrimination_leaves_an_empty_figure():
    row = {"measure": "auroc", "split": "test", "value": math.nan, "low": math.nan, "high": math.nan, "level": 0.95}
    figure = charts.discrimination_figure(pd.DataFrame([row | {"method": "undefined: one class"}]), dark=False)
    assert not figure.data
    assert all(map(math.isfinite, figure.layout.xaxis.range))


def test_classes_have_their_colours_and_a_shape(run):
    bars = charts.composition_figure(tables.composition(run), ("without", "with"), dark=False).data
    assert [bar.marker.color for bar in bars] == [theme.NEGATIVE, theme.POSITIVE]
    assert [bar.marker.pattern.shape for bar in bars] == ["", "/"]


def test_class_names_are_no_html(run):
    figure = charts.composition_figure(tables.composition(run), ("<b>a</b>", "<a href='x'>b</a>"), dark=False)
    assert all("<" not in bar.name for bar in figure.data)
