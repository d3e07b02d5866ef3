"""The figures of the threshold: the curves as they are, the split that is seen louder, and no threshold in them."""

import numpy as np
import pandas as pd
import pytest

from core.evaluation.curves import curve, score_bins
from core.evaluation.positions import vertices
from core.evaluation.roc_band import roc_band
from core.evaluation.sweep import threshold_sweep
from core.telling.scale import Scale
from dashboard import theme
from dashboard.charts.threshold import precision_recall_figure, roc_figure, scores_figure

RAW = Scale(name="raw", temperature=1.0)
CALIBRATED = Scale(name="calibrated", temperature=2.0)
CLASSES = ("without", "with")


@pytest.fixture
def curves(run):
    return {split: curve(threshold_sweep(run.predictions(split))) for split in ("validation", "test")}


@pytest.fixture
def limits(run):
    sweep = threshold_sweep(run.predictions("test"))
    return roc_band(sweep, np.append(-1, vertices(sweep)))


def trace(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_roc_passes_through_every_point_and_starts_at_nothing_called(curves, limits):
    line = trace(roc_figure(curves, limits, shown="test", scale=RAW, dark=False), "Test")
    assert (line.x[0], line.y[0], line.customdata[0]) == (0, 0, 1)
    np.testing.assert_array_equal(line.x[1:], 1 - curves["test"]["specificity"])
    np.testing.assert_array_equal(line.y[1:], curves["test"]["sensitivity"])


def test_roc_of_chance_is_the_diagonal(curves, limits):
    chance = roc_figure(curves, limits, shown="test", scale=RAW, dark=False).data[1]
    assert (chance.x, chance.y, chance.line.dash) == ((0, 1), (0, 1), "dot")


def test_band_of_the_roc_is_all_that_the_limits_allow(curves, limits):
    """At a false alarm rate the curve may be as high as any threshold's sensitivity whose rate may be as low, and is at
    least as high as the first threshold's whose rate may be as high."""
    outline = trace(roc_figure(curves, limits, shown="test", scale=RAW, dark=False), "all thresholds at once, 95 %")
    x, y = np.array(outline.x), np.array(outline.y)
    turn = len(x) // 2
    fewest, most = 1 - limits["specificity_high"], 1 - limits["specificity_low"]
    for at in np.random.default_rng(0).random(50):
        high = limits["sensitivity_high"][fewest <= at].max()
        low = limits["sensitivity_low"][most >= at].min()
        assert y[:turn][x[:turn] <= at].max() == pytest.approx(high, abs=0.004)
        assert y[turn:][x[turn:] >= at].min() == pytest.approx(low, abs=0.004)


def test_no_band_where_limits_are_unknown(curves, limits):
    figure = roc_figure(curves, limits * np.nan, shown="test", scale=RAW, dark=False)
    assert {line.name for line in figure.data} == {None, "Validation", "Test"}


def test_precision_recall_passes_through_every_point(curves):
    line = trace(precision_recall_figure(curves, shown="test", scale=RAW, dark=False), "Validation")
    np.testing.assert_array_equal(line.x, curves["validation"]["sensitivity"])
    np.testing.assert_array_equal(line.y, curves["validation"]["precision"])


@pytest.mark.parametrize("draw", [roc_figure, precision_recall_figure])
def test_split_that_is_seen_is_ink_and_on_top(curves, limits, draw):
    drawn = (curves, limits) if draw is roc_figure else (curves,)
    for shown, other in (("test", "validation"), ("validation", "test")):
        figure = draw(*drawn, shown=shown, scale=RAW, dark=False)
        assert figure.data[-1].name == theme.SPLITS[shown]
        assert figure.data[-1].line.color == theme.ink(dark=False)
        assert trace(figure, theme.SPLITS[other]).line.color == theme.quiet_ink(dark=False)
        assert trace(figure, "Test").line.dash == "solid"


def test_scale_changes_names_only(curves, limits):
    raw, calibrated = (roc_figure(curves, limits, shown="test", scale=scale, dark=False) for scale in (RAW, CALIBRATED))
    np.testing.assert_array_equal(trace(raw, "Test").x, trace(calibrated, "Test").x)
    assert trace(raw, "Test").customdata[50] != trace(calibrated, "Test").customdata[50]


def test_scores_show_one_class_up_and_one_down(run):
    bins = score_bins(run.evaluation_sets)
    figure = scores_figure(bins, CLASSES, shown="test", scale=RAW, dark=False)
    up, down = (bar for bar in figure.data if bar.type == "bar")
    assert sum(up.y) == pytest.approx(100)
    assert sum(down.y) == pytest.approx(-100)
    assert (up.marker.color, down.marker.color) == (theme.POSITIVE, theme.NEGATIVE)
    assert up.marker.pattern.shape != down.marker.pattern.shape
    labels = " ".join(note.text for note in figure.layout.annotations)
    assert all(words in labels for words in CLASSES)


def test_tick_of_a_probability_stands_at_its_logit(run):
    figure = scores_figure(score_bins(run.evaluation_sets), CLASSES, shown="test", scale=CALIBRATED, dark=False)
    ticks = dict(zip(figure.layout.xaxis.ticktext, figure.layout.xaxis.tickvals, strict=True))
    assert ticks[".5"] == 0
    assert CALIBRATED.probability(ticks[".9"]) == pytest.approx(0.9)


@pytest.mark.parametrize("share", [0.004, 0.02, 0.037, 0.0425, 0.074, 0.08, 0.2, 0.34, 0.69, 1.0])
def test_ticks_of_shares_are_two_to_five_round_numbers_either_way(share):
    columns = ["split", "label", "left", "right", "count", "share"]
    bins = pd.DataFrame([("test", label, -1.0, 1.0, 9, share) for label in (0, 1)], columns=columns)
    axis = scores_figure(bins, CLASSES, shown="test", scale=RAW, dark=False).layout.yaxis
    assert axis.range == pytest.approx((-130 * share, 130 * share)), "bars end below the names of the classes"
    up = [tick for tick in axis.tickvals if tick > 0]
    assert 2 <= len(up) <= 5
    assert up[-1] <= 0.78 * 130 * share < up[-1] + up[0], "no line strikes through the names of the classes"
    assert any(up[0] == pytest.approx(digit * 10.0**power) for digit in (1, 2, 5) for power in range(-2, 3))
    assert list(axis.tickvals) == pytest.approx([up[0] * place for place in range(-len(up), len(up) + 1)])
    assert [float(text) for text in axis.ticktext] == pytest.approx(np.abs(axis.tickvals))


def test_every_axis_has_a_title_and_a_fixed_range(run, curves, limits):
    for figure in (
        roc_figure(curves, limits, shown="test", scale=RAW, dark=True),
        precision_recall_figure(curves, shown="test", scale=RAW, dark=True),
        scores_figure(score_bins(run.evaluation_sets), CLASSES, shown="test", scale=RAW, dark=True),
        scores_figure(score_bins({}), CLASSES, shown="test", scale=RAW, dark=True),
    ):
        for axis in (figure.layout.xaxis, figure.layout.yaxis):
            assert axis.title.text
            assert axis.range[0] < axis.range[1]


def test_the_other_split_is_outlined_bin_by_bin(run):
    bins = score_bins(run.evaluation_sets)
    figure = scores_figure(bins, CLASSES, shown="test", scale=RAW, dark=False)
    outlines = [trace for trace in figure.data if trace.type == "scatter"]
    assert [trace.name for trace in outlines] == ["Validation (outline)"] * 2
    for trace, (label, sign) in zip(outlines, ((1, 1), (0, -1)), strict=True):
        part = bins[(bins["split"] == "validation") & (bins["label"] == label)]
        corners = [(part["left"].iloc[0], 0.0)]
        for left, right, share in zip(part["left"], part["right"], part["share"], strict=True):
            corners += [(left, 100 * sign * share), (right, 100 * sign * share)]
        corners.append((part["right"].iloc[-1], 0.0))
        assert np.array(list(zip(trace.x, trace.y, strict=True))) == pytest.approx(np.array(corners))
