"""Running the stress test from the page: what it will do, its progress, and what became of it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.runs.store import Run
from dashboard import gateway, job, theme, widgets
from dashboard.places import folder_of, pictures_of
from dashboard.stress_test import tables

_LOOK_EVERY = "2s"
_IMAGES_A_SECOND = 5  # on two cores at 96 pixels, under all shifts


def offer(run: Run) -> None:
    """The stress test of a run that was not stressed to its end: the button that starts it, or its progress."""
    found = job.look(_log(run.folder))
    if found is not None and found.running:
        _watch(run)
        return
    if pictures_of(run) is None:
        return
    done, total = gateway.images_stressed(run)
    if done or found is not None:
        report = "" if found is None else found.report
        box = widgets.notice(
            "The stress test was stopped",
            f"{theme.count(done)} of {theme.counted(total, 'radiograph')} are scored and kept. It goes on from there.",
            detail=report,
        )
        label = "Go on with it"
    else:
        box = widgets.notice("Not stressed yet", _what_it_does(run, total))
        label = "Start the stress test"
    with box:
        st.button(label, type="primary", key="start_stress", on_click=_start, args=(run,))


def _what_it_does(run: Run, total: int) -> str:
    minutes = max(1, round(total / _IMAGES_A_SECOND / 60))
    images = f"{theme.counted(total, 'radiograph')} of {tables.split(run)}"
    return (
        f"Scores the {images} again under {len(gateway.shifts())} shifts of acquisition, each mild, moderate and "
        f"strong. It takes about {theme.counted(minutes, 'minute')} on two cores at 96 pixels, goes on when this page "
        "is closed, and is kept with the run."
    )


def _start(run: Run) -> None:
    arguments, folder = ["stress", str(run.folder)], folder_of(run)
    job.start(_log(run.folder), "core", arguments if folder is None else [*arguments, "--data", str(folder)])


@st.fragment(run_every=_LOOK_EVERY)
def _watch(run: Run) -> None:
    with widgets.calm():
        found = job.look(_log(run.folder))
        done, total = gateway.images_stressed(run)
        if found is None or not found.running or done == total:
            st.rerun()
        text = "It goes on when this page is reloaded or closed. Whoever opens this page sees the same test."
        with widgets.notice("The stress test is running", text):
            told = f"{theme.count(done)} of {theme.counted(total, 'radiograph')}" if done else "preparing"
            left = "" if found.progress is None else f", {found.progress.time_left}"
            st.progress(done / max(total, 1), text=told + left)
            st.button("Stop", key="stop_stress", on_click=job.stop, args=(_log(run.folder),))
            widgets.small("What is scored stays kept when it is stopped.")


def _log(folder: Path) -> Path:
    return folder / "cache" / "stress.log"
