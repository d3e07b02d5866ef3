"""Widgets write HTML by hand; what comes from elsewhere must arrive in it as text."""

import pandas as pd

from core.evaluation.estimates.intervals import Estimate
from dashboard import widgets
from dashboard.html_number import number

HOSTILE = "<img src=x onerror=alert(1)>"


def test_everything_is_escaped(written):
    widgets.heading(HOSTILE, HOSTILE, synthetic=True, facts=HOSTILE)
    widgets.label(HOSTILE)
    widgets.small(HOSTILE)
    widgets.sentence(HOSTILE)
    widgets.callout(HOSTILE, HOSTILE, warn=True)
    widgets.small_table(pd.DataFrame({HOSTILE: [HOSTILE], f"{HOSTILE} ": [HOSTILE]}), name="table")
    widgets.tiles([(HOSTILE, Estimate.undefined(HOSTILE))])
    assert len(written) == 7
    assert all("&lt;img" in html and "<img" not in html for html in written)


def test_tiles_are_numbers_under_their_names(written):
    named = {
        "AUROC": Estimate(value=0.9, low=0.7, high=0.95, method="DeLong"),
        "AUPRC": Estimate(value=0.6, low=0.55, high=0.8, method="one step"),
    }
    widgets.tiles(list(named.items()))
    for name, found in named.items():
        assert f"<span class='tw-label'>{name}</span>{number(found)}</div>" in written[0]


def test_a_column_without_a_name_has_no_head_that_is_read_out(written):
    widgets.small_table(pd.DataFrame({"Level": ["a"], "": ["few images"]}), name="levels")
    assert "<thead><tr><th scope='col'>Level</th><td></td></tr></thead>" in written[0]
