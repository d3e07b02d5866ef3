"""What the network makes of each image of a run before its last layer, kept by the fit for likeness and strangeness.

``features.npz`` has ``image_id`` and ``features`` (n, 512) of train, and the same of validation and test under names
that begin with the set's. A run without the file is whole.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.disk import write_whole
from core.errors import RunFolderError
from core.runs.files import FEATURES, REMEDY, reason
from core.runs.store import Run

SETS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Features:
    """``values`` (n, d), float16, of the images ``image_id`` (n,) of one set."""

    image_id: NDArray[np.str_]
    values: NDArray[np.float16]

    def of(self, image_ids: NDArray[np.object_]) -> NDArray[np.float16]:
        """Those of the images of these ids, (m, d), in their order. Raises KeyError for an id that is not there."""
        place = {name: row for row, name in enumerate(self.image_id.tolist())}
        return self.values[[place[str(name)] for name in image_ids]]


def write_features(file: Path, sets: Mapping[str, Features]) -> None:
    """Write ``features.npz``, whole or not at all; ``sets`` are those of :data:`SETS`. Raises OSError."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, found in sets.items():
        arrays[_key(name, "image_id")] = np.asarray(found.image_id, dtype=np.str_)
        arrays[_key(name, "features")] = found.values.astype(np.float16)
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    write_whole(file, content.getbuffer())


def read_features(run: Run) -> dict[str, Features] | None:
    """The features of each set of a run that may be seen; None for a run that was made without.

    Raises :class:`RunFolderError` for a file that holds something else.
    """
    if FEATURES not in run.manifest["files"]:
        return None
    path = run.folder / FEATURES
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = {
                name: Features(image_id=arrays[_key(name, "image_id")], values=arrays[_key(name, "features")])
                for name in SETS
                if not (run.hidden and name == "test") and _key(name, "features") in arrays
            }
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise RunFolderError(f"{path}: is not a file of features ({reason(error)}); {REMEDY}") from error
    if "train" not in found or any(own.values.shape[:1] != own.image_id.shape for own in found.values()):
        raise RunFolderError(f"{path}: does not hold features of train, one row an image; {REMEDY}")
    return found


def _key(name: str, array: str) -> str:
    return array if name == "train" else f"{name}_{array}"
