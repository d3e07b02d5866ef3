"""Three runs or more: each two tested, with p values adjusted over all pairs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.runs.store import Run, RunEntry
from dashboard import drawn, gateway, state, widgets
from dashboard.compare import controls, words
from dashboard.compare import widgets as compare_widgets
from dashboard.compare.choices import FURTHER
from dashboard.controls import bound

MOST = 6
"""So many runs are tested together."""


def every_pair(run: Run, other: Run, split: str) -> None:
    """The test of A and B, with further runs the table of every pair."""
    left = [entry for entry in controls.others(run) if entry.run_id != other.run_id]
    wanted = [name for name in FURTHER.value(()) if name in {entry.run_id for entry in left}]
    if left:
        bound(
            st.multiselect,
            "Further runs in the same test",
            [entry.run_id for entry in left],
            key=FURTHER.widget,
            value=wanted,
            keep=lambda names: FURTHER.choose(tuple(names) or None),
            max_selections=MOST - 2,
        )
    runs = [run, other, *_opened(run, [entry for entry in left if entry.run_id in wanted], split)]
    rows = [
        (pair.a, pair.b, pair.area.difference, words.p_value(pair.area.p), words.p_value(pair.adjusted))
        for pair in gateway.every_pair(runs, split)
    ]
    widgets.small_table(compare_widgets.pair_rows(rows), name="pairs")
    drawn.text(words.HOW_PAIRS)


def _opened(run: Run, entries: Sequence[RunEntry], split: str) -> list[Run]:
    """Those of the runs that show the set, for the finding of ``run``; of the others it is said."""
    found = [controls.opened_alike(run, entry) for entry in entries]
    shown = [own for own in found if own is not None and split in state.splits(own)]
    without = [entry.run_id for entry in entries if entry.run_id not in {own.run_id for own in shown}]
    if without:
        widgets.small(f"Left out, as they do not show this set: {', '.join(without)}.")
    return shown
