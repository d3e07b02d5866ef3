"""The files of a run folder: their names, and writing and reading them so that a crash or a damaged disk is noticed."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.config import TrainConfig
from core.disk import leads_out, refusal, write_whole
from core.errors import RunFolderError
from core.tables.sheet import shown

SCHEMA_VERSION = 1
"""Version of the run folder that this program writes and reads."""
SEVERAL_FINDINGS = 2
"""Version of the folder of a run with several findings, which has an entry a finding where the other has one."""

MANIFEST = "manifest.json"
RECORDS = "records.parquet"
PREDICTIONS = "predictions.parquet"
CALIBRATION = "calibration.json"
OPERATING_POINTS = "operating_points.json"
METRICS = "metrics.json"
HISTORY = "history.csv"
SKIPPED = "skipped.csv"
CHECKPOINT = "best_model.pt"
FEATURES = "features.npz"
CONFIG = "config.json"
"""In a partial folder only: the settings that ``--resume`` continues with."""

ALWAYS = (RECORDS, PREDICTIONS, CALIBRATION, OPERATING_POINTS, METRICS)
"""Files that every run has; the others are there when ``manifest.files`` lists them."""
RUN_FILES = (*ALWAYS, HISTORY, SKIPPED, CHECKPOINT)

MARKS = "marks.csv"
DECISIONS = "decisions.jsonl"
ADDED_LATER = frozenset({MARKS, DECISIONS})
"""What people add to a run after the fit; not in its manifest."""

REMEDY = "restore the folder from a copy, or make the run again"
LONGEST_ID = 128

_WINDOWS = sys.platform == "win32"

_one_line = json.JSONEncoder(allow_nan=False).encode
_one_way = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def is_plain_name(name: object) -> bool:
    """Whether ``name`` is a file or folder name that leads nowhere else: letters, digits, ``.``, ``_`` and ``-``."""
    return isinstance(name, str) and len(name) <= LONGEST_ID and _NAME.fullmatch(name) is not None


def check_run_id(run_id: str) -> str:
    """``run_id`` itself; :class:`RunFolderError` when it cannot be the name of a run's folder."""
    if not is_plain_name(run_id):
        raise RunFolderError(
            f"run name {shown(run_id)}: use 1 to {LONGEST_ID} letters, digits, '.', '_' or '-', beginning with a "
            "letter, digit or '_'"
        )
    return run_id


def refuse_taken(out: Path, run_id: str) -> None:
    """Raise :class:`RunFolderError` when no new run can have this name: it is impossible, or there is one."""
    final = out / check_run_id(run_id)
    if final.exists() or final.is_symlink():
        raise RunFolderError(f"{final}: there is already a run of this name; choose another, or move that folder away")
    if partial_folder(out, run_id).is_symlink():
        raise RunFolderError(f"{partial_folder(out, run_id)}: is a link, where a run is built; remove it")


def partial_folder(out: Path, run_id: str) -> Path:
    """Where the run ``run_id`` is built until it is whole."""
    return out / f".{check_run_id(run_id)}.partial"


def resume_command(out: Path, run_id: str) -> str:
    """What a person types to continue the run ``run_id`` of ``out``."""
    place = "" if out == Path(TrainConfig().out) else f" --out {shell_word(out)}"
    return f"python train.py --resume {run_id}{place}"


def shell_word(path: Path) -> str:
    """``path`` as a person types it in a command, in quotation marks where it needs them."""
    return subprocess.list2cmdline([str(path)]) if _WINDOWS else shlex.quote(str(path))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def regular_size(path: Path) -> int:
    """Bytes of a regular file; :class:`RunFolderError` for anything else, so that no pipe or device is ever read."""
    try:
        status = path.stat()
        elsewhere = path.is_symlink() and leads_out(path, path.parent)
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError)
        raise RunFolderError(f"{path}: {'is missing' if missing else reason(error)}; {REMEDY}") from error
    if elsewhere:
        raise RunFolderError(f"{path}: is a link that leads out of the run's folder; {REMEDY}")
    if not stat.S_ISREG(status.st_mode):
        raise RunFolderError(f"{path}: is not a regular file; {REMEDY}")
    return status.st_size


def reason(error: BaseException) -> str:
    """An error of another library on one line."""
    return refusal(error) if isinstance(error, OSError) else " ".join(str(error).split()) or type(error).__name__


def plain(value: Any) -> Any:
    """``value`` in JSON's own types: arrays and tuples become lists, and what is undefined or unbounded becomes None.

    Raises :class:`TypeError` for values that JSON cannot hold.
    """
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [item if type(item) is str else plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def canonical(value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """``value`` as JSON in one way only, of which hashes are taken: keys sorted, no spaces, floats as their ``repr``.

    It is UTF-8 that needs no more than ASCII: all else is escaped, so that names that are no Unicode have a hash too.
    Raises ValueError for a float that is not finite.
    """
    return _one_way.encode(value).encode("ascii")


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as JSON, floats with every digit they need; at every moment the old file is there or the new."""
    write_whole(path, (_indented(plain(value)) + "\n").encode())


def _indented(value: Any, margin: str = "\n") -> str:
    """``value`` as ``json.dumps`` writes it with an indent of 2, which takes ten times as long for a million names."""
    inner = f"{margin}  "
    if isinstance(value, dict) and value:
        pairs = (f"{_one_line(key)}: {_indented(item, inner)}" for key, item in value.items())
        return "{" + inner + f",{inner}".join(pairs) + margin + "}"
    if isinstance(value, list) and value:
        if all(type(item) is str for item in value):
            items = json.JSONEncoder(separators=(f",{inner}", ": ")).encode(value)[1:-1]
        else:
            items = f",{inner}".join(_indented(item, inner) for item in value)
        return "[" + inner + items + margin + "]"
    return _one_line(value)


def read_json(path: Path) -> Any:
    """What a JSON file holds; :class:`RunFolderError` when it is missing, unreadable or not strict, finite JSON.

    An object that says two things under one name is not read: readers would differ about which holds.
    """
    regular_size(path)
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_distinct)
    except (OSError, ValueError, RecursionError) as error:
        raise RunFolderError(f"{path}: is not readable JSON ({reason(error)}); {REMEDY}") from error


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not JSON")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number
