"""``python -m core export``: a run's network, its thresholds and a card, for programs that know nothing of this one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.decode import to_square
from core.data.phantom import PhantomSource, index_phantom
from core.disk import refusal, write_whole
from core.dossier.typed import read_typed
from core.errors import ConfigError, DataError, ImageError, RunFolderError
from core.explain.pictures import Pictures
from core.export.model_card import model_card
from core.export.onnx_model import check_model, check_packages, onnx_model
from core.export.thresholds import thresholds
from core.run_scorer import run_scorer
from core.runs.decisions import read_decisions
from core.runs.locked_points import locked_points
from core.runs.store import Run

MODEL, CARD, THRESHOLDS = "model.onnx", "MODEL_CARD.md", "thresholds.json"
CHECKED = 100
"""So many images are compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """What was written, and the largest difference of logits on so many images of which kind."""

    files: tuple[Path, ...]
    difference: float
    images: int
    kind: str


def export(run: Run, folder: Path) -> Exported:
    """Write ``model.onnx``, ``thresholds.json`` and ``MODEL_CARD.md`` into ``folder``, over older ones, each about the
    finding that ``run`` was opened for.

    The network is compared with torch first, on images of the run where they are there, else on made ones; where the
    logits differ nothing is written. Raises InstallationError without onnx and onnxruntime, ConfigError for a place
    that is no folder, RunFolderError where the run has no network, the logits differ or the disk refuses.
    """
    check_packages()
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"--to {folder}: is a file; name a folder")
    scorer = run_scorer(run)
    squares, kind = _images(run, scorer.preprocessing.image_size)
    model = onnx_model(scorer)
    difference = check_model(model, scorer, squares)
    checked = f"Compared with torch on {len(squares)} {kind}: the logits differ by at most {difference:.1e}."
    locks = tuple(lock for lock in locked_points(read_decisions(run.folder), run.which) if lock.sound)
    told = json.dumps(thresholds(run, locks), indent=2, allow_nan=False)
    card = model_card(run, read_typed(run.folder), checked=checked)
    contents = {MODEL: model, THRESHOLDS: f"{told}\n".encode(), CARD: card.encode(errors="backslashreplace")}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            write_whole(folder / name, content)
    except OSError as error:
        raise RunFolderError(f"{error.filename or folder}: cannot be written ({refusal(error)}); mend that") from error
    return Exported(
        files=tuple(folder / name for name in contents), difference=difference, images=len(squares), kind=kind
    )


def _images(run: Run, size: int) -> tuple[NDArray[np.uint8], str]:
    """At most :data:`CHECKED` squares, (n, size, size), and what they are: the run's own, else phantoms."""
    try:
        pictures = Pictures(run)
        own = _readable(pictures, list(run.records["image_id"][:CHECKED]), size)
    except (DataError, RunFolderError):
        own = []
    if own:
        return np.stack(own), "images of the run"
    source = PhantomSource()
    return np.stack([to_square(source.read(one).gray, size) for one in index_phantom().records[:CHECKED]]), "phantoms"


def _readable(pictures: Pictures, image_ids: Sequence[str], size: int) -> list[NDArray[np.uint8]]:
    found = []
    for image_id in image_ids:
        try:
            found.append(pictures.square(image_id, size))
        except ImageError:
            continue
    return found
