"""Heat maps of a run, made when asked for and kept in its folder."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import RunFolderError
from core.explain.heat_map_choice import check_choice
from core.explain.pictures import Pictures
from core.kept import KeptFiles
from core.runs.files import CHECKPOINT, REMEDY, reason, sha256_of
from core.runs.store import Run

if TYPE_CHECKING:
    from core.explain.gradcam import HeatMaps

_LEVELS = 65535

# One map at a time in the whole process: a second reader who asks for the same one finds it kept, and torch uses
# every processor for one anyway.
_computing = threading.Lock()


class Explanations:
    """Heat maps of a run, made when asked for and kept in its folder. Safe for many threads at once."""

    def __init__(self, run: Run, pictures: Pictures) -> None:
        self._run, self._pictures = run, pictures
        self.checkpoint_sha256: str = run.manifest["files"][CHECKPOINT]["sha256"]

    def heat_map(self, image_id: str, *, method: str = "grad_cam", layer: str = "layer4") -> NDArray[np.float32]:
        """float32 (size, size) in [0, 1] in steps of 1/65535, as :class:`core.explain.gradcam.HeatMaps` defines it.

        ``size`` is the side of the network's input. torch is imported, and the network loaded, at the first map that
        is not kept yet. Raises ImageError for an image that cannot be shown, WeightsError or RunFolderError for a
        network that cannot be read, ValueError for a method or layer that does not exist.
        """
        check_choice(method, layer)
        kept = KeptFiles(self._run.folder / "cache" / "heat_maps" / f"{method}-{layer}", ".png")
        key = f"{self.checkpoint_sha256} {self._pictures.content(image_id)}"
        if (found := _from_png(kept.read(key))) is not None:
            return found
        with _computing:
            if (found := _from_png(kept.read(key))) is not None:
                return found
            heat_maps = _network(self._run.folder / CHECKPOINT, self.checkpoint_sha256)
            square = self._pictures.square(image_id, heat_maps.preprocessing.image_size)
            levels = np.rint(heat_maps(square, method=method, layer=layer) * _LEVELS).astype(np.uint16)
            _, encoded = cv2.imencode(".png", levels)
            kept.write(key, encoded.tobytes())
        return _from_levels(levels)


@lru_cache(maxsize=2)
def _network(checkpoint: Path, sha256: str) -> HeatMaps:
    """The network of a checkpoint, loaded once; call it with ``_computing`` held."""
    try:
        found = sha256_of(checkpoint)
    except OSError as error:
        raise RunFolderError(f"{checkpoint}: cannot be read ({reason(error)}); {REMEDY}") from error
    if found != sha256:
        raise RunFolderError(f"{checkpoint}: was changed or damaged (SHA-256 differs from the manifest); {REMEDY}")
    from core.explain.gradcam import HeatMaps  # torch: only once it is needed

    return HeatMaps(checkpoint)


def _from_png(content: bytes | None) -> NDArray[np.float32] | None:
    if content is None:
        return None
    levels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return None if levels is None or levels.dtype != np.uint16 else _from_levels(np.asarray(levels, dtype=np.uint16))


def _from_levels(levels: NDArray[np.uint16]) -> NDArray[np.float32]:
    return np.asarray(levels / np.float32(_LEVELS), dtype=np.float32)
