"""Brightness, contrast, sharpness and size of the images of a set: found once and kept in the run's ``cache/``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ImageError
from core.evaluation.predictions import FloatArray
from core.explain.pictures import Pictures, shrink
from core.kept import KeptFiles

PROPERTIES = ("brightness", "contrast", "sharpness", "size")

_SIDE = 256
_VERSION = 1
_TOGETHER = 128
_THREADS = 4


def properties_of(gray: NDArray[np.uint8], pixels: int) -> tuple[float, float, float, float]:
    """The :data:`PROPERTIES` of gray values (h, w) of an image that has so many ``pixels`` in its file.

    Of the image reduced to a longest side of 256, black as 0 and white as 1: the mean, the standard deviation, and the
    variance of the Laplacian, a measure of focus (Pech-Pacheco and others 2000). Size is the side, in pixels, of a
    square of as many pixels.
    """
    small = shrink(gray, _SIDE).astype(np.float64) / 255
    laplacian = cv2.Laplacian(small, cv2.CV_64F, borderType=cv2.BORDER_REPLICATE)
    return float(small.mean()), float(small.std()), float(laplacian.var()), float(np.sqrt(pixels))


def image_properties(
    pictures: Pictures, image_ids: Sequence[str], progress: Callable[[int, int], None] | None = None
) -> dict[str, FloatArray]:
    """The :data:`PROPERTIES` of each image, (n,) each, NaN where it cannot be read.

    What was found is kept block by block, so that one who leaves and comes back goes on from there. ``progress`` is
    told how many images of how many are done.
    """
    found = np.full((len(image_ids), len(PROPERTIES)), np.nan)
    for start, kept in _blocks(pictures, image_ids):
        block = image_ids[start : start + _TOGETHER]
        if kept.value is None:
            kept.keep(_measured(pictures, block))
        found[start : start + len(block)] = kept.value
        if progress is not None:
            progress(start + len(block), len(image_ids))
    return {name: found[:, at] for at, name in enumerate(PROPERTIES)}


def kept_properties(pictures: Pictures, image_ids: Sequence[str]) -> dict[str, FloatArray] | None:
    """:func:`image_properties` where all of it was found before; else None."""
    if any(kept.value is None for _, kept in _blocks(pictures, image_ids)):
        return None
    return image_properties(pictures, image_ids)


class _Kept:
    """What is kept of one block of images, under a key that changes with their pixels."""

    def __init__(self, files: KeptFiles, key: str, images: int) -> None:
        self._files, self._key = files, key
        content = files.read(key)
        self.value = None if content is None else _read(content, images)

    def keep(self, value: FloatArray) -> None:
        """Keep ``value``; not on the disk where an image could not be read, as its file may come back."""
        self.value = value
        if not np.isnan(value).any():
            self._files.write(self._key, json.dumps(value.tolist()).encode())


def _read(content: bytes, images: int) -> FloatArray | None:
    try:
        value = np.array(json.loads(content), dtype=np.float64)
    except (ValueError, TypeError):
        return None
    return value if value.shape == (images, len(PROPERTIES)) else None


def _blocks(pictures: Pictures, image_ids: Sequence[str]) -> list[tuple[int, _Kept]]:
    files = KeptFiles(pictures.run.folder, "image_properties", ".json")
    blocks = []
    for start in range(0, len(image_ids), _TOGETHER):
        block = image_ids[start : start + _TOGETHER]
        contents = "\n".join(_content(pictures, image_id) for image_id in block)
        key = f"{_VERSION} {hashlib.sha256(contents.encode('utf-8', 'backslashreplace')).hexdigest()}"
        blocks.append((start, _Kept(files, key, len(block))))
    return blocks


def _content(pictures: Pictures, image_id: str) -> str:
    try:
        return pictures.content(image_id)
    except ImageError as error:
        return str(error)


def _measured(pictures: Pictures, image_ids: Sequence[str]) -> FloatArray:
    def measure(image_id: str) -> tuple[float, ...]:
        try:
            return properties_of(*pictures.reduced(image_id, _SIDE))
        except ImageError:
            return (np.nan,) * len(PROPERTIES)

    with ThreadPoolExecutor(_THREADS) as workers:
        return np.array(list(workers.map(measure, image_ids)), dtype=np.float64).reshape(-1, len(PROPERTIES))
