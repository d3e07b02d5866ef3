"""What validation promised and test delivered, in HTML: text from elsewhere arrives in it as text."""

import math

import pytest

from core.evaluation.estimates.intervals import Estimate
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
