"""What pages show that Streamlit has no call for. HTML is written here and in the pages' own ``widgets``, escaped."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import WorkbenchError
from core.evaluation.estimates.intervals import Estimate
from core.runs.exports import frame_csv
from dashboard import drawn, glossary, state, theme
from dashboard.downloads import figure_downloads, table_downloads
from dashboard.html_number import number

_STYLES = [Path(__file__).with_name(name) for name in ("widgets.css", "print.css")]
_ROWS_SHOWN = 8
_ROWS_ON_PAPER = 200
_ZOOM = ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]

logger = logging.getLogger(__name__)


def style() -> None:
    """The style sheets of these widgets, on the screen and on paper; once a page."""
    for sheet in _STYLES:
        st.html(sheet)


def disclaimer() -> None:
    """The strip that stands on every page."""
    drawn.html(f"<div class='tw-strip' role='note'>{theme.DISCLAIMER}</div>")


def about(**facts: str) -> None:
    """What the page is about, unseen: pictures that are saved say it, and their files are called after ``file``."""
    data = " ".join(f"data-{name}='{html.escape(text)}'" for name, text in facts.items())
    drawn.html(f"<div class='tw-about' hidden {data}></div>")


def heading(page: str, name: str, *, synthetic: bool, facts: str) -> None:
    """The page's title with the run's name, marked when its images are synthetic, and one line of facts beneath."""
    mark = " <span class='tw-mark'>synthetic</span>" if synthetic else ""
    title = f"{html.escape(page)} <span class='tw-run'>{html.escape(name)}</span>"
    drawn.html(f"<div class='tw-head'><h1>{title}{mark}</h1><p>{html.escape(facts)}</p></div>")


def all_words() -> None:
    """The glossary: every word with its meaning, those in which the typed letters stand."""
    typed = st.text_input("Find a word", key="glossary_word", max_chars=40).strip().lower()
    found = [(words, meaning) for words, meaning in glossary.entries() if typed in f"{words} {meaning}".lower()]
    rows = "".join(f"<dt>{html.escape(words)}</dt><dd>{html.escape(meaning)}</dd>" for words, meaning in found)
    drawn.html(f"<dl class='tw-glossary'>{rows}</dl>" if found else "<p>No word of the glossary has these letters.</p>")


@contextmanager
def section(title: str) -> Iterator[None]:
    """A part of a page under its title; what goes wrong in it is said there, and the rest of the page goes on."""
    st.header(title, anchor=False)
    with calm():
        yield


def label(text: str) -> None:
    """A small heading over a picture or a column."""
    drawn.html(f"<div class='tw-label'>{glossary.explained(text)}</div>")


def small(text: str) -> None:
    """A quiet line under a picture or a control; the text may come from files."""
    drawn.html(f"<div class='tw-small tw-wrap'>{html.escape(text)}</div>")


def sentence(text: str) -> None:
    """A sentence in the size of the page's text; it may come from files."""
    drawn.html(f"<p class='tw-sentence'>{html.escape(text)}</p>")


def callout(head: str, text: str, *, warn: bool = False, alert: bool = False) -> None:
    """A sentence before the figures it sums up; the text may come from files.

    An ``alert`` is a warning that a screen reader says at once.
    """
    mark = " tw-warn" if warn or alert else ""
    role = " role='alert'" if alert else ""
    head = f"{'▲ ' if alert else ''}{html.escape(head)}"
    strong = f"<strong>{head}</strong> " if head else ""
    drawn.html(f"<div class='tw-callout{mark}'{role}>{strong}{html.escape(text)}</div>")


def read_otherwise(lines: Sequence[str]) -> None:
    """What of a table was read otherwise than it stands there, a sentence each; nothing where all was."""
    if lines:
        callout("Read otherwise than it stands in the file:", "; ".join(lines) + ".", warn=True)


def plain(text: str) -> str:
    """Text from people or files for the label of a widget, which renders markdown: letters and digits only."""
    return re.sub(r"[\W_]+", " ", text).strip()


