"""Every ``st.cache_*`` wrapper. Keys are small (a folder and a fingerprint of its files); heavy values are shared.

What ``cache_resource`` returns is one object for all readers: never change it.
"""

from __future__ import annotations

import contextlib
import hashlib
import stat
import threading
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from core.runs.store import Run, RunEntry, list_runs, read_run

_making_overlays = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlay:
    """One Grad-CAM overlay: ``tp``, ``fp`` or ``fn``, the image it explains, and the JPEG."""

    kind: str
    image_id: str
    jpeg: bytes


def runs(out: Path) -> list[RunEntry]:
    """All runs in ``out``, newest first, broken ones with their reason; read again when any of their files changes."""
    prints = "".join(f"{path.name}:{_fingerprint(path)};" for path in _entries(out) if path.name[0] != ".")
    return _runs(str(out), hashlib.sha256(prints.encode()).hexdigest())


@st.cache_data(show_spinner=False, max_entries=4)
def _runs(out: str, fingerprint: str) -> list[RunEntry]:  # noqa: ARG001  (part of the key)
    return list_runs(Path(out))


def run(folder: Path) -> Run:
    """The verified run in ``folder``; shared between readers. RunFolderError names what is wrong with a broken one."""
    return _run(str(folder), _fingerprint(folder))


@st.cache_resource(show_spinner="Reading the run", max_entries=4)
def _run(folder: str, fingerprint: str) -> Run:  # noqa: ARG001  (part of the key)
    return read_run(Path(folder))


def overlays(run: Run) -> list[Overlay]:
    """The Grad-CAM overlays that lie in the run's folder, surest first; empty where none were made yet."""
    folder = run.folder / "overlays"
    return _overlays(str(folder), _fingerprint(folder))


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
            from core.overlays import write_overlays

            write_overlays(run)


def _fingerprint(folder: Path) -> str:
    """Name, size and time of every file directly in ``folder``: changes whenever one of them is written again."""
    facts = []
    for path in _entries(folder):
        with contextlib.suppress(OSError):  # taken away between listing and looking, or not to be looked at
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                facts.append((path.name, status.st_size, status.st_mtime_ns))
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _entries(folder: Path) -> list[Path]:
    """What lies in ``folder``; empty where that cannot be listed: one such folder must not hide the others."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
