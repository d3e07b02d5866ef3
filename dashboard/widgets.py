"""What pages show that Streamlit has no call for. HTML is written here and in the pages' own ``widgets``, escaped."""

from __future__ import annotations

import html
import logging
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import WorkbenchError
from core.evaluation.comparing.promise import Judgement, Verdict
from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.downloads import figure_downloads

_STYLE = Path(__file__).with_name("widgets.css")
_ROWS_SHOWN = 8
_ZOOM = ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]

logger = logging.getLogger(__name__)


def style() -> None:
    """The style sheet of these widgets; once a page."""
    st.html(_STYLE)


def disclaimer() -> None:
    """The strip that stands on every page."""
    st.html(f"<div class='tw-strip' role='note'>{theme.DISCLAIMER}</div>")


def heading(name: str, *, synthetic: bool, facts: str) -> None:
    """The run's name as the page's title, marked when its images are synthetic, and one line of facts beneath."""
    mark = " <span class='tw-mark'>synthetic</span>" if synthetic else ""
    st.html(f"<div class='tw-head'><h1>{html.escape(name)}{mark}</h1><p>{html.escape(facts)}</p></div>")


@contextmanager
def section(title: str) -> Iterator[None]:
    """A part of a page under its title; what goes wrong in it is said there, and the rest of the page goes on."""
    st.header(title, anchor=False)
    with calm():
        yield


def label(text: str) -> None:
    """A small heading over a picture or a column."""
    st.html(f"<div class='tw-label'>{html.escape(text)}</div>")


def small(text: str) -> None:
    """A quiet line under a picture or a control; the text may come from files."""
    st.html(f"<div class='tw-small tw-wrap'>{html.escape(text)}</div>")


def sentence(text: str) -> None:
    """A sentence in the size of the page's text; it may come from files."""
    st.html(f"<p class='tw-sentence'>{html.escape(text)}</p>")


def callout(head: str, text: str, *, warn: bool = False, alert: bool = False) -> None:
    """A sentence before the figures it sums up; the text may come from files.

    An ``alert`` is a warning that a screen reader says at once.
    """
    mark = " tw-warn" if warn or alert else ""
    role = " role='alert'" if alert else ""
    strong = f"{'▲ ' if alert else ''}{html.escape(head)}"
    st.html(f"<div class='tw-callout{mark}'{role}><strong>{strong}</strong> {html.escape(text)}</div>")


def plain(text: str) -> str:
    """Text from people or files for the label of a widget, which renders markdown: letters and digits only."""
    return re.sub(r"[\W_]+", " ", text).strip()


def listing(table: pd.DataFrame, *, key: str) -> None:
    """A table of text from files, which scrolls in itself when it is long."""
    st.dataframe(table, hide_index=True, height="content" if len(table) <= _ROWS_SHOWN else 300, key=key)


