"""The files that only a run with images has: the course of the fit, what was left out, and the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from core.disk import write_whole
from core.errors import RunFolderError
from core.runs import files
from core.runs.exports import frame_csv
from core.runs.reading import HISTORY_COLUMNS
from core.tables.writing import csv_text


def write_history(folder: Path, history: pd.DataFrame) -> str:
    """Write ``history.csv``, which is read while the fit goes on: at every moment the old file is there or the new."""
    missing = [name for name in HISTORY_COLUMNS if name not in history.columns]
    if missing:
        raise RunFolderError(f"{files.HISTORY}: has no column {', '.join(missing)}")
    write_whole(folder / files.HISTORY, frame_csv(history).encode())
    return files.HISTORY


def write_skipped(folder: Path, skipped: Sequence[tuple[str, str]]) -> str:
    # File names need not be Unicode; every cell is quoted, so that line breaks in one stay in their cell.
    text = csv_text(("path", "reason"), skipped, quoted=True)
    write_whole(folder / files.SKIPPED, text.encode(errors="backslashreplace"))
    return files.SKIPPED


def copy_checkpoint(folder: Path, checkpoint: Path) -> str:
    path = folder / files.CHECKPOINT
    if checkpoint != path:
        # A copy: should this be interrupted, the fit must still find the file it resumes from.
        write_whole(path, checkpoint.read_bytes())
    return files.CHECKPOINT
