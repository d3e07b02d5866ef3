"""Widgets write HTML by hand; what comes from elsewhere must arrive in it as text."""

import pandas as pd

from core.evaluation.estimates.intervals import Estimate
from dashboard import widgets

HOSTILE = "<img src=x onerror=alert(1)>"


def test_everything_is_escaped(written):
    widgets.heading(HOSTILE, synthetic=True, facts=HOSTILE)
    widgets.label(HOSTILE)
    widgets.small(HOSTILE)
    widgets.sentence(HOSTILE)
    widgets.callout(HOSTILE, HOSTILE, warn=True)
    widgets.small_table(pd.DataFrame({HOSTILE: [HOSTILE], f"{HOSTILE} ": [HOSTILE]}), stack=True)
    widgets.tiles([(HOSTILE, Estimate.undefined(HOSTILE))])
    assert len(written) == 7
    assert all("&lt;img" in html and "<img" not in html for html in written)


def test_number_shows_value_interval_bar_and_counts():
    html = widgets.number(Estimate(value=0.949, low=0.922, high=0.967, method="Wilson"), fraction=(1200, 1265))
    assert ">0.949<" in html
    assert ">0.922 to 0.967<" in html
    assert ">1,200 of 1,265<" in html
    assert "left:92.20%;width:4.50%" in html


def test_a_value_without_interval_says_so_with_its_reason():
    few = Estimate.without_limits(0.949)
    html = widgets.number(few)
    assert ">0.949<" in html and "left:94.90%" in html and "width" not in html
    assert "title='no interval, as one patient or two have most of the images'>no interval<" in html
    html = widgets.gap(Estimate.without_limits(-0.4))
    assert ">−0.400<" in html and ">no interval<" in html
    assert "apart" not in html


def test_undefined_is_an_em_dash_with_its_reason():
    html = widgets.number(Estimate.undefined("no positives"))
    assert ">—<" in html
    assert "title='no positives'" in html
    assert "nan" not in html
