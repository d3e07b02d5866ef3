"""Where a run's pictures come from, and what is said where they cannot be shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import DataError, RunFolderError
from core.runs.store import Run
from dashboard import gateway, state, widgets
from dashboard.controls import bound

if TYPE_CHECKING:
    from core.explain.pictures import Pictures


def folder_of(run: Run, evaluation_set: str = "test") -> Path | None:
    """Where the reader says that the images of a set lie now; None where the place on record holds."""
    named = state.data_folder(run, evaluation_set)
    return Path(named).expanduser().absolute() if named else None


def pictures_of(run: Run, evaluation_set: str = "test") -> Pictures | None:
    """The pictures of a set of a run; None, and on the page why, where there are none."""
    if run.checkpoint is None:
        widgets.small("This run has no images: its predictions were imported. What it says of each is listed.")
        return None
    try:
        return gateway.pictures(run, folder_of(run, evaluation_set), evaluation_set)
    except DataError as error:
        _ask_for_folder(run, evaluation_set, str(error))
    except RunFolderError as error:
        widgets.notice("The images cannot be shown", "What is known of each is listed.", detail=str(error))
    return None


def _ask_for_folder(run: Run, evaluation_set: str, problem: str) -> None:
    text = "Their folder has moved or is not connected. The figures go on without it; what is known of each is listed."
    with widgets.notice("The images are not where they were", text, detail=problem):
        bound(
            st.text_input,
            "Folder of the images now, on the machine that runs the dashboard",
            key="gallery_data_folder",
            value=state.data_folder(run, evaluation_set) or "",
            keep=lambda folder: state.set_data_folder(run, evaluation_set, folder),
        )
