"""The stress test: the images of a run scored again under shifts of acquisition, kept in its folder block by block."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.data.acquisition import SHIFTS, STRENGTHS, VERSION, seed_of, shifted
from core.data.decode import to_square
from core.errors import ImageError, RunFolderError
from core.evaluation.comparing.robustness import Variant
from core.evaluation.predictions import FloatArray, Predictions
from core.explain.pictures import Pictures
from core.kept import KeptFiles
from core.runs.files import CHECKPOINT, RECORDS, REMEDY, reason, sha256_of
from core.runs.folder_lock import lock_folder, unlock
from core.runs.store import Run

if TYPE_CHECKING:
    from torch import nn

    from core.model.network import Preprocessing

VARIANTS = (
    Variant(),
    *(Variant(shift=shift.name, strength=strength + 1) for shift in SHIFTS for strength in range(len(STRENGTHS))),
)
"""The unshifted images, then every shift in every strength."""

_BLOCK = 16
_BATCH = 128


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StressTest:
    """``logits`` (variants, n), read-only, of the n images of ``split`` under each of :data:`VARIANTS`."""

    split: str
    logits: FloatArray


def stressed_split(run: Run) -> str:
    """The split that is scored again: test, or validation where there is no test."""
    return "test" if run.predictions("test").n else "validation"


def kept_stress_test(run: Run) -> StressTest | None:
    """What :func:`stress_test` found before; None where it was not run, or not to its end."""
    parts = [_read(run, start, size) for start, size in _blocks(run)]
    whole = [part for part in parts if part is not None]
    return _joined(run, whole) if parts and len(whole) == len(parts) else None


def images_done(run: Run) -> tuple[int, int]:
    """How many images have been scored again and kept, and of how many."""
    blocks = list(_blocks(run))
    return sum(size for start, size in blocks if _read(run, start, size) is not None), sum(size for _, size in blocks)


def stress_test(run: Run, pictures: Pictures, *, progress: Callable[[int, int], None] | None = None) -> StressTest:
    """Score every image of :func:`stressed_split` under each of :data:`VARIANTS`; kept blocks are not scored again.

    A radiograph is decoded once, at the size from which the network's own input is made (a large JPEG at 1/2, 1/4 or
    1/8, as in the fit), shifted there, and then stretched to the network's square: the unshifted variant is therefore
    the input that the stored logits come from. ``progress`` is told how many images are done, and of how many. An
    interruption loses a block of sixteen images at most.

    Raises:
        RunFolderError: another process is at it, or the network was changed or cannot be read.
        ImageError: an image that cannot be read, by its id. WeightsError: the file holds no network.
    """
    predictions = run.predictions(stressed_split(run))
    folder = _kept(run).folder
    folder.mkdir(parents=True, exist_ok=True)
    lock = lock_folder(folder)
    try:
        parts, network = [], None
        for start, size in _blocks(run):
            part = _read(run, start, size)
            if part is None:
                if progress is not None:
                    progress(start, predictions.n)
                network = network or _network(run)
                part = _score(predictions.image_id[start : start + size], pictures, *network)
                _kept(run).write(_key(run, start), part.tobytes())
            parts.append(part)
        if progress is not None:
            progress(predictions.n, predictions.n)
    finally:
        unlock(lock)
    return _joined(run, parts)


def shifted_radiographs(gray: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """``gray`` (h, w) under each of :data:`VARIANTS`, in their order."""
    seed = seed_of(gray)
    yield gray
    for shift in SHIFTS:
        for strength in range(1, len(STRENGTHS) + 1):
            yield shifted(gray, shift, strength, seed)


def _score(
    image_ids: NDArray[np.object_], pictures: Pictures, network: nn.Module, preprocessing: Preprocessing
) -> FloatArray:
    """Logits (variants, images) of one block."""
    from core.model.infer import choose_device, predict_logits

    size = preprocessing.image_size

    def squares(image_id: str) -> NDArray[np.uint8]:
        try:
            gray = pictures.radiograph(image_id, at_least=size)
        except ImageError as error:
            raise ImageError(f"{image_id}: {error}") from error
        return np.stack([to_square(picture, size) for picture in shifted_radiographs(gray)])

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        pixels = np.concatenate(list(workers.map(squares, image_ids)))
    logits = predict_logits(
        network, preprocessing, pixels, np.arange(len(pixels)), device=choose_device("auto"), batch_size=_BATCH
    )
    return np.ascontiguousarray(logits.reshape(len(image_ids), len(VARIANTS)).T)


def _network(run: Run) -> tuple[nn.Module, Preprocessing]:
    path = run.folder / CHECKPOINT
    try:
        found = sha256_of(path)
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be read ({reason(error)}); {REMEDY}") from error
    if found != run.manifest["files"][CHECKPOINT]["sha256"]:
        raise RunFolderError(f"{path}: was changed or damaged (SHA-256 differs from the manifest); {REMEDY}")
    from core.model.network import load_checkpoint  # torch: only once it is needed

    return load_checkpoint(path)


def _joined(run: Run, parts: list[FloatArray]) -> StressTest:
    logits = np.concatenate(parts, axis=1)
    logits.setflags(write=False)
    return StressTest(split=stressed_split(run), logits=logits)


def _blocks(run: Run) -> Iterator[tuple[int, int]]:
    """First image and number of images of each block."""
    predictions: Predictions = run.predictions(stressed_split(run))
    for start in range(0, predictions.n, _BLOCK):
        yield start, min(_BLOCK, predictions.n - start)


def _read(run: Run, start: int, size: int) -> FloatArray | None:
    content = _kept(run).read(_key(run, start))
    return None if content is None else np.frombuffer(content, dtype=np.float64).reshape(len(VARIANTS), size)


def _kept(run: Run) -> KeptFiles:
    return KeptFiles(run.folder / "cache" / "stress", ".logits")


def _key(run: Run, start: int) -> str:
    """The network, the images (the records have the hash of each), and what is done to them."""
    files = run.manifest["files"]
    shifts = [(shift.name, shift.amounts) for shift in SHIFTS]
    checkpoint = files.get(CHECKPOINT, {}).get("sha256")
    return f"{checkpoint} {files[RECORDS]['sha256']} {stressed_split(run)} {VERSION} {shifts} {start} {_BLOCK}"
