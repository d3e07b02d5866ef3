"""Records -> decoded squares: each file is read and decoded once, in parallel, into the pixel cache."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.decode import to_square
from core.data.limits import image_error
from core.data.pixel_cache import PixelCache, open_cache
from core.data.records import ImageRecord, SkippedFile
from core.data.sources import ImageSource
from core.errors import DataError, ImageError

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class DecodedDataset:
    """The usable images of a data set and their pixels; record i lies at ``pixels[rows[i]]``."""

    records: tuple[ImageRecord, ...]
    """Those that could be decoded, each with its ``sha256``."""
    pixels: NDArray[np.uint8]
    """Memory-mapped, read-only, shape (N, size, size); other data sets may have rows in it too."""
    rows: NDArray[np.int64]
    pixel_sha256: tuple[str, ...]
    """Of the decoded square: equal for identical images."""
    width: NDArray[np.int64]
    height: NDArray[np.int64]
    skipped: tuple[SkippedFile, ...]


@dataclass(frozen=True, slots=True)
class _Square:
    """What a worker made of one record; ``pixels`` is None where the cache has them already."""

    key: str
    stamp: str | None
    pixels: NDArray[np.uint8] | None = None
    sha256: str = ""
    width: int = 0
    height: int = 0


def decode_dataset(
    records: Sequence[ImageRecord],
    source: ImageSource,
    *,
    image_size: int,
    cache: Path,
    progress: Progress | None = None,
    workers: int | None = None,
) -> DecodedDataset:
    """Decode every record to a square of ``image_size``, or find it in the folder ``cache``.

    A file that is unchanged since an earlier call is not even opened. What cannot be decoded is in ``skipped``, with
    its reason, and tried again next time. ``progress`` is told (done, total) from the calling thread. At most a few
    images per worker are in memory at once. An interruption keeps what is done. Raises DataError when no image is
    usable, or when ``cache`` cannot be written.
    """
    workers = workers or default_workers()
    keys: list[str | None] = []
    skipped: list[SkippedFile] = []
    with open_cache(cache, image_size) as store, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about metadata; what matters for pixels is an ImageError
        stamps = [source.stamp(record) for record in records]
        known = {key for stamp in stamps if stamp and (key := store.stamps.get(stamp)) in store.rows}
        store.discard_damaged({key for key in known if key}, workers)
        ...
    raise NotImplementedError
