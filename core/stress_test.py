"""The stress test: the images of a run scored again under shifts of acquisition, kept in its folder block by block."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.data.acquisition import SHIFTS, STRENGTHS, VERSION, seed_of, shifted
from core.data.decode import to_square
from core.disk import refusal
from core.errors import ImageError, RunFolderError
from core.evaluation.comparing.robustness import Variant
from core.evaluation.predictions import FloatArray, Predictions
from core.explain.pictures import Pictures
from core.kept import KeptFiles
from core.run_scorer import run_scorer
from core.runs.files import CHECKPOINT, RECORDS
from core.runs.folder_lock import lock_folder, unlock
from core.runs.store import Run

if TYPE_CHECKING:
    from core.model.scorer import Scorer

VARIANTS = (
    Variant(),
    *(Variant(shift=shift.name, strength=strength + 1) for shift in SHIFTS for strength in range(len(STRENGTHS))),
)
"""The unshifted images, then every shift in every strength."""

_BLOCK = 16


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StressTest:
    """``logits`` (variants, n), read-only, of the n images of ``split`` under each of :data:`VARIANTS`."""

    split: str
    logits: FloatArray


def stressed_sets(run: Run) -> list[str]:
    """The sets that can be scored again: test, or validation where there is no test, every site that came with its
    images and has a known truth, and validation beside test where it was begun while test was hidden. The first is the
    one that is meant where none is named."""
    own = "test" if run.predictions("test").n else "validation"
    sites = [name for name, site in run.sites.whole.items() if site.data_folder is not None and run.predictions(name).n]
    first = list(islice(_blocks(run, "validation"), 1)) if own == "test" and run.checkpoint is not None else []
    begun = any(_read(run, "validation", *block) is not None for block in first)
    return [own, *sites, *(["validation"] if begun else [])]


def kept_stress_test(run: Run, split: str | None = None) -> StressTest | None:
    """What :func:`stress_test` found before; None where it was not run, or not to its end."""
    split = split or stressed_sets(run)[0]
    parts = [_read(run, split, start, size) for start, size in _blocks(run, split)]
    whole = [part for part in parts if part is not None]
    return _joined(split, whole) if parts and len(whole) == len(parts) else None


def images_done(run: Run, split: str | None = None) -> tuple[int, int]:
    """How many images have been scored again and kept, and of how many."""
    split = split or stressed_sets(run)[0]
    blocks = list(_blocks(run, split))
    done = sum(size for start, size in blocks if _read(run, split, start, size) is not None)
    return done, sum(size for _, size in blocks)


def stress_test(
    run: Run, pictures: Pictures, split: str | None = None, *, progress: Callable[[int, int], None] | None = None
) -> StressTest:
    """Score every image of ``split``, whose ``pictures`` are, under each of :data:`VARIANTS`; kept blocks are not
    scored again. Without a ``split``, the first of :func:`stressed_sets`.

    A radiograph is decoded once, at the size from which the network's own input is made (a large JPEG at 1/2, 1/4 or
    1/8, as in the fit), shifted there, and then stretched to the network's square: the unshifted variant is therefore
    the input that the stored logits come from. ``progress`` is told how many images are done, and of how many. An
    interruption loses a block of sixteen images at most.

    Raises:
        RunFolderError: another process is at it, what is scored cannot be kept, or the network was changed or cannot
            be read.
        ImageError: an image that cannot be read, by its id. WeightsError: the file holds no network.
    """
    split = split or stressed_sets(run)[0]
    predictions = run.predictions(split)
    folder = _kept(run).folder
    try:
        _kept(run).make_folder()
    except OSError as error:
        raise _not_kept(folder, error) from error
    lock = lock_folder(folder)
    try:
        _kept(run).clear()
        parts, scorer = [], None
        for start, size in _blocks(run, split):
            part = _read(run, split, start, size)
            if part is None:
                if progress is not None:
                    progress(start, predictions.n)
                scorer = scorer or run_scorer(run)
                part = _score(predictions.image_id[start : start + size], pictures, scorer)
                _keep(run, split, start, part)
            parts.append(part)
        if progress is not None:
            progress(predictions.n, predictions.n)
    finally:
        unlock(lock)
    return _joined(split, parts)


def shifted_radiographs(gray: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """``gray`` (h, w) under each of :data:`VARIANTS`, in their order."""
    seed = seed_of(gray)
    yield gray
    for shift in SHIFTS:
        for strength in range(1, len(STRENGTHS) + 1):
            yield shifted(gray, shift, strength, seed)


def _score(image_ids: NDArray[np.object_], pictures: Pictures, scorer: Scorer) -> FloatArray:
    """Logits (variants, images) of one block."""
    size = scorer.preprocessing.image_size

    def squares(image_id: str) -> NDArray[np.uint8]:
        try:
            gray = pictures.radiograph(image_id, at_least=size)
        except ImageError as error:
            raise ImageError(f"{image_id}: {error}") from error
        return np.stack([to_square(picture, size) for picture in shifted_radiographs(gray)])

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        pixels = np.concatenate(list(workers.map(squares, image_ids)))
    return np.ascontiguousarray(scorer.logits(pixels).reshape(len(image_ids), len(VARIANTS)).T)


def _joined(split: str, parts: list[FloatArray]) -> StressTest:
    logits = np.concatenate(parts, axis=1)
    logits.setflags(write=False)
    return StressTest(split=split, logits=logits)


def _blocks(run: Run, split: str) -> Iterator[tuple[int, int]]:
    """First image and number of images of each block."""
    predictions: Predictions = run.predictions(split)
    for start in range(0, predictions.n, _BLOCK):
        yield start, min(_BLOCK, predictions.n - start)


def _read(run: Run, split: str, start: int, size: int) -> FloatArray | None:
    content = _kept(run).read(_key(run, split, start))
    return None if content is None else np.frombuffer(content, dtype=np.float64).reshape(len(VARIANTS), size)


def _keep(run: Run, split: str, start: int, part: FloatArray) -> None:
    try:
        _kept(run).keep(_key(run, split, start), part.tobytes())
    except OSError as error:
        raise _not_kept(_kept(run).folder, error) from error


def _not_kept(folder: Path, error: OSError) -> RunFolderError:
    return RunFolderError(
        f"{folder}: the scores cannot be kept there ({refusal(error)}); mend that and start again: it goes on from "
        "what was kept before"
    )


def _kept(run: Run) -> KeptFiles:
    return KeptFiles(
        run.folder, "stress" if not run.which else f"stress-{run.findings.index(run.finding) + 1}", ".logits"
    )


def _key(run: Run, split: str, start: int) -> str:
    """The network, the images (the records have the hash of each), and what is done to them."""
    files = run.manifest["files"]
    records = (run.sites.whole[split].manifest["files"] if split in run.sites.whole else files)[RECORDS]["sha256"]
    shifts = [(shift.name, shift.amounts) for shift in SHIFTS]
    checkpoint = files.get(CHECKPOINT, {}).get("sha256")
    return f"{checkpoint} {records} {split} {VERSION} {shifts} {start} {_BLOCK}"
