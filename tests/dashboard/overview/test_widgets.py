"""What validation promised and test delivered, in HTML: text from elsewhere arrives in it as text."""

import math
import re

import pytest

from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.overview import widgets
from dashboard.overview.tables import Promise

HOSTILE = "<img src=x onerror=alert(1)>"


def promise(**changes):
    values = {
        "name": "youden", "threshold": 0.1, "probability": 0.5, "reason": "",
        "counts": {split: {"tp": 8, "fp": 1, "tn": 9, "fn": 2} for split in ("validation", "test")},
        "estimates": {
            split: {"sensitivity": Estimate(value=0.8, low=0.5, high=0.9, method=HOSTILE)}
            for split in ("validation", "test")
        },
    }  # fmt: skip
    return Promise(**values | changes)


def test_everything_is_escaped(written):
    widgets.promise_table([promise(name=HOSTILE)], ("sensitivity",), caption=HOSTILE)
    widgets.promise_table([promise(threshold=None, reason=HOSTILE)], ("sensitivity",), caption="")
    assert len(written) == 2
    assert all("&lt;img" in html and "<img" not in html for html in written)


def test_each_cell_has_its_own_rate_with_both_ends_of_its_interval(written):
    def estimate(value, low, high):
        return Estimate(value=value, low=low, high=high, method="Wilson")

    estimates = {
        "validation": {"sensitivity": estimate(0.8, 0.5, 0.9), "specificity": estimate(0.9, 0.7, 0.95)},
        "test": {"sensitivity": estimate(0.6, 0.4, 0.85), "specificity": estimate(0.7, 0.65, 0.99)},
    }
    counts = {
        "validation": {"tp": 8, "fp": 1, "tn": 9, "fn": 2},
        "test": {"tp": 60, "fp": 30, "tn": 70, "fn": 40},
    }
    fractions = {"validation": ("8 of 10", "9 of 10"), "test": ("60 of 100", "70 of 100")}
    one = promise(estimates=estimates, counts=counts)
    widgets.promise_table([one], ("sensitivity", "specificity"), caption="")
    cells = dict(re.findall(r"<td[^>]* data-label='([^']*)'>(.*?)</td>", written[0]))
    assert len(cells) == 6
    for place, rate in enumerate(("sensitivity", "specificity")):
        for word, split in (("Promised", "validation"), ("Delivered", "test")):
            found, cell = estimates[split][rate], cells[f"{word}: {rate.capitalize()}"]
            assert f">{found.value:.3f}</span>" in cell
            assert f">{found.low:.3f} to {found.high:.3f}</span>" in cell
            assert f"left:{100 * found.low:.2f}%;width:{100 * (found.high - found.low):.2f}%" in cell
            assert f">{fractions[split][place]}</span>" in cell
        gap, cell = one.gap(rate), cells[f"Gap: {rate.capitalize()}"]
        assert gap.low < gap.value < gap.high
        value, interval = theme.difference(gap)
        assert f">{value}</span>" in cell and f">{interval}</span>" in cell


def test_headline_has_both_ends_of_the_gap(written):
    estimates = {
        "validation": {"sensitivity": Estimate(value=0.8, low=0.79, high=0.81, method="")},
        "test": {"sensitivity": Estimate(value=0.4, low=0.35, high=0.42, method="")},
    }
    one = promise(estimates=estimates)
    widgets.headline([one])
    gap = one.gap("sensitivity")
    assert "Sensitivity: promised 0.800, delivered 0.400." in written[0]
    ends = " to ".join(theme.signed(end) for end in (gap.low, gap.high))
    assert f"test differs from validation by −0.400 ({ends})." in written[0]


@pytest.mark.parametrize(
    ("test", "mark"),
    [
        ((0.4, 0.38, 0.42), "tw-loud'>▼ apart"),
        ((0.95, 0.94, 0.96), "tw-mark'>▲ apart"),
        ((0.81, 0.7, 0.9), "tw-small'>not apart"),
    ],
)
def test_gap_is_marked_in_words(written, test, mark):
    value, low, high = test
    estimates = {
        "validation": {"sensitivity": Estimate(value=0.8, low=0.79, high=0.81, method="")},
        "test": {"sensitivity": Estimate(value=value, low=low, high=high, method="")},
    }
    widgets.promise_table([promise(estimates=estimates)], ("sensitivity",), caption="")
    assert mark in written[0]


def test_gap_with_an_undefined_end_is_undefined(written):
    estimates = {
        "validation": {"sensitivity": Estimate(value=0.8, low=0.79, high=0.81, method="")},
        "test": {"sensitivity": Estimate.undefined("no positives")},
    }
    assert math.isnan(promise(estimates=estimates).gap("sensitivity").value)
    widgets.promise_table([promise(estimates=estimates)], ("sensitivity",), caption="")
    assert written[0].count(">—<") == 2
    assert "apart" not in written[0]


def test_no_gap_of_few_patients_is_no_absence(written):
    """8 of 10 in both sets: no gap that is clear, whose interval the table has."""
    estimates = {
        split: {rate: Estimate(value=0.8, low=0.5, high=0.9, method="") for rate in ("sensitivity", "specificity")}
        for split in ("validation", "test")
    }
    same = [promise(estimates=estimates)]
    widgets.headline(same)
    widgets.headline(same, f"test has 6 patients {HOSTILE}")
    assert "No clear gap between" in written[0]
    assert "can still be as large as its interval" in written[0]
    assert "<strong>Too few patients to tell what test kept" in written[1]
    assert "test has 6 patients &lt;img" in written[1]
    assert "No clear gap" not in written[1]
    widgets.headline([promise(estimates={"validation": estimates["validation"]})], "test has 6 patients")
    assert len(written) == 2
