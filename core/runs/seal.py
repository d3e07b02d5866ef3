"""The seal of a manifest: its own SHA-256 beside those of its files, so that it does not guard all but itself.

``manifest_sha256`` is the SHA-256 of the manifest without that key, as :func:`core.runs.files.canonical` JSON. A run's
manifest has it, and so has whatever manifest else lies in a run's folder. Manifests that were written before there were
seals have none: they are read, and called unsealed. It is no signature: who may write the folder may seal it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from core.errors import RunFolderError
from core.runs.files import REMEDY, canonical, plain

SEAL = "manifest_sha256"

UNSEALED = (
    "The manifest of this run is unsealed: it was written before manifests carried a check of their own, so damage to "
    "it may go unnoticed. Its files are checked."
)


def sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """``manifest`` in JSON's own types and with its seal; one that it had before is made anew."""
    content: dict[str, Any] = plain({name: value for name, value in manifest.items() if name != SEAL})
    return content | {SEAL: _digest(content)}


def is_sealed(manifest: Mapping[str, Any]) -> bool:
    """Whether a checked manifest carries a seal."""
    return SEAL in manifest


def check_seal(manifest: Mapping[str, Any], path: Path, *, needed: bool = False) -> None:
    """Raise :class:`RunFolderError` naming ``path`` where the seal does not fit, or is ``needed`` and missing."""
    if not is_sealed(manifest):
        if needed:
            raise RunFolderError(f"{path}: has no {SEAL}, so it cannot be told from a damaged one; {REMEDY}")
        return
    if manifest[SEAL] != _digest({name: value for name, value in manifest.items() if name != SEAL}):
        raise RunFolderError(f"{path}: was changed or damaged (its own SHA-256 differs); {REMEDY}")


def check_keys(
    found: Mapping[str, Any], where: str, path: Path, *, needed: Collection[str], known: Collection[str] = ()
) -> None:
    """Raise :class:`RunFolderError` where a key of ``needed`` is missing, or one is neither there nor in ``known``.

    What is not known may mean that the rest is meant otherwise, so it is not read as if it were not there.
    """
    missing = [name for name in needed if name not in found]
    if missing:
        raise RunFolderError(f"{path}: {where} has no {', '.join(missing)}; {REMEDY}")
    other = sorted(set(found) - {*needed, *known})
    if other:
        names = ", ".join(repr(name[:40]) for name in other[:3])
        raise RunFolderError(
            f"{path}: {where} has {names}, which this version of the program does not know; open it with a newer one, "
            f"or {REMEDY}"
        )


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()
