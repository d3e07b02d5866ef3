"""Writing the dossier of a run to a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.disk import refusal, write_whole
from core.dossier.contents import contents
from core.dossier.failures import failures
from core.dossier.page import page
from core.dossier.typed import read_typed
from core.errors import RunFolderError
from core.explain.pictures import Pictures
from core.runs.store import Run


def dossier(run: Run, *, leaves: bool = False, pictures: Pictures | None = None) -> str:
    """The dossier of ``run``, which is as it may be seen, as HTML; with ``pictures``, those of its worst errors.

    Raises :class:`RunFolderError` for a run of which nothing can be told.
    """
    try:
        found = contents(run)
    except ValueError as error:
        raise RunFolderError(f"{run.folder}: no dossier can be made of it, as {error}") from error
    if pictures is not None:
        found = replace(found, failures=failures(found, pictures))
    return page(found, read_typed(run.folder), leaves=leaves)


def write_dossier(run: Run, to: Path, *, leaves: bool = False, pictures: Pictures | None = None) -> None:
    """Write the :func:`dossier` of ``run`` to ``to``, whole or not at all; what lies there is replaced.

    Raises :class:`RunFolderError` where nothing can be told, or the disk refuses.
    """
    text = dossier(run, leaves=leaves, pictures=pictures)
    try:
        write_whole(to, text.encode("utf-8"))
    except OSError as error:
        raise RunFolderError(
            f"{to}: cannot be written ({refusal(error)}); make room, or allow writing there"
        ) from error
