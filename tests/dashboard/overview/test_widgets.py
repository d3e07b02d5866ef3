"""What validation promised and test delivered, in HTML: text from elsewhere arrives in it as text."""

import math
import re

import pytest

from core.evaluation.comparing.difference_from_validation import Difference
from core.evaluation.comparing.promise import Judgement, Verdict
from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.overview import widgets
from dashboard.overview.tables import Promise

HOSTILE = "<img src=x onerror=alert(1)>"


def promise(**changes):
    values = {
        "name": "youden",
        "threshold": 0.1,
        "probability": 0.5,
        "reason": "",
        "counts": {split: {"tp": 8, "fp": 1, "tn": 9, "fn": 2} for split in ("validation", "test")},
        "estimates": {
            split: {"sensitivity": Estimate(value=0.8, low=0.5, high=0.9, method=HOSTILE)}
            for split in ("validation", "test")
        },
    }
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
    counts = {"validation": {"tp": 8, "fp": 1, "tn": 9, "fn": 2}, "test": {"tp": 60, "fp": 30, "tn": 70, "fn": 40}}
    fractions = {"validation": ("8 of 10", "9 of 10"), "test": ("60 of 100", "70 of 100")}
    one = promise(estimates=estimates, counts=counts)
    widgets.promise_table([one], ("sensitivity", "specificity"), caption="")
    cells = dict(re.findall(r"<td[^>]* data-label='([^']*)'>(.*?)</td>", written[0]))
    assert len(cells) == 6
    for place, rate in enumerate(("sensitivity", "specificity")):
        for word, split in (("Validation", "validation"), ("Test", "test")):
            found, cell = estimates[split][rate], cells[f"{word}: {rate.capitalize()}"]
            assert f">{found.value:.3f}</span>" in cell
            assert f">{found.low:.3f} to {found.high:.3f}</span>" in cell
            assert f"left:{100 * found.low:.2f}%;width:{100 * (found.high - found.low):.2f}%" in cell
            assert f">{fractions[split][place]}</span>" in cell
        gap, cell = one.gap(rate), cells[f"Gap: {rate.capitalize()}"]
        assert gap.low < gap.value < gap.high
        value, interval = theme.difference(gap)
        assert f">{value}</span>" in cell and f">{interval}</span>" in cell


def compared(value, low, high):
    def estimate(value):
        return Estimate(value=value, low=value - 0.1, high=value + 0.05, method="Wilson")

    return Difference(
        validation=estimate(0.8),
        optimism=0.01,
        corrected=estimate(0.79),
        delivered=estimate(0.79 + value),
        gap=estimate(value - 0.01),
        corrected_gap=Estimate(value=value, low=low, high=high, method="Newcombe"),
    )


def judged(verdict):
    limits = Estimate(value=0.5, low=0.4, high=0.6, method="exact")
    return Judgement(floor=0.95, margin=0.0, limits=limits, verdict=verdict, reason="")


def test_headline_has_both_ends_of_the_gap(written):
    widgets.headline([promise(differences={"sensitivity": compared(-0.39, -0.45, -0.31)})])
    (html,) = written
    assert "Sensitivity: validation 0.800, test 0.400." in html
    assert "corrected for the choice, test differs from validation by −0.390 (−0.450 to −0.310)." in html
    assert "tw-warn" in html


@pytest.mark.parametrize(
    ("verdict", "word", "warn"),
    [
        (Verdict.HELD, ">held</span>.", False),
        (Verdict.BROKEN, ">broken</span>.", True),
        (Verdict.UNTOLD, ">these patients do not tell</span>.", False),
    ],
)
def test_headline_keeps_the_verdict_on_a_promise_apart_from_the_difference(written, verdict, word, warn):
    one = promise(judgements={"sensitivity": judged(verdict)}, differences={"sensitivity": compared(0.01, -0.1, 0.1)})
    widgets.headline([one])
    (html,) = written  # one answer, not two
    promised, difference = html.split("<br>")
    assert "Sensitivity at least 0.950: " in promised and word in promised
    assert ("tw-warn" in html) is warn
    assert "no clear difference between validation and test" in difference


def test_headline_is_silent_where_nothing_is_compared(written):
    widgets.headline([promise()])
    assert not written


@pytest.mark.parametrize(
    ("difference", "mark"),
    [
        ((-0.4, -0.5, -0.3), "tw-loud'>▼ differs, more than chance"),
        ((0.15, 0.1, 0.2), "tw-mark'>▲ differs, more than chance"),
        ((0.01, -0.1, 0.1), "tw-small'>no clear difference"),
    ],
)
def test_gap_is_marked_in_words(written, difference, mark):
    one = promise(differences={"sensitivity": compared(*difference)}, judgements={"sensitivity": judged(Verdict.HELD)})
    widgets.promise_table([one], ("sensitivity",), caption="")
    assert mark in written[0]
    value, interval = theme.difference(one.gap("sensitivity"))
    assert f">{value}</span>" in written[0] and f">{interval}</span>" in written[0]
    assert ">held</span></th>" in written[0], "beside the rule that promised it"


def test_gap_with_an_undefined_end_is_undefined(written):
    estimates = {
        "validation": {"sensitivity": Estimate(value=0.8, low=0.79, high=0.81, method="")},
        "test": {"sensitivity": Estimate.undefined("no positives")},
    }
    assert math.isnan(promise(estimates=estimates).gap("sensitivity").value)
    widgets.promise_table([promise(estimates=estimates)], ("sensitivity",), caption="")
    assert written[0].count(">—<") == 2
    assert "differ" not in written[0]


def test_no_difference_of_few_patients_is_no_absence(written):
    """No difference that is clear, whose interval the table has."""
    same = [promise(differences={"sensitivity": compared(0.0, -0.4, 0.4)})]
    widgets.headline(same)
    widgets.headline(same, f"test has 6 patients {HOSTILE}")
    assert "There is no clear difference between" in written[0]
    assert "can still be as large as its interval" in written[0]
    assert "<strong>Too few patients to tell whether test differs" in written[1]
    assert "test has 6 patients &lt;img" in written[1]
    assert "no clear difference" not in written[1]
    widgets.headline([promise()], "test has 6 patients")
    assert len(written) == 2
