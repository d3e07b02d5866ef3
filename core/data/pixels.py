"""Records -> decoded squares: each file is read and decoded once, in parallel, into the pixel cache."""

from __future__ import annotations

import hashlib
import os
import sys
import warnings
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.decode import grey_levels, to_square
from core.data.pixel_cache import CachedRow, NewSquare, PixelCache, open_cache
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
    kind: tuple[str, ...]
    """What each file stores, in words."""
    levels: tuple[int, ...]
    """Distinct grey levels of each picture before it was made a square."""
    skipped: tuple[SkippedFile, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """What a worker found out about one record: where its square is cached already, or the square."""

    key: str
    stamp: str | None
    """None where it is known already, or there is none."""
    square: CachedRow | NewSquare


class _Squares:
    """Where squares lie and what they are, by columns: a tuple an image would be half of all that is held."""

    def __init__(self) -> None:
        self.row, self.width, self.height = array("q"), array("q"), array("q")
        self.levels = array("H")
        self.sha256: list[str] = []
        self.kind: list[str] = []

    def add(self, square: CachedRow) -> None:
        self.row.append(square.row)
        self.width.append(square.width)
        self.height.append(square.height)
        self.levels.append(square.levels)
        self.sha256.append(square.sha256)
        self.kind.append(sys.intern(square.kind))


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
    its reason, and is tried again by the next call. ``progress`` is told (done, total) from the calling thread. A few
    images for each of the ``workers`` (by default, as many as processors) are in memory at once, however many there
    are. What is done when a call is interrupted, or killed, need not be done again. Raises DataError when no image is
    usable or ``cache`` cannot be written.
    """
    usable: list[ImageRecord] = []
    squares = _Squares()
    skipped: list[SkippedFile] = []
    with open_cache(cache, image_size) as store, warnings.catch_warnings():
        # Pillow and pydicom warn about metadata. Set here, around all threads, because filters belong to the process.
        warnings.simplefilter("ignore")
        for record, found in _find_all(records, source, store, image_size, workers or processors()):
            if isinstance(found, ImageError):
                skipped.append(SkippedFile(path=record.path or record.image_id, reason=str(found)))
            else:
                usable.append(replace(record, sha256=found.key))
                squares.add(_keep(store, found))
            if progress is not None:
                progress(len(usable) + len(skipped), len(records))
        if not usable:
            first = f"; the first, {skipped[0].path}: {skipped[0].reason}" if skipped else ""
            raise DataError(f"none of {len(records)} images can be used{first}")
        pixels = store.pixels()
    return DecodedDataset(
        records=tuple(usable),
        pixels=pixels,
        rows=np.array(squares.row, dtype=np.int64),
        pixel_sha256=tuple(squares.sha256),
        width=np.array(squares.width, dtype=np.int64),
        height=np.array(squares.height, dtype=np.int64),
        kind=tuple(squares.kind),
        levels=tuple(squares.levels),
        skipped=tuple(skipped),
    )


def leave_out(dataset: DecodedDataset, reasons: Mapping[str, str]) -> DecodedDataset:
    """``dataset`` without the images that ``reasons`` names by image_id; they join ``skipped``. Raises DataError."""
    kept = [i for i, record in enumerate(dataset.records) if record.image_id not in reasons]
    if not kept:
        raise DataError(f"none of {len(dataset.records)} images can be used; the first: {next(iter(reasons.values()))}")
    return replace(
        dataset,
        records=tuple(dataset.records[i] for i in kept),
        rows=dataset.rows[kept],
        pixel_sha256=tuple(dataset.pixel_sha256[i] for i in kept),
        width=dataset.width[kept],
        height=dataset.height[kept],
        kind=tuple(dataset.kind[i] for i in kept),
        levels=tuple(dataset.levels[i] for i in kept),
        skipped=(*dataset.skipped, *(SkippedFile(path=path, reason=reason) for path, reason in reasons.items())),
    )


def _find_all(
    records: Sequence[ImageRecord], source: ImageSource, store: PixelCache, size: int, workers: int
) -> Iterator[tuple[ImageRecord, _Found | ImageError]]:
    """The square of each record, or why there is none, in the order of ``records``."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")
    waiting = iter(records)
    running: deque[tuple[ImageRecord, Future[_Found | ImageError]]] = deque()
    try:
        while True:
            for record in islice(waiting, 4 * workers - len(running)):
                running.append((record, pool.submit(_find, record, source, store, size)))
            if not running:
                return
            record, future = running.popleft()
            yield record, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _find(record: ImageRecord, source: ImageSource, store: PixelCache, size: int) -> _Found | ImageError:
    """The work of one thread: stamp -> key -> cache, and only where that ends, the image itself."""
    try:
        stamp = source.stamp(record)
        known = store.key_of(stamp) if stamp else None
        key = known or source.key(record)
        square = store.find(key) or _decode(record, source, size)
        if source.stamp(record) != stamp:  # its pixels would be kept under the key of its former content
            return ImageError("the file changed while it was read; run again")
    except ImageError as error:
        return error
    return _Found(key=key, stamp=None if known else stamp, square=square)


def _decode(record: ImageRecord, source: ImageSource, size: int) -> NewSquare:
    image = source.read(record, at_least=size)
    pixels = to_square(image.gray, size)
    digest = hashlib.sha256(pixels.data).hexdigest()
    return NewSquare(
        pixels=pixels,
        sha256=digest,
        width=image.width,
        height=image.height,
        kind=image.kind,
        levels=grey_levels(image.gray),
    )


def _keep(store: PixelCache, found: _Found) -> CachedRow:
    if found.stamp:
        store.remember(found.stamp, found.key)
    return store.append(found.key, found.square) if isinstance(found.square, NewSquare) else found.square


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
