"""The side bar beside every page: the run picker, the notice of a newer run, and the links to the pages."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.runs.hiding import nothing_revealed
from core.runs.store import RunEntry
from dashboard import drawn, gateway, state, theme, widgets
from dashboard.controls import bound
from dashboard.fits.card import fits_under_way

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_LOOK_EVERY = "5s"
_DISMISSED = state.Note[str]("dismissed_run")


def side_bar(
    out: Path, entries: Sequence[RunEntry], chosen: str | None, pages: Iterable[StreamlitPage]
) -> DeltaGenerator:
    """Product name, run picker, notice of a newer run, pages, the glossary, and what the product is not for.

    Gives back the place of :func:`dashboard.frame.threshold_now` and the link to copy, which are known once the run is
    read.
    """
    with st.sidebar:
        drawn.markdown(f"**{theme.PRODUCT}**")
        if chosen is not None:
            _picker(entries, chosen)
            _newer_run(str(out), chosen, [entries])
            fits_under_way(str(out))
            _broken_runs(entries)
        _navigation(pages, theme.PAGES if chosen is not None else theme.WITHOUT_RUN)
        place = st.container()
        if chosen is not None and st.button(
            "Glossary", key="open_glossary", icon=":material/menu_book:", type="tertiary"
        ):
            _glossary()
        widgets.disclaimer()
    return place


@st.dialog("Glossary", width="medium")
def _glossary() -> None:
    widgets.all_words()


def _navigation(pages: Iterable[StreamlitPage], shown: Collection[str]) -> None:
    by_name = dict(zip(theme.PAGES, pages, strict=True))
    for group, members in theme.PAGE_GROUPS.items():
        names = [name for name in members if name in shown]
        if not names:
            continue
        with st.container(gap="xxsmall"):
            widgets.small(group)
            for name in names:
                st.page_link(by_name[name], query_params=state.held())


def _picker(entries: Sequence[RunEntry], chosen: str) -> None:
    labels = {entry.run_id: _label(entry) for entry in entries}
    labels.setdefault(chosen, f"{state.echoed(chosen)} (not here)")
    bound(
        st.selectbox,
        "Run",
        list(labels),
        key=state.RUN.widget,
        value=chosen,
        keep=state.open_run,
        format_func=labels.__getitem__,
    )
    opened = next((entry for entry in entries if entry.run_id == chosen and entry.problem is None), None)
    if opened is not None:
        widgets.small(_facts(opened))
        if opened.findings:
            bound(
                st.selectbox,
                "Finding",
                list(opened.findings),
                key=state.FINDING.widget,
                value=state.FINDING.among(opened.findings),
                keep=state.open_finding,
            )
    if len(entries) > 1:
        _all_runs(entries)


def _label(entry: RunEntry) -> str:
    """One line of the picker; options of a select box are plain text."""
    return entry.run_id if entry.problem is None else f"{entry.run_id} · cannot be opened"


def _facts(entry: RunEntry) -> str:
    """Date, images and validation AUROC of a whole run. Test is looked at after the choice, not for it."""
    auroc = entry.validation_auroc
    figure = "no validation" if auroc is None else f"validation AUROC {theme.rate(auroc)}, as saved"
    if entry.findings:
        figure = theme.counted(len(entry.findings), "finding")
    if auroc is not None and math.isnan(auroc):
        figure = "validation of one class"
    kind = ", synthetic" if entry.synthetic else ""
    images, hidden = _images(entry)
    test = ", test hidden" if hidden else ""
    return f"{_date(entry)} · {theme.counted(images, 'image')}{kind}{test} · {figure}"


def _images(entry: RunEntry) -> tuple[int, bool]:
    """How many images of a whole run may be seen now, and whether those of test may not; of several findings while one
    is hidden."""
    images, of_test = entry.n_images or 0, entry.n_hidden or 0
    hidden = of_test > 0 and any(nothing_revealed(entry.folder, which) for which in entry.findings or ("",))
    return images - of_test * hidden, hidden


def _images_in_list(entry: RunEntry) -> str:
    if entry.n_images is None:
        return theme.EM_DASH
    images, hidden = _images(entry)
    return f"{theme.count(images)}, test hidden" if hidden else theme.count(images)


def _date(entry: RunEntry) -> str:
    return theme.day(entry.created) if entry.created else theme.EM_DASH


def _all_runs(entries: Sequence[RunEntry]) -> None:
    """Every run side by side; a click on a row opens it."""
    aurocs = [entry.validation_auroc for entry in entries]
    table = pd.DataFrame(
        {
            "run": [entry.run_id for entry in entries],
            "made": [_date(entry) for entry in entries],
            "images": [_images_in_list(entry) for entry in entries],
            "validation AUROC, as saved": [
                theme.counted(len(entry.findings), "finding")
                if entry.findings
                else theme.EM_DASH
                if a is None
                else theme.rate(a)
                for entry, a in zip(entries, aurocs, strict=True)
            ],
        }
    )
    with st.popover("All runs", width="stretch"):
        st.dataframe(
            table,
            hide_index=True,
            key=state.RUN_TABLE,
            selection_mode="single-row",
            width=560,
            on_select=lambda: state.open_row([entry.run_id for entry in entries]),
        )
        unsealed = [entry.run_id for entry in entries if entry.sealed is False]
        if unsealed:
            widgets.small(f"With an unsealed manifest: {', '.join(unsealed)}.")


def _broken_runs(entries: Sequence[RunEntry]) -> None:
    broken = [entry for entry in entries if entry.problem is not None]
    if broken:
        with st.expander(f"{theme.counted(len(broken), 'run')} cannot be opened"):
            for entry in broken:
                st.code(f"{entry.run_id}\n{entry.problem}", language=None, wrap_lines=True)


@st.fragment(run_every=_LOOK_EVERY)
def _newer_run(out: str, chosen: str, just_read: list[Sequence[RunEntry]]) -> None:
    """Looks every few seconds whether a run was finished that is newer than the one that is seen; at first, in the list
    that was ``just_read``."""
    with widgets.calm():
        entries = just_read.pop() if just_read else gateway.runs(Path(out))
        # Broken runs have no known age and stand last; their page offers the newest whole run itself.
        whole = [entry.run_id for entry in entries if entry.problem is None]
        if chosen not in whole or whole[0] == chosen:
            return
        if _DISMISSED.value("") == whole[0]:
            return
        drawn.text(f"A newer run exists:\n{whole[0]}")
        with st.container(horizontal=True, gap="small"):
            if st.button("Open it", key="open_newer"):
                state.open_run(whole[0])
                st.rerun()
            st.button("Not now", key="dismiss_newer", on_click=_DISMISSED.keep, args=(whole[0],))
