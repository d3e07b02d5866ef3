"""The frame around every page: its sheet, its head and switches, and the states in which no page can be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import RunFolderError
from core.runs import hiding
from core.runs.exports import file_name, file_part
from core.runs.store import Run, RunEntry
from core.telling.scale import scales
from dashboard import called, gateway, state, theme, widgets, words
from dashboard.component import component
from dashboard.controls import choose, switch

_SHEET_WIDTH = 1240
_MOST_BUTTONS = 4
_PAPER_WIDTH = 700  # A4 between its margins


def sheet() -> DeltaGenerator:
    """What pages write on: as wide as the window, but never wider than lines and tables can be read, or than paper."""
    return st.container(width=_PAPER_WIDTH if state.printing() else _SHEET_WIDTH)


def print_head() -> DeltaGenerator:
    """What stands over a page laid out for paper in place of the side bar; gives the place of :func:`threshold_now`."""
    component("print_head", "saving/print.js", "saving/row.css", html="<div class='row'></div>")(key="print_head")
    return st.container()


def print_link() -> None:
    """A link to the page laid out for paper; after all else, when it is known what is seen."""
    st.link_button("Print this page", state.address_for_print(), icon=":material/print:", type="tertiary")


def link(name: str, label: str, changed: Mapping[state.Choice[Any], object] | None = None) -> None:
    """A link to the page called ``name`` in :data:`theme.PAGES`, which shows what is chosen now but for ``changed``,
    where None is a choice that is not made.

    All of it rides on the link, so that the switch is one entry of the browser's history.
    """
    address = state.held()
    for choice, value in (changed or {}).items():
        address.pop(choice.name, None)
        if value is not None:
            address[choice.name] = choice.write(value)
    st.page_link(
        str(state.ROOT / "pages" / f"{name}.py"), label=label, icon=":material/arrow_forward:", query_params=address
    )


def way_on(run: Run, *names: str) -> None:
    """Links from the threshold in use to what can be done with it, on the pages called ``names``."""
    reported = state.reported(run)
    labels = {"operating_point": "Look at it", "gallery": "Look at these images", "lock": "Lock this threshold"}
    if reported is not None:
        labels["delivery"] = f"What {theme.set_name(reported)} delivers at this threshold"
    with st.container(horizontal=True, gap="small"):
        for name in names:
            if name in labels:
                link(name, labels[name], {state.RULE: None} if name == "delivery" else None)


def to_lock(run: Run) -> None:
    """Where test is hidden: that it is, and the way to the page that reveals it."""
    if run.hidden:
        widgets.callout("", hiding.SENTENCE)
        link("lock", "Lock a threshold")


def threshold_now(run: Run) -> None:
    """The threshold, the split and the scale that every page speaks of."""
    threshold = state.threshold(run)
    widgets.small(f"Threshold now: {called.threshold(run, threshold)}, images of {theme.set_name(state.split(run))}")
    if there := called.in_clinic(run, threshold):
        widgets.small(f"The same threshold: {there}.")


def about(run: Run, page: str) -> None:
    """What pictures and files say of what is seen on the page of this title."""
    widgets.about(
        run=words.in_pictures(run),
        sets=theme.set_name(state.split(run)),
        threshold=called.in_pictures(run, state.threshold(run)),
        disclaimer=theme.DISCLAIMER,
        file=f"{file_name(run)}-{file_part(page)}",
    )


def heading(run: Run) -> None:
    """The page's title with the run's name, one line of facts about it, and what looks wrong about its scores, which no
    figure of any page can be read without."""
    page = state.page() or state.first_page()
    title = theme.PAGES[theme.FORMER_ADDRESSES.get(page, page)]
    widgets.heading(title, run.run_id, synthetic=run.synthetic, facts=words.facts(run, gateway.n_patients(run)))
    with widgets.calm():
        for said in gateway.odd_scores(run):
            widgets.callout(said.head, said.text, warn=True)


def reading_bar(run: Run, *, split: bool = True, scale: bool = True, against_validation: bool = False) -> str | None:
    """The switches of what is seen: where ``split``, which images and, where ``scale``, how their scores are called.

    ``against_validation``: only which set is held against validation. Gives that set, None where there is none.
    """
    reported = state.reported(run)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if against_validation:
            others = [name for name in state.splits(run) if name != "validation"]
            if len(others) > 1:
                set_switch("Compared with validation", others, reported)
        elif split:
            set_switch("Images of", state.splits(run), None)
        if scale:
            switch("Probability", state.SCALE, {name: theme.SCALES[name] for name in scales(run)})
    return reported


def set_switch(label: str, names: Sequence[str], shown: str | None) -> None:
    """Which evaluation set is seen: buttons in a row, or a picker where there are many."""
    titles = {name: theme.set_title(name) for name in names}
    if len(names) <= _MOST_BUTTONS:
        switch(label, state.SPLIT, titles, first=shown)
    else:
        choose(st.selectbox, label, state.SPLIT, titles, first=shown, width=260)


def opened_run() -> Run:
    """The run that is seen, as it may be seen now, opened for the finding that is asked about.

    Only on pages, which are shown when it can be opened. Which set of its images is looked at says ``state.split``.
    The list of runs is read once, by ``Home.py``.
    """
    return run_in(state.runs_folder() / state.opened_id())


def run_in(folder: Path) -> Run:
    """The run in ``folder``, as :func:`opened_run`."""
    run = gateway.run(folder)
    return run.of(state.finding(run))


def may_be_read(entries: Sequence[RunEntry], chosen: str | None) -> bool:
    """Whether the run is there and whole; says nothing."""
    entry = next((entry for entry in entries if entry.run_id == chosen), None)
    return entry is not None and (entry.problem or _problem_inside(entry)) is None


def can_be_opened(entries: Sequence[RunEntry], chosen: str) -> bool:
    """Whether the run is there and whole; if not, the page says what is the matter and offers another one."""
    entry = next((entry for entry in entries if entry.run_id == chosen), None)
    if entry is None:
        text = "It was renamed or removed, or the link is an old one."
        _refusal(entries, chosen, "There is no run of this name here", text, state.echoed(chosen))
        return False
    problem = entry.problem or _problem_inside(entry)
    if problem is not None:
        _refusal(entries, chosen, "This run cannot be opened", "", f"{entry.run_id}: {problem}")
    return problem is None


def _problem_inside(entry: RunEntry) -> str | None:
    """What only reading every file can tell: the list of runs looks at names and sizes."""
    try:
        gateway.run(entry.folder)
    except RunFolderError as error:
        return str(error)
    return None


def _refusal(entries: Sequence[RunEntry], chosen: str, title: str, text: str, detail: str) -> None:
    other = state.newest_whole([entry for entry in entries if entry.run_id != chosen])
    if other is None:
        text = f"{text} There is no other run that can be opened. `python train.py` makes a new one.".strip()
    with widgets.notice(title, text, detail=detail):
        if other is not None:
            st.button(
                "Open the newest whole run",
                key="open_newest_whole",
                type="primary",
                on_click=state.open_run,
                args=(other.run_id,),
            )
