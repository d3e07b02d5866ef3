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


DISCRIMINATION = pd.DataFrame(
    [
        ("auroc", "validation", 0.95, 0.91, 0.97),
        ("auroc", "test", 0.88, 0.80, 0.90),
        ("auprc", "validation", 0.93, 0.86, 0.96),
        ("auprc", "test", 0.85, 0.74, 0.89),
    ],
    columns=["measure", "split", "value", "low", "high"],
)


def test_every_dot_has_both_ends_of_its_interval():
    figure = charts.discrimination_figure(DISCRIMINATION, dark=False)
    lines, dots = ([trace for trace in figure.data if trace.mode == mode] for mode in ("lines", "markers"))
    bars = {trace.y: tuple(trace.x) for trace in lines}
    assert len(bars) == len(dots) == 4
    for row in DISCRIMINATION.to_dict("records"):
        (dot,) = (trace for trace in dots if trace.x == (row["value"],))
        assert bars[dot.y * 2] == (row["low"], row["high"])
        assert round(dot.y[0]) == (row["measure"] == "auroc")
        assert dot.name == theme.SPLITS[row["split"]]
        assert f"<br>{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})" in dot.hovertemplate
    assert figure.layout.xaxis.range[0] < 0.74


def test_undefined_discrimination_leaves_an_empty_figure():
    row = {"measure": "auroc", "split": "test", "value": math.nan, "low": math.nan, "high": math.nan, "level": 0.95}
    figure = charts.discrimination_figure(pd.DataFrame([row | {"method": "undefined: one class"}]), dark=False)
    assert not figure.data
    assert all(map(math.isfinite, figure.layout.xaxis.range))


def test_classes_have_their_colours_and_a_shape(run):
    bars = charts.composition_figure(tables.composition(run), ("without", "with"), dark=False).data
    assert [bar.marker.color for bar in bars] == [theme.NEGATIVE, theme.POSITIVE]
    assert [bar.marker.pattern.shape for bar in bars] == ["", "/"]


def test_counts_stand_level_in_the_bars(run):
    table = tables.composition(run)
    bars = charts.composition_figure(table, ("without", "with"), dark=False).data
    for bar, column in zip(bars, ("without", "with"), strict=True):
        assert list(bar.text) == [theme.count(number) for number in table[column]]
        assert (bar.textposition, bar.textangle) == ("inside", 0), "turned they would be read less well than left out"


def test_class_names_are_no_html(run):
    figure = charts.composition_figure(tables.composition(run), ("<b>a</b>", "<a href='x'>b</a>"), dark=False)
    assert all("<" not in bar.name for bar in figure.data)


def test_the_curve_of_a_fit_under_way_has_room_for_the_epochs_to_come(run):
    done = run.history.iloc[:1]
    figure = charts.training_figure(done, dark=False, epochs=8)
    assert [trace.y[0] for trace in figure.data] == [done["train_loss"].iloc[0], done["val_auroc"].iloc[0]]
    assert {axis.range for axis in figure.select_xaxes()} == {(0.5, 8.5)}


def test_the_axis_of_a_first_epoch_says_no_auroc_above_1(run):
    figure = charts.training_figure(run.history.iloc[:1], dark=False, epochs=8)
    limits = figure.layout.yaxis2.autorangeoptions
    assert limits.clipmin == 0 and 1 < limits.clipmax < 1.05  # above 1 by half a dot
    assert figure.layout.yaxis.autorangeoptions.clipmin == 0
