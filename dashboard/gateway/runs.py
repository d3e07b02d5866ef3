"""Runs, read once for all readers and again when their files change."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from core.runs.files import ADDED_LATER, MANIFEST
from core.runs.hiding import hidden_findings, visible
from core.runs.sites import SITES
from core.runs.store import Run, RunEntry, list_runs, read_run

P = ParamSpec("P")
R = TypeVar("R")

Version = tuple[str, str, str, bool]


def runs(out: Path) -> list[RunEntry]:
    """All runs in ``out``, newest first, broken ones with their reason; read again when any of their files changes."""
    prints = "".join(f"{path.name}:{_look(path)};" for path in _entries(out) if path.name[0] != ".")
    return _runs(str(out), hashlib.sha256(prints.encode()).hexdigest())


@st.cache_data(show_spinner=False, max_entries=4)
def _runs(out: str, fingerprint: str) -> list[RunEntry]:  # noqa: ARG001  (part of the key)
    return list_runs(Path(out))


def run(folder: Path) -> Run:
    """The verified run in ``folder`` as it may be seen now: without test figures of the findings of which they are
    hidden.

    Shared between readers. RunFolderError names what is wrong with a broken one.
    """
    whole = _run(str(folder), fingerprint(folder))
    hidden = hidden_findings(whole)
    return _withheld(version(whole), hidden, _run=whole) if hidden else whole


def whole_run(folder: Path) -> Run:
    """The verified run in ``folder`` with all that it has, hidden or not: for what is added to it, never for a page."""
    return _run(str(folder), fingerprint(folder))


@st.cache_resource(show_spinner="Reading the run", max_entries=12)
def _run(folder: str, fingerprint: str) -> Run:  # noqa: ARG001  (part of the key)
    return read_run(Path(folder))


@st.cache_resource(show_spinner=False, max_entries=12)
def _withheld(version: Version, hidden: tuple[str, ...], *, _run: Run) -> Run:  # noqa: ARG001  (the key)
    return visible(_run, hidden=hidden)


def _look(path: Path) -> str:
    """A folder without a manifest is no run, however many files lie in it."""
    return fingerprint(path) if (path / MANIFEST).is_file() else ""


def per_run(function: Callable[Concatenate[Run, P], R]) -> Callable[Concatenate[Run, P], R]:
    """Keep what ``function`` makes of a run for all readers until the run's files change; its arguments are small."""

    def make(version: Version, *key: Any, _run: Run, **named: Any) -> R:  # noqa: ARG001  (the key)
        return function(_run, *key, **named)

    # Streamlit tells cached functions apart by their names.
    make.__module__, make.__qualname__ = function.__module__, function.__qualname__
    kept = st.cache_resource(show_spinner=False, max_entries=64)(make)

    def call(run: Run, /, *key: P.args, **named: P.kwargs) -> R:
        return kept(version(run), *key, _run=run, **named)

    functools.update_wrapper(call, function)
    return call


def version(run: Run) -> Version:
    """The key of whatever is made of a run: its folder, the fingerprint, its finding, and whether test is hidden.

    A run that is hidden and the same run revealed must never share a kept value.
    """
    return str(run.folder), fingerprint(run.folder), run.finding, run.hidden


def fingerprint(folder: Path) -> str:
    """Name, size and time of what a fit wrote directly into ``folder``, and of its sites: changes whenever a file is
    written again or a site is added.

    What else people add to a run later does not make it another run.
    """
    sites = folder / SITES
    facts = [*_facts(folder, stat.S_ISREG), *_facts(sites, stat.S_ISDIR)]
    for site in _entries(sites):
        facts += _facts(site, stat.S_ISREG)
    with contextlib.suppress(OSError):
        facts.append((SITES, 0, sites.stat().st_mtime_ns))  # the last thing that changes once a site is in the log
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _facts(folder: Path, kind: Callable[[int], bool]) -> list[tuple[str, int, int]]:
    """Name, size and time of what lies in ``folder`` and is of a ``kind``."""
    facts = []
    for path in _entries(folder):
        if path.name in ADDED_LATER or path.name.startswith("."):
            continue
        with contextlib.suppress(OSError):  # taken away between listing and looking, or not to be looked at
            status = path.stat()
            if kind(status.st_mode):
                facts.append((f"{folder.name}/{path.name}", status.st_size, status.st_mtime_ns))
    return facts


def _entries(folder: Path) -> list[Path]:
    """What lies in ``folder``; empty where that cannot be listed: one such folder must not hide the others."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
