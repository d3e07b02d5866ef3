"""Which run, which finding and which set of its images, and on which scale."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.runs.store import Run, RunEntry
from dashboard.scale import Scale, scales
from dashboard.state import address
from dashboard.state.choice import FINDING, SCALE, SPLIT

_RUN = "run"
PICKER = "run_picker"
RUN_TABLE = "run_table"


def run_id(entries: Sequence[RunEntry]) -> str | None:
    """The run that is seen: the address names it, else this session, else it is the newest whole one.

    None where there is no run at all. The id need not be among ``entries``: an old link may name a run that is gone.
    """
    if not entries:
        return None
    first = newest_whole(entries) or entries[0]
    chosen = str(address.asked(_RUN) or st.session_state.get(_RUN) or first.run_id)
    st.session_state[_RUN] = chosen
    address.show(_RUN, chosen)
    return chosen


def open_run(chosen: str) -> None:
    """See this run from now on."""
    st.session_state[_RUN] = chosen
    address.put(_RUN, chosen)


def open_row(run_ids: Sequence[str]) -> None:
    """See the run whose row was selected in the table of runs; its callback. ``run_ids`` are the rows."""
    for row in st.session_state[RUN_TABLE].selection.rows:
        open_run(run_ids[row])


def newest_whole(entries: Sequence[RunEntry]) -> RunEntry | None:
    """The newest run that can be opened; ``entries`` come newest first."""
    return next((entry for entry in entries if entry.problem is None), None)


def dark() -> bool:
    """Whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def finding(run: Run) -> str:
    """The finding that is asked about, of those of the run; the address names it only where there are several."""
    return run.finding if len(run.findings) == 1 else FINDING.among(run.findings)


def splits(run: Run) -> list[str]:
    """The sets of a run that have images, validation first."""
    return list(run.sets)


def split(run: Run) -> str:
    """The set that is seen: as the address says, else this session, else the first, where thresholds are chosen."""
    return SPLIT.among(splits(run))


def scale(run: Run) -> Scale:
    """How thresholds and scores are called: as the address says, else this session, else calibrated where known."""
    known = scales(run.calibration)
    return known[SCALE.among(list(known))]
