"""Runs that differ in the seed of their fit alone."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import RunFolderError
from core.runs import seed_spread as spreads
from core.runs.seed_spread import SeedSpread
from core.runs.store import Run, RunEntry
from dashboard.gateway.runs import Version, run, version

_MOST = 20


def seed_spread(opened: Run, entries: Sequence[RunEntry]) -> SeedSpread | None:
    """The figures of ``opened`` and of the runs of ``entries`` that differ from it in the seed alone, twenty at most;
    None where there is no other."""
    folders = {entry.run_id: entry.folder for entry in entries if entry.problem is None}
    members = []
    for name in spreads.family(list(folders), opened.run_id)[:_MOST]:
        try:
            other = run(folders[name]).of(opened.finding)
        except (RunFolderError, KeyError):
            continue
        if spreads.same_but_seed(opened, other):
            members.append(other)
    return _spread(tuple(map(version, members)), _members=members) if len(members) > 1 else None


@st.cache_resource(show_spinner=False, max_entries=16)
def _spread(versions: tuple[Version, ...], *, _members: list[Run]) -> SeedSpread:  # noqa: ARG001  (the key)
    return spreads.seed_spread(_members)
