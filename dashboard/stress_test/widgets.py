"""The stress test in HTML: the table of every variant."""

from __future__ import annotations

from core.evaluation.comparing.robustness import RATES, UnderShift
from core.evaluation.estimates.difference import apart
from dashboard import theme
from dashboard.html_number import gap, number
from dashboard.html_table import table
from dashboard.stress_test.tables import Figures

_COLUMNS = ("Shift", "Sensitivity", "Change", "Specificity", "Change", "AUROC")


def variants_table(figures: Figures, *, caption: str) -> None:
    """Each variant in a row: its rates, their paired changes, and AUROC."""
    by_name = {(one.variant.shift, one.variant.strength): row for row, one in enumerate(figures.found)}
    rows = []
    for shown in figures.table.to_dict("records"):
        row = by_name[shown["shift"], shown["strength"]]
        cells = [text for rate in RATES for text in _cells(figures.found[row], rate)]
        name = _name(shown["title"], shown["strength"], shown["amount"])
        rows.append((name, [*cells, number(figures.areas[row])]))
    table(_COLUMNS, rows, name="variants", caption=caption, group=2)


def _name(title: str, strength: int, amount: str) -> str:
    if not strength:
        return title
    return f"{title}, {theme.STRENGTHS[strength]}<span class='tw-small tw-wrap'>{amount}</span>"


def _cells(one: UnderShift, rate: str) -> tuple[str, str]:
    change = one.changes[rate]
    return number(one.rates[rate]), gap(change, differs=apart(change)) if one.variant.strength else ""
