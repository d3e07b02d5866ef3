"""What Compare shows that Streamlit has no call for. HTML is written here, escaped."""

from __future__ import annotations

import html
import math

import pandas as pd
import streamlit as st

from core.evaluation.comparing.paired import Comparison
from core.evaluation.estimates.difference import apart
from core.evaluation.estimates.intervals import Estimate
from core.runs.compare import RunsCompared
from dashboard import drawn, glossary, html_number, html_table, theme, widgets
from dashboard.compare import words
from dashboard.compare.heat import Shown

_LESS_IS_MORE = frozenset({"brier"})
_OF_BOTH = frozenset({"slope"})
"""Figures of which neither more nor less is what one wants."""
_SHARES = words.FIGURES.keys() - {"slope", "net_benefit"}
"""Figures from 0 to 1."""


def figures_table(found: Comparison, names: tuple[str, str]) -> None:
    """Every figure of A and B, and A less B with its interval and a word."""
    rows = []
    for name, title in words.FIGURES.items():
        own = found.figures[name]
        written = html_number.number if name in _SHARES else _without_bar
        cells = [written(own.a), written(own.b), _difference(name, own.difference)]
        rows.append((glossary.explained(title), cells))
    kind = "from what each patient adds to both" if found.pairs is not None else "of two sets that share nothing"
    caption = (
        f"95 % intervals, patients as clusters; those of differences {kind}. Rates and net benefit are those of each "
        "one's own threshold. The calibration error has no row: it cannot fall below 0, and near 0 its difference is "
        "not normal."
    )
    columns = ("Figure", f"A, {names[0]}", f"B, {names[1]}", "A − B")
    html_table.table(columns, rows, name="figures", caption=caption)


def reader_table(found: RunsCompared) -> None:
    """The model against the reader where one rate is the reader's."""
    other = {"sensitivity": "specificity", "specificity": "sensitivity"}
    rows = []
    for rate, own in found.at_reader.items():
        head = f"{theme.RATES[rate]} at the reader's {other[rate]} of {theme.rate(own.at)}"
        rows.append((html.escape(head), [_value(own.model), _value(own.reader), _difference(rate, own.difference)]))
    columns = ("Rate", "Model", "Reader", "Model − reader")
    html_table.table(columns, rows, name="at-reader", caption=words.HOW_READER)


def pictures(shown: tuple[Shown, ...]) -> None:
    """One image as each run sees it, side by side."""
    for column, one in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
        with column:
            widgets.label(one.title)
            if one.radiograph:
                heat = f"<img src='{one.heat_map}' alt='' style='{_OVER}'>" if one.heat_map else ""
                drawn.html(
                    f"<div style='position:relative;max-width:26rem'><img src='{one.radiograph}' "
                    f"alt='{html.escape(one.alt)}' style='width:100%;display:block'>{heat}</div>"
                )
            widgets.small(one.text)


_OVER = "position:absolute;inset:0;width:100%;height:100%;opacity:.6"


def pair_rows(rows: list[tuple[str, str, Estimate, str, str]]) -> pd.DataFrame:
    """Each two runs with the difference of their areas and both p values; text cells."""
    return pd.DataFrame(
        [
            {"Pair": f"{a} − {b}", "AUROC, difference": " ".join(theme.difference(found)), "p": p, "Adjusted p": own}
            for a, b, found, p, own in rows
        ]
    )


def _without_bar(found: Estimate) -> str:
    if math.isnan(found.value):
        return html_number.number(found)
    return html_table.cell(theme.fixed(found.value, 3), theme.interval(found), theme.how(found))


def _value(value: float) -> str:
    return f"<span class='tw-value'>{theme.rate(value)}</span>"


def _difference(name: str, found: Estimate) -> str:
    """A's loss is loud, also where less is more; a slope has no side."""
    inner = html_number.gap(found)
    if math.isnan(found.low):
        return inner
    if not apart(found):
        return f"{inner}<span class='tw-small'>{theme.ALIKE}</span>"
    if name in _OF_BOTH:
        return f"{inner}<span class='tw-mark'>{theme.DIFFERS}</span>"
    arrow = "▼" if found.value < 0 else "▲"
    loud = " tw-loud" if (found.value < 0) != (name in _LESS_IS_MORE) else ""
    return f"{inner}<span class='tw-mark{loud}'>{arrow} {theme.DIFFERS}</span>"
