"""Which run, which of its splits and on which scale."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.runs.store import Run, RunEntry
from dashboard.scale import Scale, scales
from dashboard.state.address import OF_A_RUN, keep, one_of

_RUN = "run"
_SPLIT = "split"
_SCALE = "scale"
PICKER = "run_picker"
RUN_TABLE = "run_table"
SPLIT_SWITCH = "split_switch"
SCALE_SWITCH = "scale_switch"


def run_id(entries: Sequence[RunEntry]) -> str | None:
    """The run that is seen: the address names it, else this session, else it is the newest whole one.

    None where there is no run at all. The id need not be among ``entries``: an old link may name a run that is gone.
    Navigation clears the address, so the answer is written back to it.
    """
    if not entries:
        return None
    first = newest_whole(entries) or entries[0]
    chosen = str(st.query_params.get(_RUN) or st.session_state.get(_RUN) or first.run_id)
    _remember(chosen)
    return chosen


def open_run(chosen: str) -> None:
    """See this run from now on."""
    _remember(chosen)


def open_picked_run() -> None:
    """See the run that the picker shows; its callback."""
    _remember(st.session_state[PICKER])


def open_row(run_ids: Sequence[str]) -> None:
    """See the run whose row was selected in the table of runs; its callback. ``run_ids`` are the rows."""
    for row in st.session_state[RUN_TABLE].selection.rows:
        _remember(run_ids[row])


def newest_whole(entries: Sequence[RunEntry]) -> RunEntry | None:
    """The newest run that can be opened; ``entries`` come newest first."""
    return next((entry for entry in entries if entry.problem is None), None)


def dark() -> bool:
    """Whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def splits(run: Run) -> list[str]:
    """The splits of a run that have predictions, of validation and test."""
    return [name for name in ("validation", "test") if run.predictions[name].n]


def split(run: Run) -> str:
    """The split that is seen: as the address says, else this session, else validation, where thresholds are chosen."""
    return one_of(_SPLIT, splits(run))


def show_split(chosen: str) -> None:
    """See this split from now on."""
    keep(_SPLIT, chosen)


def scale(run: Run) -> Scale:
    """How thresholds and scores are called: as the address says, else this session, else calibrated where known."""
    known = scales(run.calibration)
    return known[one_of(_SCALE, list(known))]


def show_scale(chosen: str) -> None:
    """Call thresholds and scores by this scale from now on."""
    keep(_SCALE, chosen)


def _remember(chosen: str) -> None:
    if st.session_state.get(_RUN, chosen) != chosen:
        for name in OF_A_RUN:  # a logit of one network means nothing to another
            st.query_params.pop(name, None)
    keep(_RUN, chosen)
