"""The embedded data set: synthetic paediatric chest radiographs, made on demand and always the same.

Nothing here is a real patient. Each picture depends on ``GENERATOR_VERSION``, the seed, the patient and the number of
the image alone, so it can be made again at any time, in any order and in any thread. The test images come from a
second, worse scanner (see ``phantom_scanner``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.decode import DecodedImage
from core.data.phantom_disease import subtlety_of
from core.data.phantom_render import GENERATOR_VERSION, Exposure, render, severity
from core.data.records import DataIndex, ImageRecord
from core.disk import refusal
from core.errors import DataError, ImageError
from core.tables.writing import csv_text

__all__ = ["GENERATOR_VERSION", "PhantomSource", "index_phantom", "opacity_mask", "write_phantom"]

CLASS_NAMES = ("NORMAL", "PNEUMONIA")
IMAGES = {
    ("train", None): 700,
    ("train", "bacteria"): 700,
    ("train", "virus"): 600,
    ("test", None): 210,
    ("test", "bacteria"): 160,
    ("test", "virus"): 130,
}
IMAGES_PER_PATIENT = {1: 0.45, 2: 0.25, 3: 0.15, 4: 0.1, 5: 0.05}
MASKS = "masks"

_NAME = re.compile(r"(train|test)/(NORMAL|PNEUMONIA)/phantom(\d+)_(normal|bacteria|virus)_(\d+)\.png")

_README = """SYNTHETIC chest phantoms. No real patient, no real radiograph. For software tests and demonstrations only.

Made by `python -m core phantom` (generator version {version}, seed {seed}).

train/, test/   8-bit gray PNG, one folder a class: {n} images of {patients} patients. test/ imitates another scanner.
masks/          the same names: white where an opacity was put. Images without pneumonia have none.
labels.csv      path, label, patient_id, split, and as subgroups subtype (bacteria, virus) and subtlety (subtle,
                moderate, obvious); it can be given to --labels.
"""


def index_phantom(seed: int = 0) -> DataIndex:
    """Every phantom of ``seed``, in the order of its path. The split is given as in the public data: train and test."""
    records = sorted((_record(exposure) for exposure in _exposures(seed)), key=lambda record: record.image_id)
    return DataIndex(
        name="phantom",
        root=None,
        class_names=CLASS_NAMES,
        records=tuple(records),
        skipped=(),
        layout=f"synthetic chest phantoms, generator version {GENERATOR_VERSION}, seed {seed}",
    )


@dataclass(frozen=True, slots=True)
class PhantomSource:
    """Makes the picture of a record when it is asked for; fit for many threads."""

    seed: int = 0

    def stamp(self, record: ImageRecord) -> str:
        """The key itself: it costs nothing."""
        return self.key(record)

    def key(self, record: ImageRecord) -> str:
        """What the picture depends on: generator version, seed and image id."""
        return f"phantom-{GENERATOR_VERSION}-{self.seed}-{record.image_id}"

    def read(self, record: ImageRecord, *, at_least: int | None = None) -> DecodedImage:  # noqa: ARG002
        """The picture at its full size. Raises ImageError for an image id that no phantom can have."""
        gray, _ = render(_exposure(record.image_id, self.seed))
        return DecodedImage(gray=gray, width=gray.shape[1], height=gray.shape[0])


def opacity_mask(image: ImageRecord | str, seed: int = 0) -> NDArray[np.bool_]:
    """Where the opacity of a phantom lies, at the full size of its picture (h, w); all False without pneumonia.

    ``image`` is a record or its image id. Raises ImageError for an id that no phantom can have.
    """
    image_id = image if isinstance(image, str) else image.image_id
    return render(_exposure(image_id, seed))[1]


def write_phantom(folder: Path, *, seed: int = 0, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the whole data set as files: pictures, masks, ``labels.csv`` and a README that says what it is.

    ``progress`` is told how many images are done, and of how many. Raises DataError when ``folder`` holds anything
    already, or cannot be written.
    """
    records = index_phantom(seed).records
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise DataError(f"{folder}: not empty; name a new or an empty folder for the phantoms")
        for parent in sorted({PurePosixPath(record.image_id).parent for record in records}):
            (folder / parent).mkdir(parents=True)
            (folder / MASKS / parent).mkdir(parents=True)
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            written = workers.map(lambda record: _write_image(folder, record, seed), records)
            for done, _ in enumerate(written, start=1):
                if progress is not None:
                    progress(done, len(records))
        _write_labels(folder / "labels.csv", records)
        patients = len({record.patient_id for record in records})
        readme = _README.format(version=GENERATOR_VERSION, seed=seed, n=len(records), patients=patients)
        (folder / "README.txt").write_text(readme, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{folder}: phantoms cannot be written there ({refusal(error)})") from error


def _exposures(seed: int) -> Iterator[Exposure]:
    """The plan of the data set: patients with several images until every group of ``IMAGES`` is full."""
    rng = np.random.default_rng([GENERATOR_VERSION, seed, *b"plan"])
    groups = []
    for (split, cause), wanted in IMAGES.items():
        while wanted:
            images = min(int(rng.choice([*IMAGES_PER_PATIENT], p=[*IMAGES_PER_PATIENT.values()])), wanted)
            groups.append((split, cause, images))
            wanted -= images
    # The order is shuffled so that a patient's number says nothing about split or disease.
    for patient, group in enumerate(rng.permutation(len(groups)), start=1):
        split, cause, images = groups[group]
        for image in range(1, images + 1):
            yield Exposure(seed=seed, split=split, patient=patient, image=image, cause=cause)


def _record(exposure: Exposure) -> ImageRecord:
    patient_id = f"phantom{exposure.patient:04d}"
    label = int(exposure.cause is not None)
    name = f"{patient_id}_{exposure.cause or 'normal'}_{exposure.image}.png"
    return ImageRecord(
        image_id=f"{exposure.split}/{CLASS_NAMES[label]}/{name}",
        path=None,
        label=label,
        patient_id=patient_id,
        split=exposure.split,
        sha256=None,
        subgroups={"subtype": exposure.cause, "subtlety": subtlety_of(severity(exposure)) if label else None},
    )


def _exposure(image_id: str, seed: int) -> Exposure:
    """The reverse of :func:`_record`."""
    found = _NAME.fullmatch(image_id)
    if found is None or (found[2] == "NORMAL") != (found[4] == "normal"):
        raise ImageError("no phantom has this image id; they look like train/NORMAL/phantom0001_normal_1.png")
    cause = None if found[4] == "normal" else found[4]
    return Exposure(seed=seed, split=found[1], patient=int(found[3]), image=int(found[5]), cause=cause)


def _write_image(folder: Path, record: ImageRecord, seed: int) -> None:
    gray, mask = render(_exposure(record.image_id, seed))
    _write_png(folder / record.image_id, gray)
    if record.label:
        _write_png(folder / MASKS / record.image_id, 255 * mask.astype(np.uint8))


def _write_png(path: Path, gray: NDArray[np.uint8]) -> None:
    _, encoded = cv2.imencode(".png", gray)
    path.write_bytes(encoded.tobytes())


def _write_labels(path: Path, records: tuple[ImageRecord, ...]) -> None:
    columns = ("path", "label", "patient_id", "split", "subtype", "subtlety")
    rows = (
        (r.image_id, CLASS_NAMES[r.label or 0], r.patient_id, r.split, r.subgroups["subtype"], r.subgroups["subtlety"])
        for r in records
    )
    path.write_text(csv_text(columns, rows), encoding="utf-8", newline="")
