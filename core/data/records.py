"""What a data folder holds, as plain records: the types that the rest of ``core.data`` passes around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageRecord:
    """One image that may be used: where it lies, its label, its patient, and what the data set says about it."""

    image_id: str
    """The path relative to the data folder, with ``/``; unique in a run."""
    path: str | None
    """As ``image_id`` for a file; None for a phantom."""
    label: int
    """1 for the positive class, 0 for the negative one."""
    patient_id: str
    split: str | None = None
    """``train`` (only: not test), ``validation`` or ``test`` where the data set gives it, else None."""
    sha256: str | None = None
    """The content key, filled in when the image is decoded."""
    subgroups: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class SkippedFile:
    """A file, folder or row that is not used, and why."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataIndex:
    """Everything that was found in a data folder, before any image is decoded."""

    name: str
    root: Path | None
    """None for the embedded phantoms."""
    class_names: tuple[str, str]
    """Negative, positive."""
    records: tuple[ImageRecord, ...]
    skipped: tuple[SkippedFile, ...]
    layout: str
    """What was recognised, in words for people."""
    changed: tuple[str, ...] = ()
    """What was read otherwise than it stands in the table of labels, a line a kind."""
