"""Which files were left out of a run, and which stand in test and outside it."""

import streamlit as st

from core.runs.store import Run
from dashboard import theme, widgets, words
from dashboard.overview import tables


def changed(run: Run) -> None:
    """What of the table of labels or predictions was read otherwise than it stands there; nothing where all was."""
    lines = run.manifest.get("data", {}).get("changed_in_reading") or []
    if lines:
        widgets.callout("Read otherwise than it stands in the file:", "; ".join(map(str, lines)) + ".", warn=True)


def skipped(run: Run) -> None:
    if run.skipped is None or run.skipped.empty:
        st.text("No file was skipped." if run.skipped is not None else "No files were read, only predictions.")
        return
    st.text(f"{theme.counted(len(run.skipped), 'file')} skipped, with the reason:")
    widgets.listing(run.skipped, key="skipped")


def leaking(run: Run) -> None:
    found = tables.leakage(run)
    st.text(words.leakage_in_words(run, found))
    if not found.empty:
        widgets.listing(found, key="leakage")
