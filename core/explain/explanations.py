"""Heat maps of a run, made when asked for and kept in its folder."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from core.explain.heat_map_choice import check_choice, default_layer
from core.explain.pictures import Pictures
from core.kept import KeptFiles
from core.run_scorer import run_scorer
from core.runs.files import CHECKPOINT
from core.runs.store import Run

if TYPE_CHECKING:
    from core.explain.gradcam import HeatMaps
    from core.model.scorer import Scorer

_LEVELS = 65535

# One map at a time in the whole process: a second reader who asks for the same one finds it kept, and torch uses
# every processor for one anyway.
_computing = threading.Lock()


class Explanations:
    """Heat maps of a run, made when asked for and kept in its folder. Safe for many threads at once."""

    def __init__(self, run: Run, pictures: Pictures) -> None:
        self._run, self._pictures = run, pictures
        self.checkpoint_sha256: str = run.manifest["files"][CHECKPOINT]["sha256"]

    @property
    def default_layer(self) -> str:
        """The layer that is explained where none is named, by the size of the network's input."""
        return default_layer(int(self._run.config.image_size or 0))

    def kept(self, method: str = "grad_cam", layer: str | None = None) -> KeptFiles:
        """The maps of one kind that are kept."""
        return KeptFiles(
            self._run.folder, f"heat_maps/{method}-{layer or self.default_layer}{_of_finding(self._run)}", ".png"
        )

    def heat_map(self, image_id: str, *, method: str = "grad_cam", layer: str | None = None) -> NDArray[np.float32]:
        """float32 (size, size) in [0, 1] in steps of 1/65535, as :class:`core.explain.gradcam.HeatMaps` defines it.

        ``size`` is the side of the network's input, ``layer`` by default :attr:`default_layer`. torch is imported, and
        the network loaded, at the first map that is not kept yet. Raises ImageError for an image that cannot be shown,
        WeightsError or RunFolderError for a network that cannot be read, ValueError for a method or layer that does
        not exist.
        """
        layer = layer or self.default_layer
        check_choice(method, layer)
        kept = self.kept(method, layer)
        key = f"{self.checkpoint_sha256} {self._pictures.content(image_id)}"
        if (found := _from_png(kept.read(key))) is not None:
            return found
        with _computing:
            if (found := _from_png(kept.read(key))) is not None:
                return found
            heat_maps = _heat_maps(run_scorer(self._run))
            square = self._pictures.square(image_id, heat_maps.preprocessing.image_size)
            levels = np.rint(heat_maps(square, method=method, layer=layer) * _LEVELS).astype(np.uint16)
            _, encoded = cv2.imencode(".png", levels)
            kept.write(key, encoded.tobytes())
        return _from_levels(levels)


def heat_map_of(run: Run, square: NDArray[np.uint8], *, method: str, layer: str) -> NDArray[np.float32]:
    """The map of a square that is no image of ``run``, as :meth:`Explanations.heat_map` has it; kept nowhere."""
    check_choice(method, layer)
    with _computing:
        return _heat_maps(run_scorer(run))(square, method=method, layer=layer)


@lru_cache(maxsize=2)
def _heat_maps(scorer: Scorer) -> HeatMaps:
    from core.explain.gradcam import HeatMaps  # torch: only once it is needed

    return HeatMaps(scorer)


def _of_finding(run: Run) -> str:
    """What tells the maps of one of several findings from those of the others."""
    return f"-{run.findings.index(run.finding) + 1}" if run.which else ""


def _from_png(content: bytes | None) -> NDArray[np.float32] | None:
    if content is None:
        return None
    levels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    return None if levels is None or levels.dtype != np.uint16 else _from_levels(np.asarray(levels, dtype=np.uint16))


def _from_levels(levels: NDArray[np.uint16]) -> NDArray[np.float32]:
    return np.asarray(levels / np.float32(_LEVELS), dtype=np.float32)
