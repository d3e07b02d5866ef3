"""A figure in HTML, written by hand: both ends of its interval, its bar, and its reason where something is missing."""

import math
import re

import pytest

from core.evaluation.comparing.promise import Judgement, Verdict
from core.evaluation.estimates.intervals import FEW_CLUSTERS, Estimate
from dashboard import theme
from dashboard.html_number import gap, number, verdict_mark


def test_number_shows_value_interval_bar_and_counts():
    html = number(Estimate(value=0.949, low=0.922, high=0.967, method="Wilson"), fraction=(1200, 1265))
    assert ">0.949<" in html
    assert ">0.922 to 0.967<" in html
    assert ">1,200 of 1,265<" in html
    bar, tick = re.findall(r"<[ib] style='([^']+)'>", html)
    assert (bar, tick) == ("left:92.20%;width:4.50%", "left:calc(0.9490 * (100% - 3px))")


def test_a_value_without_an_interval_has_its_tick_alone():
    html = number(Estimate(value=0.25, low=math.nan, high=math.nan, method="one patient"))
    assert "<span class='tw-value'>0.250</span><span class='tw-small' title='one patient'>no interval</span>" in html
    assert re.findall(r"<[ib] style='([^']+)'>", html) == ["left:calc(0.2500 * (100% - 3px))"]


@pytest.mark.parametrize(
    ("value", "differs", "mark"),
    [
        (-0.05, True, "<span class='tw-mark tw-loud'>▼ differs, more than chance</span>"),
        (0.05, True, "<span class='tw-mark'>▲ differs, more than chance</span>"),
        (0.05, False, "<span class='tw-small'>no clear difference</span>"),
        (0.05, None, ""),
    ],
)
def test_gap_shows_both_ends_and_only_says_what_it_was_told(value, differs, mark):
    low, high = value - 0.04, value + 0.03
    html = gap(Estimate(value=value, low=low, high=high, method="Newcombe"), differs=differs)
    written = [theme.signed(end) for end in (value, low, high)]
    assert html == (
        "<span class='tw-value'>{}</span><span class='tw-small' title='Newcombe'>{} to {}</span>".format(*written)
        + mark
    )


def test_a_figure_without_an_interval_says_why_on_hover():
    found = Estimate.without_interval(0.5, "there is one patient")
    assert "title='no interval, as there is one patient'" in number(found)
    html = gap(found, differs=False)
    assert "title='no interval, as there is one patient'" in html
    assert "no clear difference" not in html, "what cannot be known is not said"


@pytest.mark.parametrize(
    ("verdict", "mark"),
    [
        (Verdict.HELD, "<span class='tw-mark' title='Clopper-Pearson'>held</span>"),
        (Verdict.BROKEN, "<span class='tw-mark tw-loud' title='Clopper-Pearson'>broken</span>"),
        (Verdict.UNTOLD, "<span class='tw-mark' title='&lt;few&gt;'>these patients do not tell</span>"),
    ],
)
def test_a_verdict_is_said_in_its_words_and_only_a_broken_promise_is_loud(verdict, mark):
    limits = Estimate(value=0.9, low=0.8, high=0.95, method="Clopper-Pearson")
    reason = "<few>" if verdict is Verdict.UNTOLD else ""
    assert verdict_mark(Judgement(floor=0.9, margin=0.0, limits=limits, verdict=verdict, reason=reason)) == mark


def test_a_value_without_interval_says_so_with_its_reason():
    few = Estimate.without_interval(0.949, FEW_CLUSTERS)
    html = number(few)
    assert ">0.949<" in html and "left:calc(0.9490" in html and "width" not in html
    assert "title='no interval, as one patient or two have most of the images'>no interval<" in html
    html = gap(Estimate.without_interval(-0.4, FEW_CLUSTERS), differs=False)
    assert ">−0.400<" in html and ">no interval<" in html
    assert "differ" not in html


def test_undefined_is_an_em_dash_with_its_reason():
    html = number(Estimate.undefined("no positives"))
    assert ">—<" in html
    assert "title='no positives'" in html
    assert "nan" not in html
