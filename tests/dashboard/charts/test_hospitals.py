import pandas as pd
import pytest

from core.evaluation.comparing.next_hospital import NextHospital
from core.evaluation.estimates.intervals import Estimate
from dashboard.charts.hospitals import hospitals_figure, site_scores_figure

RATES = ("sensitivity", "specificity")


def _table() -> pd.DataFrame:
    rows = [
        {
            "set": name,
            "images": 100,
            "patients": 50,
            "rate": rate,
            "value": value,
            "low": value - 0.1,
            "high": value + 0.05,
            "few_errors": False,
            "lost": 0.0,
        }
        for name, values in (("validation", (0.9, 0.8)), ("north", (0.7, 0.6)), ("south", (0.85, 0.75)))
        for rate, value in zip(RATES, values, strict=True)
    ]
    return pd.DataFrame(rows)


def _predicted(reason: str = "") -> dict[str, NextHospital]:
    own = NextHospital(
        mean=Estimate(value=0.8, low=0.7, high=0.88, method="m"),
        prediction_low=0.6,
        prediction_high=0.93,
        cautious_low=0.55,
        cautious_high=0.95,
        tau=0.4,
        sites=(),
        left_out={},
        reason=reason,
    )
    return dict.fromkeys(RATES, own)


def _drawn(figure, axis, mode):
    return [(tuple(trace.x), tuple(trace.y)) for trace in figure.data if trace.mode == mode and trace.xaxis == axis]


def test_every_row_has_its_dot_and_both_ends_of_its_interval():
    figure = hospitals_figure(_table(), _predicted(), chose=(), dark=False)
    assert list(figure.layout.yaxis.ticktext) == ["Validation", "north", "south", "mean of hospitals", "next hospital"]
    for axis, values in (("x", (0.9, 0.7, 0.85)), ("x2", (0.8, 0.6, 0.75))):
        assert _drawn(figure, axis, "markers") == [((value,), (4 - i,)) for i, value in enumerate((*values, 0.8))]
        ends = [(pytest.approx((value - 0.1, value + 0.05)), (4 - i, 4 - i)) for i, value in enumerate(values)]
        assert _drawn(figure, axis, "lines") == [*ends, ((0.7, 0.88), (1, 1)), ((0.55, 0.95), (0, 0))]


def test_what_validation_shows_is_a_band_in_both_panels():
    figure = hospitals_figure(_table(), _predicted(), chose=(), dark=True)
    assert [(band.x0, band.x1, band.xref) for band in figure.layout.shapes] == [
        (pytest.approx(0.8), pytest.approx(0.95), "x"),
        (pytest.approx(0.7), pytest.approx(0.85), "x2"),
    ]


def test_sets_that_chose_are_open_and_too_few_hospitals_have_no_mean():
    figure = hospitals_figure(_table(), _predicted("too few"), chose=("north",), dark=False)
    symbols = [trace.marker.symbol for trace in figure.data if trace.mode == "markers" and trace.xaxis == "x"]
    assert symbols == ["circle-open", "circle-open", "circle"]
    assert list(figure.layout.yaxis.ticktext) == ["Validation", "north", "south"]


def test_an_axis_that_does_not_begin_at_0_says_so_and_holds_all_that_is_drawn():
    far = pd.concat([_table(), _table().iloc[:2].assign(set="far", value=0.1, low=0.01, high=0.4)])
    for table, low, said in ((_table(), 0.47, "<br>axis from 0.47"), (far, 0.0, "")):
        axis = hospitals_figure(table, _predicted(), chose=(), dark=False).layout.xaxis2
        assert axis.range == pytest.approx((low, 1.02)) and axis.title.text == f"specificity (share){said}"


def test_scores_of_a_site_stand_beside_the_others():
    table = pd.DataFrame({"set": ["validation", "test", "west"], "logit": [0.0, 1.0, 2.0], "share": [1.0, 1.0, 1.0]})
    figure = site_scores_figure(table, "west", threshold=0.5, dark=False)
    assert [(trace.name, trace.line.dash) for trace in figure.data] == [
        ("Validation", "6px,3px"),
        ("Test", "solid"),
        ("west", "solid"),
    ]
    assert figure.layout.shapes[0].x0 == 0.5
