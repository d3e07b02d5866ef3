"""What is compared with what: the other run, the thresholds of both, and what a missed child is worth."""

from __future__ import annotations

import streamlit as st

from core.evaluation.comparing.paired import ALARMS_A_MISS
from core.runs import hiding
from core.runs.compare import Point, point_of
from core.runs.store import Run, RunEntry
from dashboard import gateway, state, theme, widgets
from dashboard.compare import words
from dashboard.compare.choices import ALARMS, MOST_ALARMS, OTHER, OTHER_POINT, OWN_POINT
from dashboard.controls import bound, choose


def others(run: Run) -> list[RunEntry]:
    """The other runs that can be opened, newest first."""
    return [entry for entry in state.LISTED_RUNS.value(()) if entry.problem is None and entry.run_id != run.run_id]


def opened_alike(run: Run, entry: RunEntry) -> Run | None:
    """Another run as it may be seen now, opened for the finding of ``run``; None where it has none of that name. Of
    two runs with one finding each a person says that they answer one question, and of one that does not name it."""
    other = gateway.run(entry.folder)
    named_otherwise = run.which and other.manifest["data"].get("class_names")
    if len(other.findings) == 1 and not named_otherwise:
        return other
    named = next((own for own in other.findings if own.casefold() == run.finding.casefold()), None)
    return None if named is None else other.of(named)


def other_run(run: Run) -> Run | None:
    """The run that is B, as it may be seen now; None, and on the page why, where there is none."""
    known = others(run)
    if not known:
        widgets.notice("Nothing to compare with", words.ONE_RUN)
        return None
    names = {entry.run_id: entry.run_id for entry in known}
    chosen = choose(st.selectbox, "Compare with", OTHER, names, width=420)
    other = opened_alike(run, next(entry for entry in known if entry.run_id == chosen))
    if other is None:
        widgets.notice(
            "The other run does not have this finding",
            "Choose another finding in the side bar, or another run.",
            detail=f"{chosen} has no finding called {run.finding}",
        )
    return other


def may_be_compared(other: Run, split: str) -> bool:
    """Whether the other run shows labelled images of the set; if not, why."""
    if other.hidden and split != "validation":
        widgets.notice(f"{theme.set_title(split)} is hidden in the other run", hiding.SENTENCE, detail=other.run_id)
        return False
    if split not in state.splits(other):
        sets = ", ".join(map(theme.set_name, state.splits(other)))
        widgets.notice(
            "The other run does not have this set",
            "Choose another set above, or another run.",
            detail=f"{other.run_id} has {sets}, not {theme.set_name(split)}",
        )
        return False
    return True


def points(run: Run, other: Run, split: str) -> tuple[Point, Point]:
    """The threshold of each, chosen among its locks, what validation chose, or a reader's grades."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        found = [
            _point(own, split, choice, f"{letter} at")
            for own, choice, letter in ((run, OWN_POINT, "A"), (other, OTHER_POINT, "B"))
        ]
    return found[0], found[1]


def _point(run: Run, split: str, choice: state.Choice[str], label: str) -> Point:
    known = {point.name: point for point in reversed(gateway.compare_points(run, split))}
    if not known:
        return point_of(run, run.predictions(split), None)
    names = {name: words.called(known[name]) for name in reversed(known)}
    return known[choose(st.selectbox, label, choice, names, width=280)]


def alarms_held() -> float:
    """How many false alarms one missed child is worth."""
    return float(ALARMS.value(ALARMS_A_MISS))


def alarms_input() -> None:
    """The input of :func:`alarms_held`."""
    bound(
        st.number_input,
        "One missed child is as bad as so many false alarms",
        0.1,
        MOST_ALARMS,
        step=1.0,
        format="%.1f",
        key=ALARMS.widget,
        value=alarms_held(),
        keep=ALARMS.choose,
        width=320,
    )
