"""The frame around every page: the side bar with the run picker, and the states in which no page can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import RunFolderError
from core.runs.hiding import nothing_revealed
from core.runs.store import Run, RunEntry
from dashboard import called, gateway, state, theme, widgets, words
from dashboard.controls import bound, switch
from dashboard.scale import scales

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_SHEET_WIDTH = 1240
_LOOK_EVERY = "5s"


def sheet() -> DeltaGenerator:
    """What pages write on: as wide as the window, but never wider than lines and tables can be read."""
    return st.container(width=_SHEET_WIDTH)


def side_bar(
    out: Path, entries: Sequence[RunEntry], chosen: str | None, pages: Sequence[StreamlitPage]
) -> DeltaGenerator:
    """Product name, run picker, notice of a newer run, pages, and what the product is not for.

    Gives back the place of :func:`threshold_now`, which is known once the run is read.
    """
    with st.sidebar:
        st.markdown(f"**{theme.PRODUCT}**")
        if chosen is not None:
            _picker(entries, chosen)
            _newer_run(str(out), chosen)
            _broken_runs(entries)
        if chosen is not None:
            _navigation(pages)
        place = st.container()
        widgets.disclaimer()
    return place


def _navigation(pages: Sequence[StreamlitPage]) -> None:
    by_name = dict(zip(theme.PAGES, pages, strict=True))
    for group, members in theme.PAGE_GROUPS.items():
        with st.container(gap="xxsmall"):
            widgets.small(group)
            for name in members:
                st.page_link(by_name[name])


def link(name: str, label: str) -> None:
    """A link to the page called ``name`` in :data:`theme.PAGES`."""
    st.page_link(str(state.ROOT / "pages" / f"{name}.py"), label=label, icon=":material/arrow_forward:")


def go_to(name: str) -> NoReturn:
    """Leave for the page called ``name`` in :data:`theme.PAGES`."""
    st.switch_page(str(state.ROOT / "pages" / f"{name}.py"))


def threshold_now(run: Run) -> None:
    """The threshold, the split and the scale that every page speaks of."""
    threshold = state.threshold(run)
    widgets.small(f"Threshold now: {called.threshold(run, threshold)}, images of {state.split(run)}")
    if there := called.in_clinic(run, threshold):
        widgets.small(f"The same threshold: {there}.")
    unread = state.threshold_problem()
    if unread is not None:
        widgets.small(f"The address asks for the threshold “{unread[:40]}”, which is no number; this one is shown.")


def heading(run: Run) -> None:
    """The run's name as the page's title, and one line of facts about it."""
    widgets.heading(run.run_id, synthetic=run.synthetic, facts=words.facts(run, gateway.n_patients(run)))


def reading_bar(run: Run, *, split: bool = True, scale: bool = True) -> None:
    """The switches of what is seen: where ``split``, which images and, where ``scale``, how their scores are called."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        if split:
            switch("Images of", state.SPLIT, {name: theme.SPLITS[name] for name in state.splits(run)})
        if scale:
            switch("Probability", state.SCALE, {name: theme.SCALES[name] for name in scales(run.calibration)})


def opened_run() -> Run:
    """The run that is seen, as it may be seen now, opened for the finding that is asked about.

    Only on pages, which are shown when it can be opened. Which set of its images is looked at says ``state.split``.
    """
    entries = gateway.runs(state.runs_folder())
    chosen = state.run_id(entries)
    run = gateway.run(next(entry.folder for entry in entries if entry.run_id == chosen))
    return run.of(state.finding(run))


def can_be_opened(entries: Sequence[RunEntry], chosen: str) -> bool:
    """Whether the run is there and whole; if not, the page says what is the matter and offers another one."""
    entry = next((entry for entry in entries if entry.run_id == chosen), None)
    if entry is None:
        text = "It was renamed or removed, or the link is an old one."
        _refusal(entries, chosen, "There is no run of this name here", text, chosen)
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
                "Open the newest whole run", key="open_newest_whole", type="primary",
                on_click=state.open_run, args=(other.run_id,),
            )  # fmt: skip


def _picker(entries: Sequence[RunEntry], chosen: str) -> None:
    labels = {entry.run_id: _label(entry) for entry in entries}
    labels.setdefault(chosen, f"{chosen} (not here)")
    bound(
        st.selectbox, "Run", list(labels), key=state.PICKER, value=chosen, keep=state.open_run,
        format_func=labels.__getitem__,
    )  # fmt: skip
    opened = next((entry for entry in entries if entry.run_id == chosen and entry.problem is None), None)
    if opened is not None:
        widgets.small(_facts(opened))
    if len(entries) > 1:
        _all_runs(entries)


def _label(entry: RunEntry) -> str:
    """One line of the picker; options of a select box are plain text."""
    return entry.run_id if entry.problem is None else f"{entry.run_id} · cannot be opened"


def _facts(entry: RunEntry) -> str:
    """Date, images and validation AUROC of a whole run. Test is looked at after the choice, not for it."""
    auroc = entry.validation_auroc
    figure = "no validation" if auroc is None else f"validation AUROC {theme.rate(auroc)}, as saved"
    kind = ", synthetic" if entry.synthetic else ""
    images, hidden = _images(entry)
    test = ", test hidden" if hidden else ""
    return f"{_date(entry)} · {theme.counted(images, 'image')}{kind}{test} · {figure}"


def _images(entry: RunEntry) -> tuple[int, bool]:
    """How many images of a whole run may be seen now, and whether those of test may not."""
    images, of_test = entry.n_images or 0, entry.n_hidden or 0
    hidden = of_test > 0 and nothing_revealed(entry.folder)
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
            "validation AUROC, as saved": [theme.EM_DASH if a is None else theme.rate(a) for a in aurocs],
        }
    )
    with st.popover("All runs", width="stretch"):
        st.dataframe(
            table, hide_index=True, key=state.RUN_TABLE, selection_mode="single-row", width=560,
            on_select=lambda: state.open_row([entry.run_id for entry in entries]),
        )  # fmt: skip


def _broken_runs(entries: Sequence[RunEntry]) -> None:
    broken = [entry for entry in entries if entry.problem is not None]
    if broken:
        with st.expander(f"{theme.counted(len(broken), 'run')} cannot be opened"):
            for entry in broken:
                st.code(f"{entry.run_id}\n{entry.problem}", language=None, wrap_lines=True)


@st.fragment(run_every=_LOOK_EVERY)
def _newer_run(out: str, chosen: str) -> None:
    """Looks every few seconds whether a run was finished that is newer than the one that is seen."""
    with widgets.calm():
        entries = gateway.runs(Path(out))
        # Broken runs have no known age and stand last; their page offers the newest whole run itself.
        whole = [entry.run_id for entry in entries if entry.problem is None]
        if chosen not in whole or whole[0] == chosen:
            return
        st.text(f"A newer run exists:\n{whole[0]}")
        if st.button("Open it", key="open_newer"):
            state.open_run(whole[0])
            st.rerun()
