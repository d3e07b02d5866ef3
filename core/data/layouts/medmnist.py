"""MedMNIST (Yang et al., Scientific Data 2023): one ``.npz`` with the pictures of all splits, unpacked into files.

As described at https://medmnist.com and https://github.com/MedMNIST/MedMNIST: ``train_images``, ``val_images`` and
``test_images`` are uint8 (n, h, w) in grey, ``train_labels`` and so on integers (n, 1), or (n, 14) of 0 and 1 in
ChestMNIST, whose columns are :data:`CHEST` in this order. In PneumoniaMNIST 1 is pneumonia, in children; its pictures
are those of the public paediatric set, so that a network that was fitted on that one has seen them. Patients are not
told.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.disk import refusal
from core.errors import ConfigError, DataError
from core.tables.writing import csv_text

LABELS = "labels.csv"
CHEST = (
    "atelectasis",
    "cardiomegaly",
    "effusion",
    "infiltration",
    "mass",
    "nodule",
    "pneumonia",
    "pneumothorax",
    "consolidation",
    "edema",
    "emphysema",
    "fibrosis",
    "pleural",
    "hernia",
)
_SPLITS = {"train": "train", "val": "validation", "test": "test"}


def unpack(
    file: Path, folder: Path, *, finding: str | None = None, progress: Callable[[int, int], None] | None = None
) -> int:
    """Write every picture of ``file`` as PNG into ``folder``, which must be new or empty, and ``labels.csv`` for
    ``--labels`` with path, label and split; returns how many.

    ``finding`` names the column of ChestMNIST. ``progress`` is told how many are written, of how many. Raises DataError
    for a file that is none of MedMNIST's, or whose pictures are in colour or volumes, ConfigError for a finding that is
    not there or a folder that is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: is there already and not empty; name a new folder")
    splits = {split: _split(file, split) for split in _SPLITS}
    chosen = {split: _column(file, labels, finding) for split, (_, labels) in splits.items()}
    total = sum(len(images) for images, _ in splits.values())
    rows: list[tuple[str, str, str]] = []
    try:
        for split, (images, _) in splits.items():
            (folder / split).mkdir(parents=True)
            for number, (picture, label) in enumerate(zip(images, chosen[split], strict=True)):
                path = f"{split}/{number:06d}.png"
                _, encoded = cv2.imencode(".png", picture)
                (folder / path).write_bytes(encoded.tobytes())
                rows.append((path, str(int(label)), _SPLITS[split]))
                if progress is not None:
                    progress(len(rows), total)
        text = csv_text(("path", "label", "split"), rows)
        (folder / LABELS).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise DataError(f"{error.filename or folder}: cannot be written ({refusal(error)})") from error
    return total


def _split(file: Path, split: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The pictures (n, h, w) and the labels (n, columns) of one split; an archive without pickled objects is read."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
    except KeyError as error:
        raise DataError(f"{file}: has no {split}_images and {split}_labels, so it is no file of MedMNIST") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{file}: cannot be read as .npz ({type(error).__name__})") from error
    if images.ndim != 3 or images.dtype != np.uint8:
        raise DataError(
            f"{file}: {split}_images are {images.dtype} {images.shape}; grey pictures, uint8 (n, h, w), are read"
        )
    if len(labels) != len(images) or labels.dtype.kind not in "iu":
        raise DataError(f"{file}: {split}_labels do not fit its {len(images):,} pictures")
    return images, labels.reshape(len(labels), -1).astype(np.int64)


def _column(file: Path, labels: NDArray[np.int64], finding: str | None) -> Iterator[int]:
    """The label of each picture, of the finding that is asked for where there are several."""
    if labels.shape[1] == 1:
        if finding is not None:
            raise ConfigError(f"--finding {finding}: {file.name} has one column of labels; leave it out")
        return iter(labels[:, 0].tolist())
    if labels.shape[1] != len(CHEST):
        raise DataError(f"{file}: has {labels.shape[1]} columns of labels, of which no names are known")
    if (finding or "").casefold() not in CHEST:
        raise ConfigError(f"{file.name} tells of {', '.join(CHEST)}: say which by --finding NAME")
    return iter(labels[:, CHEST.index((finding or "").casefold())].tolist())
