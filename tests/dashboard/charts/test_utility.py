"""The figures of Utility: core's numbers as they are, and the current threshold in each."""

import numpy as np
import pytest

from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.cost_curve import choices_cost, least_cost, threshold_cost
from core.evaluation.worth.utility import decision_curve, rates_by_threshold
from core.telling.scale import Scale
from dashboard.charts.utility import cost_figure, decision_figure, rates_figure

SCALE = Scale(name="calibrated", temperature=2.0)


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


@pytest.fixture
def figures(run):
    sweeps = {name: threshold_sweep(split) for name, split in run.evaluation_sets.items() if split.n}
    curve = decision_curve(run.predictions("test"), {"calibrated": 2.0, "raw": 1.0})
    least, choices = least_cost(sweeps["test"]), choices_cost(sweeps["validation"], sweeps["test"])
    here = threshold_cost(sweeps["test"], 1.0, np.linspace(0, 1, 11))
    table = rates_by_threshold(sweeps["test"], 2.0)
    return {
        "decision": (decision_figure(curve, shown="calibrated", now=0.62, worth=0.4, dark=False), curve),
        "cost": (cost_figure(least, choices, here, now=0.7, dark=False), choices),
        "rates": (rates_figure(table, now=1.0, scale=SCALE, dark=False), table),
    }


def test_lines_are_cores_numbers(figures):
    figure, curve = figures["decision"]
    for model in ("calibrated", "raw"):
        np.testing.assert_array_equal(
            trace(figure, f"model, {model}").y, curve.loc[curve["model"] == model, "net_benefit"]
        )
    figure, choices = figures["cost"]
    np.testing.assert_array_equal(trace(figure, "thresholds that validation chose").y, choices["cost"])
    figure, table = figures["rates"]
    for name, column in (("PPV", "precision"), ("NPV", "npv"), ("F1", "f1"), ("net benefit", "net_benefit")):
        np.testing.assert_array_equal(trace(figure, name).y, table[column])
        assert trace(figure, name).line.shape == "hv"


def around(band, line, table, low, value, high):
    """Whether a band goes along the upper limits and back along the lower ones, of a line that lies between them."""
    known = table[table[low].notna() & table[high].notna()]
    assert len(known) > 5
    assert (known[low] < known[value]).any() and (known[value] < known[high]).any()
    x = known.iloc[:, 0] if value == "cost" else known["probability"]
    np.testing.assert_array_equal(band.x, [*x, *x[::-1]])
    np.testing.assert_array_equal(band.y, [*known[high], *known[low][::-1]])
    assert band.fill == "toself"
    np.testing.assert_array_equal(line.y, table[value])


@pytest.mark.parametrize("shown", ["calibrated", "raw"])
def test_decision_curve_has_the_whole_band_of_the_model_that_is_shown(run, shown):
    curve = decision_curve(run.predictions("test"), {"calibrated": 2.0, "raw": 1.0})
    figure = decision_figure(curve, shown=shown, now=0.62, worth=0.4, dark=True)
    own = curve[curve["model"] == shown]
    band = trace(figure, "95 % interval, pointwise")
    around(band, trace(figure, f"model, {shown}"), own, "low", "net_benefit", "high")


def test_cost_of_the_threshold_now_has_its_whole_band(run):
    sweep = threshold_sweep(run.predictions("test"))
    here = threshold_cost(sweep, 1.0, np.linspace(0, 1, 11))
    figure = cost_figure(least_cost(sweep), None, here, now=0.7, dark=False)
    band = trace(figure, "95 % interval, threshold now")
    around(band, trace(figure, "threshold now"), here, "low", "cost", "high")


def test_threshold_now_stands_in_each(figures):
    for (figure, _), x in zip(figures.values(), (0.62, 0.7, 1.0), strict=True):
        assert [shape.x0 for shape in figure.layout.shapes] == [x]


@pytest.mark.parametrize(("name", "x"), [("decision", 0.62), ("cost", 0.7), ("rates", 1.0)])
def test_name_of_the_threshold_now_stands_over_the_picture_where_no_line_runs(figures, name, x):
    (note,) = figures[name][0].layout.annotations
    assert (note.x, note.y, note.yref, note.yanchor) == (x, 1, "paper", "bottom")


def test_rates_of_equal_scores_have_an_axis_as_well(figures):
    _, table = figures["rates"]
    one = table.iloc[[0]].assign(threshold=3.0)
    low, high = rates_figure(one, now=3.0, scale=SCALE, dark=False).layout.xaxis.range
    assert low < 3.0 < high


def test_every_axis_has_a_title_and_a_range(figures):
    for figure, _ in figures.values():
        for axis in (figure.layout.xaxis, figure.layout.yaxis):
            assert axis.title.text
            assert axis.range[0] < axis.range[1]


def test_a_probability_stands_in_percent_as_in_sentences(figures):
    axis = figures["decision"][0].layout.xaxis
    assert list(axis.ticktext) == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
    assert list(axis.tickvals) == [0, 0.2, 0.4, 0.6, 0.8, 1]


def test_the_whole_band_lies_within_the_picture(run):
    curve = decision_curve(run.predictions("test"), {"calibrated": 2.0})
    curve["high"] += 0.3
    _, top = decision_figure(curve, shown="calibrated", now=0.62, worth=0.4, dark=False).layout.yaxis.range
    assert top > curve["high"].max()
