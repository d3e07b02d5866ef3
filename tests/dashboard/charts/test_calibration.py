import numpy as np
import pandas as pd
import pytest

from core.evaluation.calibration.probability import probability
from core.evaluation.calibration.reliability import class_counts, reliability_bins
from core.evaluation.calibration.smooth import SmoothCurve
from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.charts import calibration as charts
from tests.dashboard.charts.reading import ends


def drawn(run, *, n_bins=10, equal_mass=False, split="test", words=("without", "with"), dark=False):
    split_shown = run.predictions(split)
    p = probability(split_shown.logit)
    bins = reliability_bins(split_shown.y_true, p, n_bins, equal_mass=equal_mass)
    counts = class_counts(split_shown.y_true, p, n_bins)
    figure = charts.reliability_figure(bins, counts, words, title="Before", solid=split == "test", dark=dark)
    return bins, counts, figure


def dots(figure):
    return [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"]


@pytest.mark.parametrize("equal_mass", [False, True])
def test_dots_are_the_bins_with_their_intervals(run, equal_mass):
    bins, _, figure = drawn(run, equal_mass=equal_mass)
    found = sorted(
        (x, *interval)
        for trace in dots(figure)
        for x, interval in zip(trace.x, ends(trace.y, trace.error_y), strict=True)
    )
    filled = bins.count > 0
    expected = np.stack([bins.mean_predicted, bins.observed, bins.low, bins.high], axis=1)[filled]
    assert np.array(found) == pytest.approx(expected)
    inside = (bins.low < bins.observed) & (bins.observed < bins.high)
    assert inside[filled].any(), "both ends are apart from the dot somewhere, so that a half of a bar would be seen"
    said = {text for trace in dots(figure) for text in trace.text}
    for low, high, value in zip(bins.low[filled], bins.high[filled], bins.observed[filled], strict=True):
        words = f"observed {100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)"
        assert any(text.endswith(words) for text in said), words


def test_what_misses_the_diagonal_has_another_shape(run):
    bins, _, figure = drawn(run)
    by_name = {trace.name: trace for trace in dots(figure)}
    off = by_name["differs, more than chance"]
    assert off.marker.symbol == "diamond"
    assert all(
        y - down > x or y + up < x
        for x, y, down, up in zip(off.x, off.y, off.error_y.arrayminus, off.error_y.array, strict=True)
    )
    assert by_name["bin, 95 % interval"].marker.symbol == "circle"
    assert len(off.x) + len(by_name["bin, 95 % interval"].x) == (bins.count > 0).sum()


def test_validation_is_drawn_open(run):
    _, _, figure = drawn(run, split="validation")
    assert all(trace.marker.symbol.endswith("-open") for trace in dots(figure))


def test_bars_are_the_images_of_each_class_on_the_same_axis(run):
    _, counts, figure = drawn(run)
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert [list(bar.y) for bar in bars] == counts.tolist()
    assert [bar.marker.color for bar in bars] == [theme.NEGATIVE, theme.POSITIVE]
    assert [bar.marker.pattern.shape for bar in bars] == ["", "/"]
    assert figure.layout.xaxis.matches == "x2"
    assert sum(map(sum, counts)) == run.predictions("test").n
    numbers = next(trace for trace in figure.data if trace.type == "scatter" and trace.mode == "text")
    assert [text for text in numbers.text if text] == [str(n) for n in counts.sum(axis=0) if n]


def test_figure_says_what_is_seen(run):
    _, _, figure = drawn(run, dark=True)
    assert figure.layout.title.text == "Before"
    assert figure.layout.xaxis2.title.text == "predicted probability"
    assert [figure.layout.yaxis.title.text, figure.layout.yaxis2.title.text] == ["share with", "images"]
    figure.to_json()


def test_class_names_are_no_html(run):
    _, _, figure = drawn(run, words=("<b>a</b>", "<a href='x'>b</a>"))
    assert "<b>" not in figure.to_json()
    assert "<a " not in figure.to_json()


def test_no_images_leave_an_empty_diagram():
    nothing = np.zeros(0)
    bins = reliability_bins(nothing.astype(int), nothing, 10)
    counts = class_counts(nothing.astype(int), nothing, 10)
    figure = charts.reliability_figure(bins, counts, ("without", "with"), title="Before", solid=True, dark=False)
    assert not dots(figure)


@pytest.mark.parametrize(
    ("number", "short"),
    [(0, "0"), (624, "624"), (1234, "1.2k"), (45_678, "46k"), (412_900, "413k"), (1_300_000, "1.3M")],
)
def test_counts_over_bars_are_short(number, short):
    assert charts._short(number) == short


def test_recalibration_draws_one_line_a_way():
    curves = pd.DataFrame({"raw": [0.1, 0.9], "temperature": [0.2, 0.8], "platt": [0.3, 0.7], "isotonic": [0, 1]})
    names = {"temperature": "Temperature", "platt": "Platt", "isotonic": "Isotonic"}
    figure = charts.recalibration_figure(curves, names, dark=False)
    assert [trace.name for trace in figure.data] == list(names.values())
    assert len({trace.line.dash for trace in figure.data}) == 3
    assert [list(trace.y) for trace in figure.data] == [[0.2, 0.8], [0.3, 0.7], [0, 1]]


def test_both_axes_of_a_diagram_are_ticked_alike(run):
    _, _, figure = drawn(run)
    across, up = figure.layout.xaxis, figure.layout.yaxis
    assert list(across.tickvals) == list(up.tickvals) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert list(across.ticktext) == list(up.ticktext) == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]


def test_a_bin_of_one_image_has_its_dot():
    y_true, p = np.array([0, 1, 1, 0, 1]), np.array([0.05, 0.31, 0.35, 0.36, 0.95])
    bins, counts = reliability_bins(y_true, p, 10), class_counts(y_true, p, 10)
    figure = charts.reliability_figure(bins, counts, ("without", "with"), title="", solid=True, dark=False)
    assert sorted(x for trace in dots(figure) for x in trace.x) == pytest.approx([0.05, 0.34, 0.95])


def test_band_of_the_smooth_curve_has_gaps_where_it_is_unknown():
    x = np.linspace(0, 1, 5)
    low, high = (np.array([end, end, np.nan, end, end]) for end in (0.2, 0.8))
    curve = SmoothCurve(predicted=x, observed=np.full(5, 0.5), low=low, high=high, ici=Estimate.undefined(""))
    drawn = charts.smooth_figure({"calibrated": curve}, "ill", loud="calibrated", dark=False)
    bands = [trace for trace in drawn.data if trace.fill == "toself"]
    assert [list(trace.x) for trace in bands] == [[0, 0.25, 0.25, 0], [0.75, 1, 1, 0.75]]
    assert {tuple(trace.y) for trace in bands} == {(0.8, 0.8, 0.2, 0.2)}
    assert [trace.showlegend for trace in bands] == [True, False]
