"""The embedded data set as files, for other programs: pictures, masks, a table of labels and what it all is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.labels import LABEL_OF
from core.data.phantom import GENERATOR_VERSION, index_phantom, picture_and_masks
from core.data.phantom_render import PNEUMONIA
from core.data.records import DataIndex, ImageRecord
from core.disk import refusal
from core.errors import DataError
from core.tables.writing import csv_text

MASKS = "masks"

_HEAD = """SYNTHETIC chest phantoms. No real patient, no real radiograph. For software tests and demonstrations only.

"""
_README = """Made by `python -m core phantom` (generator version {version}, seed {seed}).

train/, test/   8-bit gray PNG, one folder a class: {n} images of {patients} patients. test/ imitates another scanner.
masks/          the same names: white where an opacity was put. Images without pneumonia have none.
labels.csv      path, label, patient_id, split, and as subgroups subtype (bacteria, virus) and subtlety (subtle,
                moderate, obvious); it can be given to --labels.
"""
_README_OF_FINDINGS = """Made by `python -m core phantom --positive-class {findings}`
(generator version {version}, seed {seed}).

train/, test/   8-bit gray PNG: {n} images of {patients} patients. test/ imitates another scanner.
masks/FINDING/  the same names: white where that finding is seen. Images without it have none.
labels.csv      path, {labels}, patient_id, split, and as subgroups subtype (bacteria, virus) and
                subtlety (subtle, moderate, obvious) of pneumonia, effusion_side (right, left, both
                sides) and effusion_extent (small, moderate, large effusion); it must be given to --labels.
"""


def write_phantom(
    folder: Path,
    *,
    seed: int = 0,
    findings: Sequence[str] = (PNEUMONIA,),
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write the whole data set as files: pictures, masks, ``labels.csv`` and a README that says what it is.

    ``findings`` as :func:`core.data.phantom.index_phantom` has them. ``progress`` is told how many images are done, and
    of how many. Raises DataError when ``folder`` holds anything already, or cannot be written.
    """
    index = index_phantom(seed, findings=findings)
    masks = {name: Path(MASKS) if tuple(findings) == (PNEUMONIA,) else Path(MASKS, name) for name in findings}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise DataError(f"{folder}: not empty; name a new or an empty folder for the phantoms")
        for parent in sorted({PurePosixPath(record.image_id).parent for record in index.records}):
            for place in (folder, *(folder / own for own in masks.values())):
                (place / parent).mkdir(parents=True)
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            written = workers.map(lambda record: _write_image(folder, masks, record, seed), index.records)
            for done, _ in enumerate(written, start=1):
                if progress is not None:
                    progress(done, len(index.records))
        columns = _labels(index)
        (folder / "labels.csv").write_text(
            csv_text([*columns], zip(*columns.values(), strict=True)), encoding="utf-8", newline=""
        )
        (folder / "README.txt").write_text(_readme(index, findings, seed), encoding="utf-8")
    except OSError as error:
        raise DataError(f"{folder}: phantoms cannot be written there ({refusal(error)})") from error


def _write_image(folder: Path, masks: Mapping[str, Path], record: ImageRecord, seed: int) -> None:
    gray, seen = picture_and_masks(record.image_id, seed)
    _write_png(folder / record.image_id, gray)
    for (finding, place), truth in zip(masks.items(), record.truths or (record.label,), strict=True):
        if truth:
            _write_png(folder / place / record.image_id, 255 * seen[finding].astype(np.uint8))


def _write_png(path: Path, gray: NDArray[np.uint8]) -> None:
    _, encoded = cv2.imencode(".png", gray)
    path.write_bytes(encoded.tobytes())


def _labels(index: DataIndex) -> dict[str, list[Any]]:
    """The columns of ``labels.csv``, as ``--labels`` reads them."""
    records = index.records
    labels = {LABEL_OF + name: [r.truths[place] for r in records] for place, name in enumerate(index.findings)}
    return {
        "path": [r.image_id for r in records],
        **(labels or {"label": [index.class_names[r.label or 0] for r in records]}),
        "patient_id": [r.patient_id for r in records],
        "split": [r.split for r in records],
        **{name: [r.subgroups[name] for r in records] for name in records[0].subgroups},
    }


def _readme(index: DataIndex, findings: Sequence[str], seed: int) -> str:
    text = _README if tuple(findings) == (PNEUMONIA,) else _README_OF_FINDINGS
    return _HEAD + text.format(
        version=GENERATOR_VERSION,
        seed=seed,
        n=len(index.records),
        patients=len({record.patient_id for record in index.records}),
        findings=",".join(findings),
        labels=", ".join(LABEL_OF + name for name in index.findings) or "label",
    )
