"""Non-inferiority margins: stated before the first look, or afterwards, and what became of each."""

from __future__ import annotations

import streamlit as st

from core.errors import RunFolderError
from core.evaluation.comparing.paired import Comparison
from core.runs.margins import FIGURES
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets
from dashboard.compare import words

_SEEN = state.Note[tuple[tuple[str, ...], ...]]("compared_runs")


def was_looked_at(run: Run, other: Run, split: str) -> bool:
    """Whether the two are shown together: a log says so, or this session, or they are of validation, which chooses and
    judges nothing. If not, a margin can be stated and the first look taken."""
    key = (*run.key, *other.key, split)
    if split == "validation" or key in _SEEN.value(()) or gateway.looked(run, other, split):
        return True
    with widgets.notice("Before the first look", words.NOT_LOOKED):
        _form(run, other, split)
        for own in gateway.margins(run, other, split):
            widgets.small(f"Stated: −{own.margin:g} for {words.FIGURES[own.figure]}, by {own.who}.")
        st.button(
            f"Look at both on {theme.set_title(split)}",
            key="compare_look",
            type="primary",
            on_click=lambda: _SEEN.keep((*_SEEN.value(()), key)),
        )
    return False


def note_look(run: Run, other: Run, split: str) -> None:
    """Note in both logs that they are seen together; a line where that cannot be done."""
    if not gateway.note_look(run, other, split):
        widgets.small(words.NOT_NOTED)


def stated(found: Comparison, run: Run, other: Run, split: str) -> None:
    """Every margin with its verdict, and the form for another."""
    for own in gateway.margins(run, other, split):
        widgets.sentence(words.margin(found, own))
    with widgets.folded("State a non-inferiority margin"):
        widgets.small("By how much may A fall short of B and still serve? It counts as stated afterwards.")
        _form(run, other, split)


def _form(run: Run, other: Run, split: str) -> None:
    with st.form("compare_margin", enter_to_submit=False, border=False):
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            figure = st.selectbox("Figure", FIGURES, format_func=words.FIGURES.__getitem__, width=200)
            margin = st.number_input("Margin", 0.001, 0.5, 0.05, step=0.01, format="%.3f", width=140)
            who = st.text_input("Who states it", max_chars=200, width=220)
        if st.form_submit_button("Write it into the log"):
            try:
                gateway.state_margin(run, other, split, str(figure), float(margin), who)
            except RunFolderError as error:
                widgets.callout("Not stated.", f"{error}.", alert=True)
            else:
                st.rerun()
