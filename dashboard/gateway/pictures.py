"""Radiographs, heat maps, the pointing game and reviewers' marks of a run. Image libraries are imported when needed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.errors import ImageError
from core.runs.files import MARKS
from core.runs.marks import Mark, read_marks, write_mark
from core.runs.store import Run
from dashboard.gateway.runs import version

if TYPE_CHECKING:
    from core.explain.pictures import Pictures
    from core.explain.pointing_game import PointingGame

_THREADS = 4  # reading and decoding leave Python's lock


def pictures(run: Run, data_folder: Path | None) -> Pictures:
    """The radiographs of ``run``, shared between readers; ``data_folder`` where the data lie now, if they have moved.

    Raises RunFolderError for a run without images, DataError while its data folder is not there.
    """
    folder = data_folder or Path(run.config.data or "")
    return _pictures(version(run), str(folder), folder.is_dir(), data_folder, run)


@st.cache_resource(show_spinner=False, max_entries=4)
def _pictures(
    version: Hashable,  # noqa: ARG001  (part of the key, as the next two)
    data: str,  # noqa: ARG001
    there: bool,  # noqa: ARG001
    _data_folder: Path | None,
    _run: Run,
) -> Pictures:
    from core.explain.pictures import Pictures

    return Pictures(_run, _data_folder)


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
    return _radiograph(version(pictures.run), str(pictures.data_folder), image_id, pictures)


@st.cache_resource(show_spinner=False, max_entries=16)
def _radiograph(
    version: Hashable,  # noqa: ARG001  (part of the key, as the next)
    data: str,  # noqa: ARG001
    image_id: str,
    _pictures: Pictures,
) -> NDArray[np.uint8]:
    gray = _pictures.radiograph(image_id).view()
    gray.flags.writeable = False
    return gray


def heat_map(run: Run, data_folder: Path | None, image_id: str, method: str, layer: str) -> NDArray[np.float32]:
    """float32 (size, size) in [0, 1]. torch is imported at the first that is not kept in the run's folder yet."""
    from core.explain.explanations import Explanations

    return Explanations(run, pictures(run, data_folder)).heat_map(image_id, method=method, layer=layer)


def pointing_game(
    run: Run,
    data_folder: Path | None,
    split: str,
    method: str,
    layer: str,
    progress: Callable[[int, int], None] | None = None,
) -> PointingGame:
    """Play the pointing game on ``split``, which takes a map for each image with an opacity; the result is kept."""
    from core.explain import pointing_game as game
    from core.explain.explanations import Explanations

    shown = pictures(run, data_folder)
    return game.pointing_game(
        run, Explanations(run, shown), shown, split, method=method, layer=layer, progress=progress
    )


def kept_pointing_game(run: Run, split: str, method: str, layer: str) -> PointingGame | None:
    """The result of a game played before; None where there is none."""
    from core.explain import pointing_game as game

    return game.kept_pointing_game(run, split, method=method, layer=layer)


def marks(run: Run) -> dict[str, Mark]:
    """What reviewers marked, by image id; read again when the file changes. Raises RunFolderError for a damaged one."""
    try:
        status = (run.folder / MARKS).stat()
    except OSError:
        return read_marks(run.folder)
    return _marks(str(run.folder), status.st_mtime_ns, status.st_size, status.st_ino)


@st.cache_data(show_spinner=False, max_entries=8)
def _marks(folder: str, changed: int, size: int, inode: int) -> dict[str, Mark]:  # noqa: ARG001  (part of the key)
    return read_marks(Path(folder))


def mark(run: Run, mark: Mark) -> None:
    """Keep what a reviewer marked. Raises RunFolderError when it cannot be written."""
    write_mark(run.folder, mark)