def small_table(table: pd.DataFrame, *, stack: bool = False) -> None:
    """A few rows of text, the first column their names. Unlike ``st.table`` it renders no markdown in its cells.

    With ``stack`` each row is a block on a phone, its cells under the names of their columns.
    """
    names = [html.escape(str(name)) for name in table.columns]
    labels = [f" data-label='{name}'" if stack else "" for name in names[1:]]
    head = "".join(f"<th scope='col'>{name}</th>" for name in names)
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(str(first))}</th>"
        + "".join(f"<td{label}>{html.escape(str(cell))}</td>" for label, cell in zip(labels, rest, strict=True))
        + "</tr>"
        for first, *rest in table.itertuples(index=False)
    )
    st.html(
        f"<div class='tw-scroll'><table class='tw-table tw-dense{' tw-stack' if stack else ''}'>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def figure(drawing: Any, *, key: str, alt: str, table: pd.DataFrame | str, file_name: str, zoom: bool = False) -> None:
    """A plotly figure with its text alternative and, beneath it, what saves it as PNG, SVG and CSV (``table``).

    With ``zoom`` it has buttons that change the range of its axes.
    """
    config = {"displayModeBar": "hover" if zoom else False, "displaylogo": False, "modeBarButtons": [_ZOOM]}
    with st.container(gap=None):
        st.plotly_chart(drawing, key=key, alt=alt, config=config)
        figure_downloads(chart=key, file_name=file_name, table=table)


def tiles(estimates: Sequence[tuple[str, Estimate]]) -> None:
    """Figures with their intervals, side by side as far as there is room."""
    cells = "".join(
        f"<div class='tw-tile'><span class='tw-label'>{html.escape(name)}</span>{number(found)}</div>"
        for name, found in estimates
    )
    st.html(f"<div class='tw-tiles'>{cells}</div>")


def number(found: Estimate | None, *, fraction: tuple[int, int] | None = None) -> str:
    """HTML of a figure: its value, the interval, a thin bar from 0 to 1, and the counts it comes from.

    Undefined is an em dash with the reason on hover.
    """
    if found is None or not math.isfinite(found.value):
        reason = "not known in this run" if found is None else found.reason
        return f"<span class='tw-value' title='{html.escape(reason)}'>{theme.EM_DASH}</span>"
    method = html.escape(theme.how(found))
    counts = ""
    if fraction is not None:
        counts = f"<span class='tw-small'>{theme.count(fraction[0])} of {theme.count(fraction[1])}</span>"
    return (
        f"<span class='tw-value'>{theme.rate(found.value)}</span>"
        f"<span class='tw-small' title='{method}'>{theme.interval(found)}</span>{_bar(found)}{counts}"
    )


def gap(difference: Estimate | None, *, differs: bool | None = None, otherwise: str = theme.ALIKE) -> str:
    """HTML of how a rate differs: the difference, its interval, and whether it ``differs``, ``otherwise`` what is said
    instead. Nothing is said where that was not asked (None) or cannot be known. Only a loss is loud."""
    if difference is None or not math.isfinite(difference.value):
        return number(difference)
    value, interval = theme.difference(difference)
    mark = ""
    if differs is not None and math.isfinite(difference.low):
        mark = differs_mark(difference) if differs else f"<span class='tw-small'>{otherwise}</span>"
    return (
        f"<span class='tw-value'>{value}</span>"
        f"<span class='tw-small' title='{html.escape(theme.how(difference))}'>{interval}</span>{mark}"
    )


def differs_mark(difference: Estimate) -> str:
    """HTML of the mark of a difference that chance does not explain: a loss in amber, a gain without colour."""
    return (
        f"<span class='tw-mark'>▲ {theme.DIFFERS}</span>"
        if difference.value > 0
        else f"<span class='tw-mark tw-loud'>▼ {theme.DIFFERS}</span>"
    )


def verdict_mark(judgement: Judgement) -> str:
    """HTML of what a set says of a promise: only a broken one is loud."""
    loud = " tw-loud" if judgement.verdict is Verdict.BROKEN else ""
    title = html.escape(judgement.reason or theme.how(judgement.limits))
    return f"<span class='tw-mark{loud}' title='{title}'>{theme.VERDICTS[judgement.verdict]}</span>"


def _bar(found: Estimate) -> str:
    value, low, high = found.value, found.low, found.high
    interval = ""
    if math.isfinite(low) and math.isfinite(high):
        interval = f"<i style='left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%'></i>"
    return f"<span class='tw-bar' aria-hidden='true'>{interval}<b style='left:{100 * value:.2f}%'></b></span>"


def notice(title: str, text: str, *, detail: str = "") -> DeltaGenerator:
    """A designed box: what is the matter and what to do (``title`` and ``text``, ours; ``detail`` may come from files).

    Gives back the box, for the one button in it.
    """
    box = st.container(border=True)
    with box:
        st.markdown(f"**{title}**")
        if text:
            st.markdown(text)
        if detail:
            st.code(detail, language=None, wrap_lines=True)
    return box


@contextmanager
def calm() -> Iterator[None]:
    """No traceback reaches the reader: our own errors say what to do, any other is calmly named. Both are logged."""
    try:
        yield
    except WorkbenchError as error:
        logger.warning("a part of the page cannot be shown: %r", error)
        notice("This cannot be shown", "", detail=str(error))
    except Exception:
        logger.exception("a part of the page failed")
        notice(
            "Something went wrong here",
            "The run itself is not touched. Reload the page; when it happens again, pick another run. "
            "The terminal that runs the dashboard shows the details.",
        )
