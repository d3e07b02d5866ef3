import numpy as np
import pandas as pd
import pytest

from core.evaluation.choosing.cases_needed import repeated_draws, spread
from core.evaluation.comparing.conformal import class_conditional, set_counts
from dashboard import theme
from dashboard.charts import adaptation as charts

FLOOR = ("sensitivity", "0.80")


def test_lines_are_medians_and_bands_what_most_samples_reach(run):
    drawn = repeated_draws(run.predictions("test"), 0.0, floor=FLOOR, sizes=(10, 30, 50), draws=20)
    figure = charts.spread_figure(drawn, FLOOR, dark=False)
    by_name = {(trace.name, trace.xaxis): trace for trace in figure.data if trace.name}
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(by_name) == len(bands) == 4
    for column, rate in (("x", "sensitivity"), ("x2", "specificity")):
        table = spread(drawn, rate).query("draws > 0")
        line = by_name["guaranteed threshold", column]
        assert list(line.y) == pytest.approx(table["middle"].tolist())
        assert list(line.x) == table["patients"].tolist()
    assert figure.layout.shapes[0].y0 == 0.8
    assert figure.layout.shapes[0].xref == "x domain"


def test_each_band_lies_around_its_line_from_low_to_high():
    rng = np.random.default_rng(0)
    ways = [prefix + rate for rate in charts.RATES for prefix in ("", "unadapted_")]
    drawn = pd.DataFrame({"patients": np.repeat([10, 30, 50], 20)} | {way: rng.beta(5, 2, 60) for way in ways})
    figure = charts.spread_figure(drawn, FLOOR, dark=False)
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    lines = [trace for trace in figure.data if trace.name]
    low, high = figure.layout.yaxis.range
    assert low == pytest.approx(min(min(band.y) for band in bands) - 0.05) and high > 1
    assert low > 0, "an axis from 0 would leave the bands flat"
    for band, line, way in zip(bands, lines, ways, strict=True):
        table = spread(drawn, way)
        assert band.xaxis == line.xaxis
        assert list(band.x) == [*table["patients"], *table["patients"][::-1]]
        assert list(band.y) == pytest.approx([*table["high"], *table["low"][::-1]])
        assert list(line.y) == pytest.approx(table["middle"].tolist())
        np.testing.assert_array_equal(line.customdata, table[["low", "high", "draws"]])


def test_samples_without_any_threshold_leave_the_plain_line(run):
    drawn = repeated_draws(run.predictions("test"), 0.0, floor=("sensitivity", "0.999"), sizes=(10,), draws=3)
    figure = charts.spread_figure(drawn, ("sensitivity", "0.999"), dark=True)
    assert all(
        len(trace.x) == (0 if trace.name == "guaranteed threshold" else 1) for trace in figure.data if trace.name
    )


def test_bars_are_shares_of_each_class_with_counts_in_them(run):
    test = run.predictions("test")
    given = set_counts(class_conditional(run.predictions("validation"), "0.90"), test)
    names = {name: name.upper() for name in given[0]}
    figure = charts.sets_figure(given, names, ("without", "with"), dark=False)
    assert np.sum([trace.x for trace in figure.data], axis=0) == pytest.approx([100, 100])
    for trace in figure.data:
        name = trace.name.lower()
        assert list(trace.customdata) == [given[label][name] for label in (0, 1)]
    colours = {trace.name: trace.marker.color for trace in figure.data}
    assert (colours["NEGATIVE"], colours["POSITIVE"]) == (theme.NEGATIVE, theme.POSITIVE)
    assert colours["BOTH"] == theme.quiet_ink(dark=False)
    assert colours["NONE"] == "rgba(0, 0, 0, 0)", "hollow, so that it does not look like both"
    patterns = {trace.name: trace.marker.pattern.shape for trace in figure.data}
    assert (patterns["BOTH"], patterns["NONE"]) == ("", "/")
