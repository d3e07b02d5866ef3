"""Which run, which finding and which set of its images, and on which scale."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.runs.sites import ALL
from core.runs.store import Run, RunEntry
from core.telling.scale import Scale, probabilities, scales
from dashboard.state import address
from dashboard.state.choice import FINDING, SCALE, SPLIT, Choice, Note, of_run
from dashboard.state.threshold_in_use import threshold

RUN = Choice[str]("run", "run_picker")
RUN_TABLE = "run_table"
LISTED_RUNS = Note[Sequence[RunEntry]]("listed_runs")
"""All runs, as they were looked for when this run of the script began: once is enough."""
_LEFT = "left_runs"


def run_id(entries: Sequence[RunEntry]) -> str | None:
    """The run that is seen: the address names it, else it is the newest whole one.

    None where there is no run at all. The id need not be among ``entries``: an old link may name a run that is gone.
    """
    if not entries:
        return None
    return RUN.value((newest_whole(entries) or entries[0]).run_id)


def opened_id() -> str:
    """The run that the address names, as it always does once a page is shown."""
    return RUN.value("")


def open_run(chosen: str) -> None:
    """See this run from now on, as it was left; what belongs to a run alone does not go with the reader to another."""
    _open((RUN.held(), ""), (chosen, ""), of_run())
    RUN.choose(chosen)


def open_finding(chosen: str) -> None:
    """Ask about this finding of the run from now on, as it was left; a threshold belongs to a run and a finding."""
    _open((RUN.held(), FINDING.held()), (RUN.held(), chosen), of_run() - {FINDING.name})
    FINDING.choose(chosen)


def _open(seen: tuple[str | None, str | None], chosen: tuple[str | None, str], own: frozenset[str]) -> None:
    """Put aside what the address holds under the names ``own``, and take up what was put aside for ``chosen``."""
    left = st.session_state.setdefault(_LEFT, {})
    left[seen] = {name: text for name, text in address.held().items() if name in own}
    for name in own:
        address.put(name, left.get(chosen, {}).get(name))


def write_out(run: Run) -> None:
    """Let the address say in full what every page speaks of: the run, its finding, the set, the scale, the threshold.

    So the first link that is copied holds when a newer run is there; a page switch finds all of it in the address.
    """
    finding(run)
    split(run)
    scale(run)
    threshold(run)
    address.write_out()


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
    if len(run.findings) > 1:
        return FINDING.among(run.findings)
    if FINDING.held() != run.finding:
        address.refuse(FINDING.name)
    return run.finding


def splits(run: Run) -> list[str]:
    """The sets of a run that have images whose truth is known, validation first; last all sites as one where there are
    several."""
    several = len(run.sites.labelled(run.finding)) > 1
    return [*run.labelled_sets, *((ALL,) if several else ())]


def split(run: Run) -> str:
    """The set that is seen: as the address says, else the first, where thresholds are chosen."""
    return SPLIT.among(splits(run))


def reported(run: Run) -> str | None:
    """The set that is held against validation: the one that is seen where that is another, else test, else a site; None
    where there is no other."""
    others = [name for name in splits(run) if name != "validation"]
    seen = split(run)
    return seen if seen in others else next(iter(others), None)


def compared(run: Run) -> tuple[str, ...]:
    """Validation and the set held against it, those of them that there are."""
    return tuple(name for name in splits(run) if name in ("validation", reported(run)))


def scale(run: Run) -> Scale:
    """How thresholds and scores are called: as the address says, else calibrated where known."""
    known = scales(run)
    return known[SCALE.among(list(known))]


def probability_scale(run: Run) -> Scale:
    """:func:`scale` where its numbers are probabilities, else the first of the run's that has them; for pages on which
    nothing but a probability has a meaning. StopIteration where no scale has."""
    known = probabilities(run)
    return known.get(scale(run).name) or next(iter(known.values()))
