"""The Grad-CAM overlays that lie in a run's folder, and how they get there."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from core.runs.store import Run
from dashboard.gateway.runs import fingerprint

_making_overlays = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlay:
    """One Grad-CAM overlay: ``tp``, ``fp`` or ``fn``, the image it explains, and the JPEG."""

    kind: str
    image_id: str
    jpeg: bytes


def overlays(run: Run) -> list[Overlay]:
    """The Grad-CAM overlays that lie in the run's folder, surest first; empty where none were made yet.

    While test figures are hidden, those of test are left out.
    """
    folder = run.folder / "overlays"
    made = _overlays(str(folder), fingerprint(folder))
    seen = set(run.records["image_id"]) if run.hidden else ()
    return [one for one in made if one.image_id in seen] if run.hidden else made


@st.cache_data(show_spinner=False, max_entries=8)
def _overlays(folder: str, fingerprint: str) -> list[Overlay]:  # noqa: ARG001  (part of the key)
    names = _image_ids(Path(folder) / "overlays.csv")
    return [
        Overlay(kind=path.stem.split("_")[1], image_id=names.get(path.name, ""), jpeg=path.read_bytes())
        for path in sorted(Path(folder).glob("cam_*_*.jpg"))
    ]


def _image_ids(path: Path) -> dict[str, str]:
    """Which image each overlay explains; empty where the list is not there."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        return dict(zip(table["file"], table["image_id"], strict=True))
    except (OSError, ValueError, KeyError):
        return {}


def make_overlays(run: Run) -> None:
    """Make the run's Grad-CAM overlays; a second reader who asks at the same time waits for the first.

    torch is imported here and not before: it costs seconds and some 300 MB.
    """
    with _making_overlays:
        if not overlays(run):
            from core.explain.overlays import write_overlays

            write_overlays(run)
