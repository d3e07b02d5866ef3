"""What decoded pictures show: blank ones, masks, and what is odd about them. Judged on the squares, in no second pass.

Left out by ``judge`` is what is surely no radiograph: a blank picture, and a mask, which two things must say: it is
black and white, and it lies beside a picture of the same name, or in a folder that is called after masks. All else is
only said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.decode import to_square
from core.data.records import ImageRecord

BLANK = "blank: every pixel has the same grey level"
MASK = "a mask: black and white, beside the picture that it belongs to"
TWO_VALUED = "black and white alone, as masks are"
NO_CONTRAST = "nearly no contrast: within 16 of 256 grey levels (12-bit values in a 16-bit file are read as dark)"
FEW_LEVELS = "16 grey levels or fewer"
UNLIKE = "unlike nearly all others: inverted, turned on its side, or of something else"
OTHER_SIZE = "of another size than nearly all others"
DARK = {
    16: "dark: no picture has a grey level above 16 of 255, as 12-bit values in 16-bit files have",
    64: "dark: no picture has a grey level above 64 of 255, as 14-bit values in 16-bit files have",
}
"""Of all pictures together, by the highest grey level of any."""
OTHER_KIND = "{0}, whereas nearly all others are {1}"

MASK_FOLDER = re.compile(r"(?:lung|ground)?[ _-]?(?:masks?|seg|segmentations?|truth|annotations?|gt)", re.IGNORECASE)
_MASK_ENDING = re.compile(r"[ _-](?:mask|seg|segmentation|label|gt)$", re.IGNORECASE)
_SPLITS = {"train", "val", "valid", "validation", "test"}
_FEW, _NEAR = 16, 8
_LARGEST_MINORITY = 0.02
_FEWEST_ALIKE, _SHRUNK, _ALIKE, _UNLIKE = 30, 16, 0.6, 0.1
"""So many pictures, shrunk to so many pixels a side, are alike where half of them correlate so much with the middle one
of all; one that correlates less than the last is unlike them. In the public data none does less than 0.27."""
_MIDDLE_OF = 2_000
"""So many pictures, evenly spaced, make the middle one."""
_FEWEST = 10
"""Pictures from which on something is said of all together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What is to be left out, and what is said of the rest: image_id -> reason."""

    left_out: dict[str, str]
    said: dict[str, str]


def judge(
    records: Sequence[ImageRecord],
    pixels: NDArray[np.uint8],
    rows: NDArray[np.int64],
    size: Sequence[tuple[int, int]],
    class_names: tuple[str, str],
    kind: Sequence[str] = (),
    levels: Sequence[int] = (),
) -> Judgement:
    """Look at every picture (``pixels[rows[i]]`` is that of ``records[i]``, its file of ``size[i]`` and ``kind[i]``,
    with ``levels[i]`` grey levels before it was shrunk) and at all of them together."""
    looks = [oddity(pixels[row], count) for row, count in zip(rows, levels or [256] * len(rows), strict=True)]
    dark = _dark(pixels, rows)
    masks = _masks(records, looks, {name.casefold() for name in class_names} | _SPLITS)
    left_out: dict[str, str] = {}
    said: dict[str, str] = {}
    unlike = _unlike(pixels, rows)
    other_size, other_kind = _minority(size), _minority(kind or [""] * len(records))
    for i, (record, look) in enumerate(zip(records, looks, strict=True)):
        if i in masks:
            left_out[record.image_id] = MASK
        elif look == BLANK:
            left_out[record.image_id] = BLANK
        elif dark or look is not None:
            said[record.image_id] = dark or look or ""
        elif unlike[i]:
            said[record.image_id] = UNLIKE
        elif i in other_kind:
            said[record.image_id] = OTHER_KIND.format(*other_kind[i])
        elif i in other_size:
            said[record.image_id] = OTHER_SIZE
    return Judgement(left_out=left_out, said=said)


def _dark(pixels: NDArray[np.uint8], rows: NDArray[np.int64]) -> str:
    """Why all pictures together are dark; empty where they are not, or too few to tell."""
    highest = max((int(pixels[row].max()) for row in rows), default=255)
    if len(rows) < _FEWEST:
        return ""
    return next((reason for level, reason in DARK.items() if 0 < highest <= level), "")


def _unlike(pixels: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of n pictures are unlike nearly all others, by their correlation with the picture of all medians."""
    if len(rows) < _FEWEST_ALIKE:
        return np.zeros(len(rows), dtype=np.bool_)
    some = rows[:: -(-len(rows) // _MIDDLE_OF)]
    middle = np.median([to_square(pixels[row], _SHRUNK).ravel() for row in some], axis=0)
    # Shrunk once more, one by one: what is held does not grow with the pictures.
    correlation = np.fromiter((_correlation(to_square(pixels[row], _SHRUNK).ravel(), middle) for row in rows), float)
    alike = float(np.median(correlation)) >= _ALIKE
    return np.asarray(alike & (correlation < _UNLIKE), dtype=np.bool_)


def _correlation(a: NDArray[np.uint8], b: NDArray[np.float64]) -> float:
    """Pearson's, of two pictures; 1 where one of them is blank, of which nothing can be told."""
    x, y = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / spread if spread else 1.0


def _minority(values: Sequence[Any]) -> dict[int, tuple[Any, Any]]:
    """The positions of the few of n values that are unlike nearly all others: (own, usual); empty without such."""
    if len(values) < _FEWEST:
        return {}
    usual, count = Counter(values).most_common(1)[0]
    if len(values) - count > max(1, _LARGEST_MINORITY * len(values)):
        return {}
    return {i: (own, usual) for i, own in enumerate(values) if own != usual}


def two_labels(records: Sequence[ImageRecord], pixel_sha256: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of images with equal pixels and different labels, each sorted; empty without any."""
    groups: dict[str, list[ImageRecord]] = {}
    for record, digest in zip(records, pixel_sha256, strict=True):
        groups.setdefault(digest, []).append(record)
    mixed = [group for group in groups.values() if len({record.label for record in group}) > 1]
    return tuple(sorted(tuple(sorted(record.image_id for record in group)) for group in mixed))


def oddity(square: NDArray[np.uint8], levels: int = 256) -> str | None:
    """What is odd about one picture, shape (size, size), that had so many grey ``levels`` before it was shrunk; None
    where nothing is."""
    count = np.bincount(square.ravel(), minlength=256)
    shades = np.flatnonzero(count)
    low, high = int(shades[0]), int(shades[-1])
    if low == high:
        return BLANK
    if levels == 2:
        return TWO_VALUED
    share = np.cumsum(count) / square.size
    # Shrinking made grey of what lay between black and white.
    dark, bright = count[low : low + _NEAR].sum() / square.size, count[high - _NEAR + 1 : high + 1].sum() / square.size
    if high - low >= 64 and dark + bright >= 0.8 and min(dark, bright) > 0.002:
        return TWO_VALUED
    if np.searchsorted(share, 0.99) - np.searchsorted(share, 0.01) < _FEW:
        return NO_CONTRAST
    return FEW_LEVELS if min(levels, len(shades)) <= _FEW else None


def _masks(records: Sequence[ImageRecord], looks: Sequence[str | None], shared: set[str]) -> set[int]:
    """The positions of the blank and two-valued pictures that lie where masks lie: beside the picture of their name, or
    in a folder that is called after masks and has pictures beside it."""
    suspects = [i for i, look in enumerate(looks) if look in (BLANK, TWO_VALUED)]
    wanted = {key for i in suspects for key in (*_places(records[i], shared), _own_place(records[i]))}
    found = {
        key
        for record, look in zip(records, looks, strict=True)
        if wanted and look not in (BLANK, TWO_VALUED)
        for key in (*_places(record, shared), *_as_parent(record), _own_place(record))
        if key in wanted
    }
    return {i for i in suspects if _is_mask(records[i], found, shared)}


def _is_mask(record: ImageRecord, pictures: set[tuple[object, ...]], shared: set[str]) -> bool:
    path = PurePosixPath(record.image_id)
    in_folder = any(MASK_FOLDER.fullmatch(part) for part in path.parts[:-1] if part.casefold() not in shared)
    beside = {kind for kind, *_ in pictures.intersection(_places(record, shared))}
    if in_folder and "folder" in beside:
        return True
    return "name" in beside or (bool(_MASK_ENDING.search(path.stem)) and _own_place(record) in pictures)


def _places(record: ImageRecord, shared: set[str]) -> Iterator[tuple[object, ...]]:
    """Where a picture of the same name, and any picture, would lie in a sibling folder: without each one folder."""
    path = PurePosixPath(record.image_id)
    stem, folders = _MASK_ENDING.sub("", path.stem), path.parts[:-1]
    for at, name in enumerate(folders):
        if name.casefold() not in shared:
            rest = (*folders[:at], *folders[at + 1 :])
            yield ("name", record.label, record.split, at, rest, stem)
            yield ("folder", record.label, record.split, at, rest)


def _as_parent(record: ImageRecord) -> Iterator[tuple[object, ...]]:
    """The places of a picture whose masks lie in a folder inside its own."""
    path = PurePosixPath(record.image_id)
    folders = path.parts[:-1]
    yield ("name", record.label, record.split, len(folders), folders, path.stem)
    yield ("folder", record.label, record.split, len(folders), folders)


def _own_place(record: ImageRecord) -> tuple[object, ...]:
    path = PurePosixPath(record.image_id)
    return ("own", record.label, path.parts[:-1], _MASK_ENDING.sub("", path.stem))
