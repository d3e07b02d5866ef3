"""The stress test in HTML, escaped: the headline and the table of every variant."""

from __future__ import annotations

import html

import streamlit as st

from core.evaluation.robustness import RATES, UnderShift
from dashboard import theme
from dashboard.stress.tables import Figures
from dashboard.widgets import gap, number

_COLUMNS = ("Shift", "Sensitivity", "Change", "Specificity", "Change", "AUROC")


def callout(head: str, text: str, *, loud: bool) -> None:
    """The worst case, before any figure."""
    st.html(
        f"<div class='tw-callout{' tw-warn' if loud else ''}'><strong>{html.escape(head)}</strong> "
        f"{html.escape(text)}</div>"
    )


def sentence(text: str) -> None:
    """A sentence in the size of the page's text."""
    st.html(f"<p class='tw-sentence'>{html.escape(text)}</p>")


def variants_table(figures: Figures, *, caption: str) -> None:
    """Each variant in a row: its rates, their paired changes, and AUROC."""
    by_name = {(one.variant.shift, one.variant.strength): row for row, one in enumerate(figures.found)}
    rows = []
    for shown in figures.table.to_dict("records"):
        row = by_name[shown["shift"], shown["strength"]]
        cells = "".join(_cells(figures.found[row], rate) for rate in RATES)
        area = f"<td class='tw-new'>{number(figures.areas[row])}</td>"
        rows.append(f"<tr>{_name(shown['title'], shown['strength'], shown['amount'])}{cells}{area}</tr>")
    head = "".join(f"<th scope='col'>{name}</th>" for name in _COLUMNS)
    caption = html.escape(caption)
    st.html(
        f"<p class='tw-note'>{caption}</p><div class='tw-scroll' role='region' tabindex='0' aria-label='{caption}'>"
        f"<table class='tw-table'><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _name(title: str, strength: int, amount: str) -> str:
    if not strength:
        return f"<th scope='row'>{title}</th>"
    return f"<th scope='row'>{title}, {theme.STRENGTHS[strength]}<span class='tw-small tw-wrap'>{amount}</span></th>"


def _cells(one: UnderShift, rate: str) -> str:
    change = gap(one.changes[rate], otherwise="no clear change") if one.variant.strength else ""
    return f"<td class='tw-new'>{number(one.rates[rate])}</td><td>{change}</td>"
