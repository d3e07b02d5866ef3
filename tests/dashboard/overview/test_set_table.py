"""The two sets side by side: each figure, its interval, the gap, and text from elsewhere only as text."""

import math
import re

import pytest

from core.evaluation.comparing.set_figures import MEASURES
from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.overview.set_table import in_words, set_table

HOSTILE = "<img src=x onerror=alert(1)>"


def estimate(value, low, high, method="by hand"):
    return Estimate(value=value, low=low, high=high, method=method)


VALIDATION = {
    "auroc": estimate(0.95, 0.91, 0.97),
    "auprc": estimate(0.93, 0.86, 0.96),
    "brier": estimate(0.0512, 0.0423, 0.0634),
    "slope": estimate(1.02, 0.81, 1.24),
}
TEST = {
    "auroc": estimate(0.85, 0.81, 0.89),
    "auprc": estimate(0.92, 0.84, 0.94),
    "brier": estimate(0.0914, 0.0815, 0.1016),
    "slope": estimate(1.52, 1.31, 1.73),
}
GAPS = {
    "auroc": estimate(-0.1, -0.14, -0.05),
    "auprc": estimate(-0.01, -0.06, 0.07),
    "brier": estimate(0.0402, 0.0251, 0.0542),
    "slope": estimate(0.5, 0.2, 0.8),
}


def cells(html):
    """The cells of each row, by the name of the row."""
    rows = re.findall(r"<tr><th scope='row'>([^<]*)<.*?</th>(.*?)</tr>", html)
    return {name: re.findall(r"<td.*?>(.*?)</td>", row) for name, row in rows}


def test_each_cell_has_its_figure_with_both_ends_of_its_interval(written):
    set_table(VALIDATION, TEST, GAPS)
    found = cells(written[0])
    assert list(found) == ["AUROC", "AUPRC", "Brier score", "Calibration slope"]
    for row, measure in zip(found.values(), MEASURES, strict=True):
        places = 4 if measure == "brier" else 3
        for cell, own in zip(row[:2], (VALIDATION[measure], TEST[measure]), strict=True):
            assert f">{own.value:.{places}f}</span>" in cell
            assert f">{own.low:.{places}f} to {own.high:.{places}f}</span>" in cell
    assert ">−0.100</span>" in found["AUROC"][2] and ">−0.140 to −0.050</span>" in found["AUROC"][2]
    assert ">+0.0402</span>" in found["Brier score"][2] and ">+0.0251 to +0.0542</span>" in found["Brier score"][2]


def test_only_a_clear_loss_is_loud(written):
    set_table(VALIDATION, TEST, GAPS)
    set_table(
        VALIDATION, TEST, {measure: estimate(-found.value, -found.high, -found.low) for measure, found in GAPS.items()}
    )
    losses, gains = map(cells, written)
    assert [name for name, row in losses.items() if "tw-loud" in row[2]] == ["AUROC", "Brier score"]
    assert not [name for name, row in gains.items() if "tw-loud" in row[2]]
    for found in (losses, gains):
        assert theme.ALIKE in found["AUPRC"][2]
        assert all(
            "differs, more than chance" in found[name][2] for name in ("AUROC", "Brier score", "Calibration slope")
        )


@pytest.mark.parametrize(
    ("low", "high", "said", "marked"),
    [
        (1.2, math.nan, "1.200 or more", theme.ALIKE),
        (math.nan, 1.2, "1.200 or less", theme.ALIKE),
        (math.nan, -0.2, "−0.200 or less", "▼ differs"),
        (math.nan, math.nan, "no interval", ""),
    ],
)
def test_a_limit_that_is_missing_is_said(written, low, high, said, marked):
    gap = estimate(math.copysign(1, high if high < 0 else 1), low if low != 1.2 else -1.2, high)
    set_table(VALIDATION | {"slope": estimate(1.0, low, high)}, TEST, GAPS | {"slope": gap})
    row = cells(written[0])["Calibration slope"]
    assert f">{said}<" in row[0]
    assert marked in row[2]
    assert (theme.ALIKE in row[2] or theme.DIFFERS in row[2]) == bool(marked)
    assert "nan" not in written[0]


def test_auroc_is_said_of_the_sets_that_are_seen_and_whether_they_differ():
    assert in_words(VALIDATION, TEST, GAPS) == (
        "AUROC is 0.950 (0.910 to 0.970) on validation and 0.850 (0.810 to 0.890) on test: differs, more than chance."
    )
    alike = {"auroc": estimate(-0.1, -0.24, 0.05)}
    assert in_words(VALIDATION, TEST, alike).endswith("on test: no clear difference.")
    assert in_words(VALIDATION, {}, {}) == "AUROC is 0.950 (0.910 to 0.970) on validation."
    assert in_words({}, {"auroc": Estimate.undefined("one class")}, {}) == ""


def test_what_is_missing_says_why_and_everything_is_escaped(written):
    set_table({}, TEST | {"brier": Estimate.undefined(HOSTILE), "auroc": estimate(0.9, 0.8, 0.95, HOSTILE)}, {})
    assert written[0].count(">—</span>") == 1
    assert "<th scope='col' class='tw-new'>Test</th></tr>" in written[0], "neither validation nor a gap has a column"
    assert "&lt;img" in written[0] and "<img" not in written[0]
