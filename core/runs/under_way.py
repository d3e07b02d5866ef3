"""A fit under way: what it notes beside its files, for whoever waits for it, and how it is asked to stop.

A fit is asked by a file in its own folder, never signalled. By the time it is signalled a process's number may be
another one's; on another machine it means nothing, and Windows kills what it signals. The file reaches the fit that
holds the folder and no other, on every machine and system, and only from those who might as well delete the folder.
"""

from __future__ import annotations

import json
import os
import platform
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from core.config import TrainConfig
from core.disk import refusal, write_whole
from core.errors import ConfigError, RunFolderError
from core.progress import Progress, as_progress
from core.runs.attachments import write_history
from core.runs.files import HISTORY, is_plain_name, read_json
from core.runs.folder_lock import is_held
from core.runs.partial import read_settings
from core.runs.reading import HISTORY_COLUMNS, read_history

NOTE = "under_way.json"
STOP = "stop"

_SECONDS_BETWEEN_NOTES = 1.0


class FitNote:
    """What a fit notes of itself in its partial folder: how far it is at once, then at most once a second; all of it
    goes when the run is whole.

    Made by the process that holds the folder. A note that cannot be written is left out: nothing hangs on it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written = -_SECONDS_BETWEEN_NOTES
        now = datetime.now(UTC).isoformat()
        begun = now
        with suppress(RunFolderError, KeyError, TypeError):
            begun = str(read_json(folder / NOTE)["begun"])
        with suppress(OSError):
            (folder / STOP).unlink()  # meant for the process that had the folder before
        self._facts = {"begun": begun, "continued": now, "process": os.getpid(), "machine": platform.node()}
        self._write(None)

    def tell(self, progress: Progress) -> None:
        """Note how far the fit is. Raises KeyboardInterrupt where it was asked to stop, as Ctrl-C would."""
        if (self._folder / STOP).exists():
            raise KeyboardInterrupt
        if time.monotonic() - self._written >= _SECONDS_BETWEEN_NOTES:
            self._written = time.monotonic()
            self._write(progress)

    def tell_epochs(self, history: list[dict[str, float]]) -> None:
        """Note the epochs that are done."""
        with suppress(OSError):
            write_history(self._folder, pd.DataFrame(history))

    def _write(self, progress: Progress | None) -> None:
        facts = {**self._facts, "progress": None if progress is None else asdict(progress)}
        with suppress(OSError):
            write_whole(self._folder / NOTE, json.dumps(facts).encode())


@dataclass(frozen=True, kw_only=True, slots=True)
class FitUnderWay:
    """A fit that is not finished. ``history`` has a row an epoch that is done, with the columns of ``history.csv``.

    ``running`` is None where the file system knows no locks, so that nobody can tell. ``progress`` is the last that was
    noted, None until the images are read; what it says of time counts from then.
    """

    run_id: str
    folder: Path
    running: bool | None
    asked_to_stop: bool
    begun: datetime
    machine: str
    process: int
    config: TrainConfig
    history: pd.DataFrame
    progress: Progress | None

    @property
    def epochs(self) -> int:
        """How many epochs the fit has."""
        return int(self.config.epochs or 0)


def fits_under_way(out: Path) -> list[FitUnderWay]:
    """The fits in ``out`` that are begun and not whole, the latest first; empty where there is no such folder.

    Left out are folders without a note that can be read, which are no fits, or of versions without one.
    """
    found = []
    with suppress(OSError):
        for folder in sorted(out.glob(".*.partial")):
            with suppress(OSError, RunFolderError, ConfigError, KeyError, TypeError, ValueError):
                found.append(_read(folder))
    return sorted(found, key=lambda fit: fit.begun, reverse=True)


def ask_to_stop(fit: FitUnderWay) -> None:
    """Ask a fit to stop: it does at its next step, and can be continued with the epoch under way.

    Raises :class:`RunFolderError` when nothing runs in its folder any more, or the folder cannot be written.
    """
    if is_held(fit.folder, to_be_renamed=True) is False:
        raise RunFolderError(f"{fit.run_id} is not running any more")
    try:
        (fit.folder / STOP).touch()
    except OSError as error:
        raise RunFolderError(f"{fit.folder}: cannot be written ({refusal(error)}), so the fit goes on") from error


def _read(folder: Path) -> FitUnderWay:
    run_id = folder.name.removeprefix(".").removesuffix(".partial")
    note: dict[str, Any] = read_json(folder / NOTE)
    begun = datetime.fromisoformat(str(note["begun"]))
    if not is_plain_name(run_id) or begun.tzinfo is None:
        raise RunFolderError(f"{folder}: holds no fit")
    running = is_held(folder, to_be_renamed=True)
    return FitUnderWay(
        run_id=run_id,
        folder=folder,
        running=running,
        asked_to_stop=running is not False and (folder / STOP).exists(),
        begun=begun,
        machine=str(note["machine"]),
        process=int(note["process"]),
        config=read_settings(folder),
        history=_history(folder / HISTORY),
        progress=as_progress(note["progress"]),
    )


def _history(path: Path) -> pd.DataFrame:
    try:
        return read_history(path)
    except RunFolderError:
        return pd.DataFrame(columns=list(HISTORY_COLUMNS), dtype=float)
