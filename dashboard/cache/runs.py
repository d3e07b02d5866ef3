"""Runs, read once for all readers and again when their files change."""

from __future__ import annotations

import contextlib
import hashlib
import stat
from pathlib import Path

import streamlit as st

from core.runs.files import ADDED_LATER
from core.runs.store import Run, RunEntry, list_runs, read_run


def runs(out: Path) -> list[RunEntry]:
    """All runs in ``out``, newest first, broken ones with their reason; read again when any of their files changes."""
    prints = "".join(f"{path.name}:{fingerprint(path)};" for path in _entries(out) if path.name[0] != ".")
    return _runs(str(out), hashlib.sha256(prints.encode()).hexdigest())


@st.cache_data(show_spinner=False, max_entries=4)
def _runs(out: str, fingerprint: str) -> list[RunEntry]:  # noqa: ARG001  (part of the key)
    return list_runs(Path(out))


def run(folder: Path) -> Run:
    """The verified run in ``folder``; shared between readers. RunFolderError names what is wrong with a broken one."""
    return _run(str(folder), fingerprint(folder))


@st.cache_resource(show_spinner="Reading the run", max_entries=4)
def _run(folder: str, fingerprint: str) -> Run:  # noqa: ARG001  (part of the key)
    return read_run(Path(folder))


def fingerprint(folder: Path) -> str:
    """Name, size and time of what a fit wrote directly into ``folder``: changes whenever a file is written again.

    What people add to a run later does not make it another run.
    """
    facts = []
    for path in _entries(folder):
        if path.name in ADDED_LATER or path.name.startswith("."):
            continue
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
