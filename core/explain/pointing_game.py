"""The pointing game on phantoms (Zhang et al., IJCV 2018): does a heat map's maximum lie in the true opacity?"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.intervals import Estimate
from core.explain.explanations import Explanations
from core.explain.heat_map_choice import check_choice
from core.explain.pictures import Pictures
from core.kept import KeptFiles
from core.runs.files import CHECKPOINT, RECORDS
from core.runs.store import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class PointingGame:
    """The share of maps whose maximum lies inside the true opacity, with Wilson's interval by patient.

    ``hits`` of ``n`` images with an opacity. ``chance`` is the mean share of the picture that the opacity covers: what
    pointing anywhere blindly would score. Without such images (a run on real radiographs) the share is undefined, n is
    0 and chance NaN.
    """

    hit_share: Estimate
    hits: int
    n: int
    chance: float
    method: str
    layer: str
    split: str


def pointing_game(
    run: Run,
    explanations: Explanations,
    pictures: Pictures,
    split: str,
    *,
    method: str,
    layer: str,
    progress: Callable[[int, int], None] | None = None,
) -> PointingGame:
    """Play over all images of ``split`` with an opacity, without tolerance around it; the result is kept.

    A map without any evidence counts as a miss. ``progress`` is told how many images are done, and of how many. When
    interrupted, the maps made so far are kept. Raises as :meth:`core.explain.explanations.Explanations.heat_map`.
    """
    check_choice(method, layer)
    rows = run.records[(run.records["split"] == split) & (run.records["label"] == 1) & run.synthetic]
    played = []
    for done, (image_id, patient_id) in enumerate(zip(rows["image_id"], rows["patient_id"], strict=True), start=1):
        opacity = pictures.opacity(image_id)
        if opacity is not None and opacity.any():
            heat_map = explanations.heat_map(image_id, method=method, layer=layer)
            played.append((patient_id, points_into(heat_map, opacity), float(opacity.mean())))
        if progress is not None:
            progress(done, len(rows))
    game = PointingGame(**_score(played), method=method, layer=layer, split=split)
    if game.n:
        values = asdict(game) | {"hit_share": game.hit_share.to_dict()}
        _kept(run).write(_key(run, split, method, layer), json.dumps(values, indent=2, allow_nan=False).encode())
    return game


def _score(played: list[tuple[str, bool, float]]) -> dict[str, Any]:
    """What ``played`` (patient, hit, share of the picture covered by the opacity) comes to."""
    table = pd.DataFrame(played, columns=["patient_id", "hit", "covered"])
    patients = table.groupby("patient_id")["hit"].agg(["sum", "size"]).astype(np.int64)
    return {
        "hit_share": clustered_wilson(
            patients["sum"].to_numpy(), patients["size"].to_numpy(), reason="no image has a known opacity"
        ),
        "hits": int(table["hit"].sum()),
        "n": len(table),
        "chance": float(table["covered"].mean()) if len(table) else math.nan,
    }


def kept_pointing_game(run: Run, split: str, *, method: str, layer: str) -> PointingGame | None:
    """What :func:`pointing_game` found before; None where it was not played yet."""
    content = _kept(run).read(_key(run, split, method, layer))
    if content is None:
        return None
    values: dict[str, Any] = json.loads(content)
    return PointingGame(**values | {"hit_share": Estimate.from_dict(values["hit_share"])})


def points_into(heat_map: NDArray[np.float32], opacity: NDArray[np.bool_]) -> bool:
    """Whether the maximum of a map (size, size) lies inside an opacity (h, w) of the same picture.

    Of equal maxima the one nearest to the middle of the picture: interpolation repeats the outermost fields of a block
    up to the border, and the inner end of what it repeats is where such a field lies.
    """
    if not heat_map.max() > 0:
        return False
    places = np.argwhere(heat_map == heat_map.max()) + 0.5
    from_middle = np.hypot(*(places - np.array(heat_map.shape) / 2).T)
    row, column = places[from_middle.argmin()] / heat_map.shape * opacity.shape
    return bool(opacity[int(row), int(column)])


def _kept(run: Run) -> KeptFiles:
    return KeptFiles(run.folder, "pointing_games", ".json")


def _key(run: Run, split: str, method: str, layer: str) -> str:
    """The maps depend on the network; which images there are, and whose, on the records."""
    files = run.manifest["files"]
    checkpoint = files.get(CHECKPOINT, {}).get("sha256")
    return f"{checkpoint} {files[RECORDS]['sha256']} {split} {method} {layer} {run.which}".rstrip()
