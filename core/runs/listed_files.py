"""The files that a manifest lists, of a run or of a site, compared with what it says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import RunFolderError
from core.runs.files import REMEDY, reason, regular_size, sha256_of


def check_files(folder: Path, manifest: Mapping[str, Any], *, hashes: bool) -> None:
    """Every file that a checked manifest lists is there, with its size and, where ``hashes``, its SHA-256."""
    for name, expected in manifest["files"].items():
        path = folder / name
        size = regular_size(path)
        if size != expected["bytes"]:
            raise RunFolderError(
                f"{path}: has {size:,} bytes, not the {expected['bytes']:,} it was written with; {REMEDY}"
            )
        if hashes and _digest(path) != expected["sha256"]:
            raise RunFolderError(f"{path}: was changed or damaged (SHA-256 differs from the manifest); {REMEDY}")


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be read ({reason(error)}); {REMEDY}") from error


def listed_files(folder: Path, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What a manifest says of the files ``names`` in ``folder``: SHA-256 and bytes of each."""
    return {name: {"sha256": sha256_of(folder / name), "bytes": regular_size(folder / name)} for name in names}
