"""Running the stress test from the page: what it will do, its progress, and what became of it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.disk import refusal
from core.errors import RunFolderError
from core.runs.store import Run
from dashboard import gateway, job, theme, widgets
from dashboard.places import folder_of, pictures_of
from dashboard.stress_test import tables

_LOOK_EVERY = "2s"
_IMAGES_A_SECOND, _AT_PIXELS = 5, 96  # on two cores, under all shifts


def offer(run: Run) -> None:
    """The stress test of a run that was not stressed to its end: the button that starts it, or its progress."""
    found = job.look(_log(run))
    if found is not None and found.running:
        _watch(run)
        return
    if pictures_of(run, tables.split(run)) is None:
        return
    done, total = gateway.images_stressed(run, tables.split(run))
    if done or found is not None:
        report = "" if found is None else found.report
        box = widgets.notice(
            "The stress test was stopped",
            f"{theme.count(done)} of {theme.counted(total, 'radiograph')} are scored and kept. It goes on from there.",
            detail=report,
        )
        label = "Go on with it"
    else:
        box = widgets.notice("Not stressed yet", what_it_does(run, total))
        label = "Start the stress test"
    with box:
        if st.button(label, type="primary", key="start_stress"):
            with widgets.calm():
                _start(run)
                st.rerun()


def what_it_does(run: Run, total: int) -> str:
    """What is done to so many radiographs, and how long it takes by their size."""
    size = int(run.config.image_size or _AT_PIXELS)
    minutes = max(1, round(total / _IMAGES_A_SECOND * (size / _AT_PIXELS) ** 2 / 60))
    images = f"{theme.counted(total, 'radiograph')} of {theme.set_name(tables.split(run))}"
    return (
        f"Scores the {images} again under {len(gateway.shifts())} shifts of acquisition, each mild, moderate and "
        f"strong. It takes about {theme.counted(minutes, 'minute')} on two cores at {size} pixels, goes on when this "
        "page is closed, and is kept with the run."
    )


def _start(run: Run) -> None:
    split = tables.split(run)
    finding = ["--finding", run.which] if run.which else []
    arguments, folder = ["stress", str(run.folder), "--set", split, *finding], folder_of(run, split)
    try:
        job.start(_log(run), "core", arguments if folder is None else [*arguments, "--data", str(folder)])
    except OSError as error:
        raise RunFolderError(
            f"{run.folder}: the stress test cannot be started there ({refusal(error)}); make room, or allow writing "
            "there"
        ) from error


@st.fragment(run_every=_LOOK_EVERY)
def _watch(run: Run) -> None:
    with widgets.calm():
        found = job.look(_log(run))
        done, total = gateway.images_stressed(run, tables.split(run))
        if found is None or not found.running or done == total:
            st.rerun()
        text = "It goes on when this page is reloaded or closed. Whoever opens this page sees the same test."
        with widgets.notice("The stress test is running", text):
            told = f"{theme.count(done)} of {theme.counted(total, 'radiograph')}" if done else "preparing"
            left = "" if found.progress is None else f", {found.progress.time_left}"
            st.progress(done / max(total, 1), text=told + left)
            st.button("Stop", key="stop_stress", on_click=job.stop, args=(_log(run),))
            widgets.small("What is scored stays kept when it is stopped.")


def _log(run: Run) -> Path:
    split = tables.split(run)
    return run.folder / "cache" / (f"stress-{split}.log" if split in run.sites.whole else "stress.log")
