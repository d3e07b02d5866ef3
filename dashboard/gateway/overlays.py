"""The Grad-CAM overlays that lie in a run's folder, and how they get there."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from core.explain.heat_map_choice import LAYERS
from core.runs.store import Run
from core.tables.writing import unguarded
from dashboard.gateway.runs import fingerprint

_making_overlays = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlay:
    """One Grad-CAM overlay: ``tp``, ``fp`` or ``fn``, the image it explains, the layer it is made at, and the JPEG."""

    kind: str
    image_id: str
    jpeg: bytes
    layer: str = "layer4"


def overlays(run: Run) -> list[Overlay]:
    """The Grad-CAM overlays that lie in the run's folder, surest first; empty where none were made yet.

    While test figures are hidden, those of test are left out.
    """
    folder = run.folder / (f"overlays-{run.findings.index(run.finding) + 1}" if run.which else "overlays")
    made = _overlays(str(folder), fingerprint(folder))
    seen = set(run.records["image_id"]) if run.hidden else ()
    return [one for one in made if one.image_id in seen] if run.hidden else made


@st.cache_data(show_spinner=False, max_entries=8)
def _overlays(folder: str, fingerprint: str) -> list[Overlay]:  # noqa: ARG001  (part of the key)
    listed = _listed(Path(folder) / "overlays.csv")
    return [
        Overlay(kind=path.stem.split("_")[1], jpeg=path.read_bytes(), **listed.get(path.name, {"image_id": ""}))
        for path in sorted(Path(folder).glob("cam_*_*.jpg"))
    ]


def _listed(path: Path) -> dict[str, dict[str, str]]:
    """Image and layer of each overlay, by its file; empty where the list is not there. Older lists name no layer."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        layers = table["layer"].where(table["layer"].isin(list(LAYERS)), "layer4") if "layer" in table else "layer4"
        table = table.assign(image_id=table["image_id"].map(unguarded), layer=layers).set_index("file")
        rows = table[["image_id", "layer"]].to_dict("index").items()
        return {str(file): {str(name): str(cell) for name, cell in row.items()} for file, row in rows}
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
