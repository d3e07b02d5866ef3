"""The calibration tables: every number, every reason, and text from elsewhere only as text."""

import math

from core.evaluation.calibration.change import MEASURES, Change
from core.evaluation.calibration.probability import CalibrationErrors
from core.evaluation.estimates.intervals import Estimate
from dashboard.calibration import widgets

HOSTILE = "<img src=x onerror=alert(1)>"


def estimate(value, low=None, high=None):
    return Estimate(value=value, low=value if low is None else low, high=value if high is None else high, method="")


def changes(**own):
    plain = Change(before=estimate(0.1), after=estimate(0.05), change=estimate(-0.05, -0.07, -0.03))
    return dict.fromkeys(MEASURES, plain) | own


def test_everything_is_escaped(written):
    undefined = Change(*[], **dict.fromkeys(("before", "after", "change"), Estimate.undefined(HOSTILE)))
    widgets.change_table(changes(ece=undefined), caption=HOSTILE)
    errors = CalibrationErrors.undefined(HOSTILE)
    widgets.comparison_table(changes(), {HOSTILE: errors}, caption=HOSTILE)
    assert len(written) == 2
    assert all("&lt;img" in html and "<img" not in html for html in written)


def test_change_shows_sign_interval_and_verdict(written):
    worse = Change(before=estimate(0.1), after=estimate(0.2), change=estimate(0.1, 0.05, 0.2))
    unclear = Change(before=estimate(0.1), after=estimate(0.1), change=estimate(-0.00001, -0.05, 0.2))
    widgets.change_table(changes(brier=worse, nll=unclear), caption="")
    html = written[0]
    assert ">−0.0500</span><span class='tw-small' title=''>−0.0700 to −0.0300</span>" in html
    assert html.count("▼ differs, more than chance") == 2
    assert html.count("▲ differs, more than chance") == 1
    assert html.count("no clear difference") == 1
    assert ">0.0000<" in html, "no sign where there is nothing to see"


def test_one_sided_and_missing_intervals_are_said(written):
    slope = Change(
        before=estimate(2.0, 1.5, math.nan),
        after=estimate(2.0, math.nan, math.nan),
        change=estimate(-1, math.nan, -0.5),
    )
    widgets.change_table(changes(slope=slope), caption="")
    assert "1.5000 or more" in written[0]
    assert "no interval" in written[0]
    assert "−0.5000 or less" in written[0]
    assert "nan" not in written[0]


def test_undefined_says_why_on_the_screen(written):
    undefined = Estimate.undefined("one class has no images")
    widgets.change_table(changes(slope=Change(before=undefined, after=undefined, change=undefined)), caption="")
    assert written[0].count(">one class has no images<") == 3


def test_the_debiased_error_has_the_interval_and_the_plain_one_stands_beside_it(written):
    plain = (Estimate.without_interval(0.0321, "chance adds to it"), Estimate.without_interval(0.0123, "chance"))
    own = Change(
        before=estimate(0.02, 0.01, 0.04),
        after=estimate(0.004, 0, 0.0124),
        change=estimate(-0.016, -0.04, 0),
        plain=plain,
    )
    widgets.change_table(changes(ece=own), caption="")
    html = written[0]
    assert ">0.0200</span><span class='tw-small' title=''>0.0100 to 0.0400</span>" in html
    assert "<span class='tw-small' title='no interval, as chance adds to it'>plain 0.0321</span>" in html
    assert ">0.0040</span><span class='tw-small' title=''>0.0124 or less</span>" in html, "one-sided near 0"
    assert html.count("plain 0.0123") == 1
    assert html.count("no clear difference") == 1
    errors = CalibrationErrors(nll=estimate(1.0), ece=plain[0], ece_debiased=estimate(0.0222), brier=estimate(0.1))
    widgets.comparison_table(changes(), {"Platt": errors}, caption="")
    assert ">0.0222<" in written[1] and "0.0321" not in written[1]