def as_typed(text: str) -> str:
    """Text from people for the label of a widget, which renders markdown: shown as it was typed, and nothing else.

    What a backslash does not hold back (names of emoji and icons, addresses) an invisible joiner does.
    """
    escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))
    return re.sub(r"([:@.])", "\\1\N{WORD JOINER}", escaped)


def folded(title: str, **look: Any) -> Any:
    """``st.expander``, which is unfolded on a page laid out for paper."""
    return st.expander(title, expanded=state.printing(), **look)


def save_csv(label: str, make: Callable[[], pd.DataFrame], *, key: str, file_name: str, **look: Any) -> None:
    """A button that saves as CSV what ``make`` gives, which is asked for it only when it is pressed."""
    st.download_button(
        label,
        lambda: frame_csv(make()).encode("utf-8", "backslashreplace"),
        key=key,
        file_name=f"{file_name}.csv",
        mime="text/csv",
        on_click="ignore",
        **look,
    )


def listing(table: pd.DataFrame, *, key: str, file_name: str = "", height: int = 300) -> None:
    """A table of text from files, which scrolls in itself when it is long; on paper its rows stand below each other.

    With a ``file_name`` it can be saved.
    """
    st.dataframe(table, hide_index=True, height="content" if len(table) <= _ROWS_SHOWN else height, key=key)
    more = len(table) - _ROWS_ON_PAPER
    note = f"<p class='tw-note'>and {theme.counted(more, 'row')} more</p>" if more > 0 else ""
    drawn.html(f"<div class='tw-for-paper'>{_html_table(table.head(_ROWS_ON_PAPER))}{note}</div>")
    if file_name:
        save_csv("Save this table as CSV", lambda: table, key=f"{key}_csv", file_name=file_name, type="tertiary")


def small_table(table: pd.DataFrame, *, name: str) -> None:
    """A few rows of text, the first column their names, saved under ``name``; no markdown is rendered in its cells.

    On a phone or a tablet each row is a block, its cells under the names of their columns.
    """
    drawn.html(_html_table(table))
    table_downloads(name=name, table=table)


def _html_table(table: pd.DataFrame) -> str:
    names = [html.escape(str(name)) for name in table.columns]
    head = "".join(glossary.column_head(str(name)) for name in table.columns)
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(str(first))}</th>"
        + "".join(
            f"<td data-label='{name}'>{html.escape(str(value))}</td>"
            for name, value in zip(names[1:], rest, strict=True)
        )
        + "</tr>"
        for first, *rest in table.itertuples(index=False)
    )
    return (
        f"<div class='tw-scroll' role='group' tabindex='0' aria-label='{names[0]}'>"
        "<table class='tw-table tw-dense tw-stack'>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def figure(
    drawing: Any,
    *,
    key: str,
    alt: str,
    table: pd.DataFrame | str,
    name: str,
    sets: str = "",
    threshold: str = "",
    zoom: bool = False,
) -> None:
    """A plotly figure with its text alternative and, beneath it, what saves it as PNG, SVG and CSV (``table``).

    ``name``, ``sets`` and ``threshold`` are those of :func:`dashboard.downloads.figure_downloads`. With ``zoom`` it has
    buttons that change the range of its axes.
    """
    config = {"displayModeBar": "hover" if zoom else False, "displaylogo": False, "modeBarButtons": [_ZOOM]}
    with st.container(gap=None):
        st.plotly_chart(drawing, key=key, alt=alt, config=config)
        figure_downloads(chart=key, name=name, table=table, sets=sets, threshold=threshold)


def tiles(estimates: Sequence[tuple[str, Estimate]]) -> None:
    """Figures with their intervals, side by side as far as there is room."""
    cells = "".join(
        f"<div class='tw-tile'><span class='tw-label'>{glossary.explained(name)}</span>{number(found)}</div>"
        for name, found in estimates
    )
    drawn.html(f"<div class='tw-tiles'>{cells}</div>")


def notice(title: str, text: str, *, detail: str = "") -> DeltaGenerator:
    """A designed box: what is the matter and what to do (``title`` and ``text``, ours; ``detail`` may come from files).

    Gives back the box, for the one button in it.
    """
    box = st.container(border=True)
    with box:
        drawn.markdown(f"**{title}**")
        if text:
            drawn.markdown(text)
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
