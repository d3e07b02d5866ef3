"""By what images are told apart: the columns that a run has, those that are made of its images, and what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import DataError, RunFolderError
from core.runs.store import Run
from dashboard import gateway, places, state
from dashboard.controls import choose

if TYPE_CHECKING:
    from core.explain.pictures import Pictures

PAGE = 20
"""So many levels are seen at once."""


def pictures_of(run: Run, split: str) -> Pictures | None:
    """The pictures of a set of a run; None where there are none, about which this page says nothing."""
    if run.checkpoint is None:
        return None
    try:
        return gateway.pictures(run, places.folder_of(run, split), split)
    except (DataError, RunFolderError):
        return None


def names_of(run: Run, split: str, pictures: Pictures | None) -> list[str]:
    """The columns of the run's files, then those of its images where these are there."""
    own = gateway.own_columns(run, split)
    return own + [name for name in gateway.PROPERTIES if pictures is not None and name not in own]


def choice(columns: list[str]) -> tuple[str, ...]:
    """The column, or the two, by which images are told apart."""
    if len(columns) == 1:
        return (state.SUBGROUP.among(columns),)
    with st.container(horizontal=True, gap="medium"):
        first = choose(st.selectbox, "Subgroups by", state.SUBGROUP, {name: name for name in columns}, width=300)
        others = {"": "no second column"} | {name: name for name in columns if name != first}
        second = choose(st.selectbox, "Crossed with", state.CROSSED, others, width=300)
    return (first, second) if second else (first,)


def properties(run: Run, split: str, by: tuple[str, ...], pictures: Pictures | None) -> gateway.Properties | None:
    """The properties of the images: those kept, or found now where ``by`` asks for one; else None."""
    if pictures is None:
        return None
    kept = gateway.kept_properties(pictures, split)
    if kept is not None or not any(is_of_images(run, split, name) for name in by):
        return kept
    bar = st.progress(0.0, "Looking at every image, once")

    def progress(done: int, total: int) -> None:
        bar.progress(done / max(total, 1), f"Looking at every image, once: {done:,} of {total:,}")

    found = gateway.find_properties(pictures, split, progress)
    bar.empty()
    return found


def is_of_images(run: Run, split: str, name: str) -> bool:
    """Whether a column is made of the images."""
    return name in gateway.PROPERTIES and name not in gateway.own_columns(run, split)


def page_of(levels: int) -> slice:
    """Which of so many levels are seen; a choice where there are more than :data:`PAGE`."""
    if levels <= PAGE:
        return slice(None)
    starts = range(0, levels, PAGE)
    names = {str(start + 1): f"{start + 1} to {min(start + PAGE, levels)} of {levels}" for start in starts}
    start = int(choose(st.selectbox, "Levels, the worst first", state.LEVEL_PAGE, names, width=300)) - 1
    return slice(start, start + PAGE)
