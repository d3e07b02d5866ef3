"""The embedded data set: synthetic paediatric chest radiographs, made on demand and always the same.

Nothing here is a real patient. Each picture depends on ``GENERATOR_VERSION``, the seed, the patient and the number of
the image alone, so it can be made again at any time, in any order and in any thread. The test images come from a
second, worse scanner (see ``phantom_scanner``). Where effusions are asked for, some patients have one as well; all else
in the pictures stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.data.decode import DecodedImage
from core.data.phantom_disease import subtlety_of
from core.data.phantom_effusion import extent_of
from core.data.phantom_render import (
    EFFUSION,
    GENERATOR_VERSION,
    PNEUMONIA,
    Exposure,
    amount,
    has_effusion,
    render,
    severity,
    side,
)
from core.data.records import DataIndex, ImageRecord
from core.data.several_labels import ANY, NONE
from core.errors import ImageError

__all__ = ["GENERATOR_VERSION", "PhantomSource", "index_phantom", "opacity_mask", "picture_and_masks"]

CLASS_NAMES = ("NORMAL", PNEUMONIA)
IMAGES = {
    ("train", None): 700,
    ("train", "bacteria"): 700,
    ("train", "virus"): 600,
    ("test", None): 210,
    ("test", "bacteria"): 160,
    ("test", "virus"): 130,
}
IMAGES_PER_PATIENT = {1: 0.45, 2: 0.25, 3: 0.15, 4: 0.1, 5: 0.05}

_NAME = re.compile(r"(train|test)/(?:(NORMAL|PNEUMONIA)/)?phantom(\d+)_(normal|bacteria|virus)(_effusion)?_(\d+)\.png")


def index_phantom(seed: int = 0, *, findings: Sequence[str] = (PNEUMONIA,)) -> DataIndex:
    """Every phantom of ``seed``, in the order of its path. The split is given as in the public data: train and test.

    ``findings`` are some of ``core.config.EMBEDDED_FINDINGS``, by each of which the images are labelled. Effusions are
    drawn where EFFUSION is one of them; all other pixels are those of the set without.
    """
    fluid = EFFUSION in findings
    records = sorted((_record(one, findings) for one in _exposures(seed, fluid)), key=lambda record: record.image_id)
    several, kind = len(findings) > 1, f" with {' and '.join(findings).lower()}" if fluid else ""
    return DataIndex(
        name="phantom",
        root=None,
        class_names=(NONE, ANY) if several else (f"no {EFFUSION}", EFFUSION) if fluid else CLASS_NAMES,
        records=tuple(records),
        skipped=(),
        layout=f"synthetic chest phantoms{kind}, generator version {GENERATOR_VERSION}, seed {seed}",
        findings=tuple(findings) if several else (),
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
        gray, _ = picture_and_masks(record.image_id, self.seed)
        return DecodedImage(gray=gray, width=gray.shape[1], height=gray.shape[0])


def opacity_mask(image: ImageRecord | str, seed: int = 0, *, finding: str = PNEUMONIA) -> NDArray[np.bool_]:
    """Where the opacity of ``finding`` lies in a phantom, at the full size of its picture (h, w); all False
    without it, or where the picture ends before it.

    ``image`` is a record or its image id. Raises ImageError for an id that no phantom can have, KeyError for a finding
    that they do not know.
    """
    image_id = image if isinstance(image, str) else image.image_id
    return picture_and_masks(image_id, seed)[1][finding]


def picture_and_masks(image_id: str, seed: int = 0) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.bool_]]]:
    """A phantom (h, w) and the opacities of each finding in it, (h, w) by name. Raises ImageError."""
    return render(_exposure(image_id, seed))


def _exposures(seed: int, fluid: bool) -> Iterator[Exposure]:
    """The plan of the data set: patients with several images until every group of ``IMAGES`` is full; with ``fluid``,
    some of them have an effusion."""
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
            one = Exposure(seed=seed, split=split, patient=patient, image=image, cause=cause)
            yield replace(one, effusion=fluid and has_effusion(one))


def _record(exposure: Exposure, findings: Sequence[str]) -> ImageRecord:
    """Folders tell the class, as in the public data, where pneumonia alone is asked for."""
    patient_id, fluid = f"phantom{exposure.patient:04d}", EFFUSION in findings
    truth = {PNEUMONIA: int(exposure.cause is not None), EFFUSION: int(exposure.effusion)}
    folder = exposure.split if fluid else f"{exposure.split}/{CLASS_NAMES[truth[PNEUMONIA]]}"
    shown = (exposure.cause or "normal") + ("_effusion" if exposure.effusion else "")
    subgroups = {"subtype": exposure.cause, "subtlety": subtlety_of(severity(exposure)) if exposure.cause else None}
    if fluid:
        subgroups["effusion_side"] = side(exposure) if exposure.effusion else None
        subgroups["effusion_extent"] = extent_of(amount(exposure)) if exposure.effusion else None
    return ImageRecord(
        image_id=f"{folder}/{patient_id}_{shown}_{exposure.image}.png",
        path=None,
        label=max(truth[finding] for finding in findings),
        patient_id=patient_id,
        split=exposure.split,
        sha256=None,
        subgroups=subgroups,
        truths=tuple(truth[finding] for finding in findings) if len(findings) > 1 else (),
    )


def _exposure(image_id: str, seed: int) -> Exposure:
    """The reverse of :func:`_record`."""
    found = _NAME.fullmatch(image_id)
    folder = None if found is None else found[2]
    if found is None or (folder and ((folder == "NORMAL") != (found[4] == "normal") or found[5])):
        raise ImageError("no phantom has this image id; they look like train/NORMAL/phantom0001_normal_1.png")
    cause = None if found[4] == "normal" else found[4]
    return Exposure(
        seed=seed, split=found[1], patient=int(found[3]), image=int(found[6]), cause=cause, effusion=bool(found[5])
    )
