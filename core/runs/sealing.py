"""How a run becomes whole: what is scratch goes, and the folder is renamed into its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.disk import put_in_place, sync
from core.errors import RunFolderError
from core.runs import files
from core.runs.after_failure import after_failure
from core.runs.files import check_run_id, partial_folder, refuse_taken
from core.runs.folder_lock import lock_folder, unlock
from core.runs.reading import read_run
from core.runs.sites import SITES

KEPT = frozenset({"overlays", "cache", SITES})
"""Folders that the manifest does not cover and that are no scratch either."""

MAKE_ROOM = "make room or use another --out"


def finished_run(out: Path, run_id: str) -> Path | None:
    """The folder of the run ``run_id`` if it is whole, None if it is unfinished or there is none.

    A run that was stopped after its manifest was written and before it was renamed is put into its place first.
    Raises :class:`RunFolderError` when the run was finished and has been damaged since.
    """
    final, partial = out / check_run_id(run_id), partial_folder(out, run_id)
    if (final / files.MANIFEST).exists():
        return read_run(final).folder
    if not (partial / files.MANIFEST).exists():
        return None
    lock = lock_folder(partial, to_be_renamed=True)
    try:
        run = read_run(partial)
    except RunFolderError:
        return None  # `resume` writes it anew
    else:
        refuse_taken(out, run_id)
        with disk(final, stands=lambda: in_place(partial, final), remedy=MAKE_ROOM):
            seal(partial, final, keep={*run.manifest["files"], files.MANIFEST})
        return final
    finally:
        unlock(lock)


def seal(partial: Path, final: Path, *, keep: set[str]) -> None:
    """Take what is scratch out of ``partial``, all but ``keep`` and :data:`KEPT`, and rename it to ``final``."""
    for entry in partial.iterdir():
        if entry.name not in keep | KEPT:
            remove(entry)
    sync(partial)
    put_in_place(partial, final)
    sync(final.parent)


def in_place(partial: Path, final: Path) -> bool:
    """Whether the rename is done."""
    return (final / files.MANIFEST).exists() and not partial.exists()


def remove(entry: Path) -> None:
    """Remove a file, a folder with all that is in it, or a link alone."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()


@contextmanager
def disk(path: Path, *, stands: Callable[[], bool], remedy: str) -> Iterator[None]:
    """What the operating system refuses in writing ``path``, as :func:`after_failure` says it."""
    try:
        yield
    except OSError as error:
        raise after_failure(path, error, stands=stands, remedy=remedy) from error
