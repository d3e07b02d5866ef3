"""Grad-CAM overlays of a run, as pictures in its folder: what the network looked at where it was right and wrong."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.data.decode import to_square
from core.data.index import ImageRecord
from core.data.origin import source_of
from core.data.phantom import GENERATOR_VERSION
from core.errors import ImageError, RunFolderError
from core.evaluation.predictions import Predictions
from core.runs.store import Run

if TYPE_CHECKING:
    from core.model.gradcam import HeatMaps

OVERLAYS_OF_A_KIND = 4
_LONGEST_SIDE = 512  # pixels; a picture for a strip, not for reading a radiograph


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One image to show; ``kind`` is ``tp``, ``fp`` or ``fn`` at the threshold used."""

    kind: str
    rank: int
    image_id: str
    logit: float

    @property
    def file_name(self) -> str:
        return f"cam_{self.kind}_{self.rank:02d}.jpg"


def write_overlays(run: Run, *, progress: Callable[[int, int], None] | None = None) -> list[Path]:
    """Write ``overlays/cam_{tp,fp,fn}_NN.jpg`` into the run folder, and ``overlays.csv`` that says what each shows.

    Each picture is the radiograph beside its heat map. The images are those of test (of validation where there is no
    test) that the network was surest of at Youden's threshold. The folder appears whole or not at all.

    Raises:
        RunFolderError: a run without a checkpoint, or without a threshold.
        DataError, ImageError: the images are not where the run says, or one cannot be read.
    """
    if run.checkpoint is None:
        raise RunFolderError(f"{run.folder}: imported from predictions, so it has no network to explain and no images")
    if run.synthetic and run.manifest["data"].get("generator_version") != GENERATOR_VERSION:
        raise RunFolderError(f"{run.folder}: its phantoms are of another version and cannot be made again; fit anew")
    from core.model.gradcam import HeatMaps  # torch: only once it is needed

    heat_maps, source = HeatMaps(run.checkpoint), source_of(run.config)
    chosen = list(examples(run))
    records = run.records.set_index("image_id")
    folder = run.folder / "overlays"
    # Several people may ask at once: each writes a folder of their own, and the last one stays.
    with tempfile.TemporaryDirectory(dir=run.folder, prefix=".overlays-") as scratch:
        pictures = Path(scratch) / "overlays"
        pictures.mkdir()
        for done, example in enumerate(chosen, start=1):
            record = _record(example.image_id, records.loc[[example.image_id]].iloc[0])
            try:
                picture = _beside(source.read(record).gray, heat_maps)
            except ImageError as error:
                raise ImageError(f"{example.image_id}: {error}") from error
            cv2.imwrite(str(pictures / example.file_name), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
            if progress is not None:
                progress(done, len(chosen))
        pd.DataFrame(
            [{"file": e.file_name, "kind": e.kind, "image_id": e.image_id, "logit": repr(e.logit)} for e in chosen],
            columns=["file", "kind", "image_id", "logit"],
        ).to_csv(pictures / "overlays.csv", index=False)
        shutil.rmtree(folder, ignore_errors=True)
        pictures.rename(folder)
    return [folder / example.file_name for example in chosen]


def examples(run: Run) -> Iterator[Example]:
    """The surest true positives, false positives and false negatives at Youden's threshold, each surest first."""
    threshold = next((p["threshold"] for p in run.operating_points or [] if p["name"] == "youden"), None)
    if threshold is None:
        raise RunFolderError(f"{run.folder}: has no Youden threshold, so there are no errors to show")
    predictions: Predictions = run.predictions["test"] if run.predictions["test"].n else run.predictions["validation"]
    positive, truth = predictions.logit >= threshold, predictions.y_true == 1
    for kind, member in (("tp", positive & truth), ("fp", positive & ~truth), ("fn", ~positive & truth)):
        found = np.flatnonzero(member)
        surest = found[np.argsort(-np.abs(predictions.logit[found] - threshold), kind="stable")]
        for rank, i in enumerate(surest[:OVERLAYS_OF_A_KIND], start=1):
            yield Example(
                kind=kind, rank=rank, image_id=str(predictions.image_id[i]), logit=float(predictions.logit[i])
            )


def _beside(gray: NDArray[np.uint8], heat_maps: HeatMaps) -> NDArray[np.uint8]:
    """The radiograph and, right of it, the radiograph under its heat map; RGB."""
    from core.model.gradcam import overlay

    shown = _shrink(gray)
    explained = overlay(shown, heat_maps(to_square(gray, heat_maps.preprocessing.image_size)))
    return np.hstack([np.repeat(shown[:, :, np.newaxis], 3, axis=2), explained])


def _record(image_id: str, row: pd.Series) -> ImageRecord:
    return ImageRecord(
        image_id=image_id,
        path=row["path"],
        label=int(row["label"]),
        patient_id=row["patient_id"],
        split=row["split"],
        sha256=row["sha256"],
        subgroups={},
    )


def _shrink(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = _LONGEST_SIDE / max(gray.shape)
    if scale >= 1:
        return gray
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    return np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
