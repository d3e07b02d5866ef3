"""Grad-CAM overlays of a run, as pictures in its folder: what the network looked at where it was right and wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.disk import leads_out, refusal
from core.errors import ImageError, RunFolderError
from core.evaluation.predictions import Predictions
from core.explain.explanations import Explanations
from core.explain.heat_overlay import overlay
from core.explain.picture_bytes import colour_jpeg
from core.explain.pictures import Pictures, shrink
from core.runs.exports import frame_csv
from core.runs.folder_lock import lock_folder, unlock
from core.runs.store import Run

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
    test) that the network was surest of at Youden's threshold. The folder appears whole, or the old one stays.

    Raises:
        RunFolderError: a run without a checkpoint, or without a threshold; the disk refuses, or another process is at
            it.
        DataError, ImageError: the images are not where the run says, or one cannot be read.
    """
    pictures = Pictures(run)
    explanations = Explanations(run, pictures)
    chosen, layer = list(examples(run)), explanations.default_layer
    folder = overlays_folder(run)
    with _scratch(run.folder, folder) as scratch:
        explanations.kept().clear()  # of a map that is written just now too: it is then not kept, and made again
        written = scratch / "overlays"
        written.mkdir()
        for done, example in enumerate(chosen, start=1):
            try:
                picture = _beside(
                    pictures.radiograph(example.image_id), explanations.heat_map(example.image_id, layer=layer)
                )
            except ImageError as error:
                raise ImageError(f"{example.image_id}: {error}") from error
            (written / example.file_name).write_bytes(colour_jpeg(picture))
            if progress is not None:
                progress(done, len(chosen))
        table = pd.DataFrame(
            [
                {"file": e.file_name, "kind": e.kind, "image_id": e.image_id, "logit": e.logit, "layer": layer}
                for e in chosen
            ],
            columns=["file", "kind", "image_id", "logit", "layer"],
        )
        (written / "overlays.csv").write_text(frame_csv(table), encoding="utf-8", newline="")
        _put_in_place(written, folder, aside=scratch / "older")
    return [folder / example.file_name for example in chosen]


def overlays_folder(run: Run) -> Path:
    """Where the overlays of a run lie; those of each of several findings apart."""
    return run.folder / (f"overlays-{run.findings.index(run.finding) + 1}" if run.which else "overlays")


def examples(run: Run) -> Iterator[Example]:
    """The surest true positives, false positives and false negatives at Youden's threshold, each surest first."""
    threshold = next((p["threshold"] for p in run.operating_points or [] if p["name"] == "youden"), None)
    if threshold is None:
        raise RunFolderError(f"{run.folder}: has no Youden threshold, so there are no errors to show")
    predictions: Predictions = run.predictions("test") if run.predictions("test").n else run.predictions("validation")
    positive, truth = predictions.logit >= threshold, predictions.y_true == 1
    for kind, member in (("tp", positive & truth), ("fp", positive & ~truth), ("fn", ~positive & truth)):
        found = np.flatnonzero(member)
        surest = found[np.argsort(-np.abs(predictions.logit[found] - threshold), kind="stable")]
        for rank, i in enumerate(surest[:OVERLAYS_OF_A_KIND], start=1):
            yield Example(
                kind=kind, rank=rank, image_id=str(predictions.image_id[i]), logit=float(predictions.logit[i])
            )


@contextmanager
def _scratch(run_folder: Path, place: Path) -> Iterator[Path]:
    """An empty folder in the run's ``cache/``, for one process at a time; what one that was killed left is cleared."""
    folder = run_folder / "cache" / "overlays"
    for one in (folder, place):
        if leads_out(one, run_folder):
            raise RunFolderError(f"{one}: is a link that leads out of the run's folder; remove it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = lock_folder(folder, to_be_renamed=True)
        try:
            for left in folder.iterdir():
                shutil.rmtree(left)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            unlock(lock)
    except OSError as error:
        raise RunFolderError(f"{place}: cannot be written ({refusal(error)}); mend that and make them again") from error


def _put_in_place(written: Path, folder: Path, *, aside: Path) -> None:
    """Rename ``written`` to ``folder``; the one that lies there is put back where that fails."""
    had_one = folder.exists()
    if had_one:
        folder.rename(aside)
    try:
        written.rename(folder)
    except OSError:
        if had_one:
            with suppress(OSError):
                aside.rename(folder)
        raise


def _beside(gray: NDArray[np.uint8], heat_map: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The radiograph and, right of it, the radiograph under its heat map; RGB."""
    shown = shrink(gray, _LONGEST_SIDE)
    return np.hstack([np.repeat(shown[:, :, np.newaxis], 3, axis=2), overlay(shown, heat_map)])
