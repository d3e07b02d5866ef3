"""Radiographs, heat maps, the pointing game and reviewers' marks of a run. Image libraries are imported when needed."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import ImageError, RunFolderError
from core.run_scorer import import_torch
from core.runs.files import MARKS
from core.runs.marks import Key, Mark, older_of, read_marks, write_mark
from core.runs.marks import missing_marks as rows_missing
from core.runs.sites import ALL
from core.runs.store import Run
from dashboard.gateway.runs import version

if TYPE_CHECKING:
    from core.explain.pictures import Pictures
    from core.explain.pointing_game import PointingGame

_THREADS = 4  # reading and decoding leave Python's lock


def pictures(run: Run, data_folder: Path | None, evaluation_set: str = "test") -> Pictures:
    """The radiographs of the set, shared between readers; ``data_folder`` where they lie now, if they have moved.

    The run's own sets have theirs together. Raises RunFolderError for a run or a site without images, DataError while
    the data folder is not there.
    """
    if evaluation_set == ALL:
        raise RunFolderError("all sites together: pictures are shown one site at a time; choose one")
    site = evaluation_set if evaluation_set in run.sites.whole else None
    named = run.config.data if site is None else run.sites.whole[site].data_folder
    folder = data_folder or Path(named or "")
    return _pictures(version(run), site, str(folder), folder.is_dir(), data_folder, run)


@st.cache_resource(show_spinner=False, max_entries=4)
def _pictures(
    version: Hashable,  # noqa: ARG001  (part of the key, as data and there)
    site: str | None,
    data: str,  # noqa: ARG001
    there: bool,  # noqa: ARG001
    _data_folder: Path | None,
    _run: Run,
) -> Pictures:
    from core.explain.pictures import Pictures

    return Pictures(_run, _data_folder, site=site)


def thumbnails(pictures: Pictures, image_ids: Sequence[str]) -> list[bytes | str]:
    """The JPEG of each image, or in words why there is none; kept on disk from one time to the next."""

    def thumbnail(image_id: str) -> bytes | str:
        try:
            return pictures.thumbnail(image_id)
        except ImageError as error:
            return str(error)

    with ThreadPoolExecutor(_THREADS) as workers:
        return list(workers.map(thumbnail, image_ids))


def radiograph(pictures: Pictures, image_id: str) -> NDArray[np.uint8]:
    """Gray values at full size (h, w), read-only. Raises ImageError."""
    return _radiograph(version(pictures.run), pictures.content(image_id), str(pictures.data_folder), image_id, pictures)


@st.cache_resource(show_spinner=False, max_entries=16)
def _radiograph(
    version: Hashable,  # noqa: ARG001  (part of the key, as the next two)
    content: str,  # noqa: ARG001
    data: str,  # noqa: ARG001
    image_id: str,
    _pictures: Pictures,
) -> NDArray[np.uint8]:
    gray = _pictures.radiograph(image_id).view()
    gray.flags.writeable = False
    return gray


@functools.cache
def fetch_torch() -> threading.Thread:
    """Begins, once a server, to import beside the pages what heat maps need: seconds that the first one would wait for.
    Gives the thread that does it."""

    def fetch() -> None:
        with contextlib.suppress(ImportError):  # said by the heat map that needs it
            import_torch()

    thread = threading.Thread(target=fetch, name="torch", daemon=True)
    thread.start()
    return thread


def heat_map(pictures: Pictures, image_id: str, method: str, layer: str) -> NDArray[np.float32]:
    """float32 (size, size) in [0, 1]. torch is imported at the first that is not kept in the run's folder yet."""
    from core.explain.explanations import Explanations

    return Explanations(pictures.run, pictures).heat_map(image_id, method=method, layer=layer)


def pointing_game(
    pictures: Pictures, split: str, method: str, layer: str, progress: Callable[[int, int], None] | None = None
) -> PointingGame:
    """Play the pointing game on ``split``, which takes a map for each image with an opacity; the result is kept."""
    from core.explain import pointing_game as game
    from core.explain.explanations import Explanations

    run = pictures.run
    return game.pointing_game(
        run, Explanations(run, pictures), pictures, split, method=method, layer=layer, progress=progress
    )


def kept_pointing_game(run: Run, split: str, method: str, layer: str) -> PointingGame | None:
    """The result of a game played before; None where there is none."""
    from core.explain import pointing_game as game

    return game.kept_pointing_game(run, split, method=method, layer=layer)


def marks(run: Run) -> dict[Key, Mark]:
    """What reviewers marked, by key; read again when the file changes. Raises RunFolderError for a damaged one."""
    try:
        status = (run.folder / MARKS).stat()
    except OSError:
        return read_marks(run.folder)
    return _marks(version(run), status.st_mtime_ns, status.st_size, status.st_ino, _run=run)


@st.cache_data(show_spinner=False, max_entries=8)
def _marks(version: Hashable, changed: int, size: int, inode: int, *, _run: Run) -> dict[Key, Mark]:  # noqa: ARG001
    return read_marks(_run.folder, older_of(_run))


def marks_of(run: Run, evaluation_set: str) -> dict[str, tuple[Mark, ...]]:
    """What reviewers marked of the images of a set for the run's finding, by image id. Raises as the marks do."""
    found: dict[str, tuple[Mark, ...]] = {}
    for mark in marks(run).values():
        if (mark.finding, mark.evaluation_set) == (run.finding, evaluation_set):
            found[mark.image_id] = (*found.get(mark.image_id, ()), mark)
    return found


def missing_marks(run: Run) -> int:
    """How many rows of the marks were taken away outside the program. Raises RunFolderError for a damaged file."""
    return rows_missing(run.folder)


def mark(run: Run, mark: Mark) -> None:
    """Keep what a reviewer marked. Raises RunFolderError when it cannot be written."""
    write_mark(run.folder, mark, older_of(run))
