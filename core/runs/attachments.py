"""The files that only a run with images has: the course of the fit, what was left out, and the network."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from core.errors import RunFolderError
from core.runs import files
from core.runs.files import sync
from core.runs.reading import HISTORY_COLUMNS


def write_history(folder: Path, history: pd.DataFrame) -> str:
    missing = [name for name in HISTORY_COLUMNS if name not in history.columns]
    if missing:
        raise RunFolderError(f"{files.HISTORY}: has no column {', '.join(missing)}")
    path = folder / files.HISTORY
    history.to_csv(path, index=False, lineterminator="\n")
    sync(path)
    return files.HISTORY


def write_skipped(folder: Path, skipped: Sequence[tuple[str, str]]) -> str:
    path = folder / files.SKIPPED
    # File names need not be Unicode; every cell is quoted, so that line breaks in one stay in their cell.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(("path", "reason"))
        writer.writerows(skipped)
    sync(path)
    return files.SKIPPED


def copy_checkpoint(folder: Path, checkpoint: Path) -> str:
    path = folder / files.CHECKPOINT
    if checkpoint != path:
        # A copy: should this be interrupted, the fit must still find the file it resumes from.
        shutil.copyfile(checkpoint, path)
    sync(path)
    return files.CHECKPOINT
