"""Every image of a run, decoded and split: what the fit reads and what the run folder records."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.contents import Judgement, judge, two_labels
from core.data.index import DataIndex, SkippedFile
from core.data.origin import index_of, source_of
from core.data.pixels import DecodedDataset, decode_dataset, leave_out
from core.data.records import subgroup_columns
from core.data.split import Leakage, assign_splits, find_leakage
from core.model.fit import Examples
from core.progress import Progress, ProgressLine
from core.runs.finding_tables import LABEL


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """Decoded images with the split of each, ``split`` (n,), and what was left out."""

    index: DataIndex
    decoded: DecodedDataset
    split: NDArray[np.object_]
    leakage: Leakage
    odd: dict[str, str]
    """image_id -> what is odd about a picture that is used all the same."""
    two_labels: tuple[tuple[str, ...], ...]
    """Groups of images with equal pixels and different labels."""

    @property
    def label(self) -> NDArray[np.int8]:
        return np.array([record.label for record in self.decoded.records], dtype=np.int8)

    @property
    def truth(self) -> NDArray[np.float32]:
        """The truth of each image for each of several findings, (n, k); NaN where it is unknown."""
        return np.array([record.truths for record in self.decoded.records], dtype=np.float32)

    @property
    def patient_id(self) -> NDArray[np.object_]:
        return np.array([record.patient_id for record in self.decoded.records], dtype=object)

    @property
    def skipped(self) -> tuple[SkippedFile, ...]:
        return self.index.skipped + self.decoded.skipped

    def examples(self, split: str) -> Examples:
        """The images of ``split``, for the fit."""
        member = self.split == split
        label = self.truth if self.index.findings else self.label
        return Examples(pixels=self.decoded.pixels, rows=self.decoded.rows[member], label=label[member])

    def records(self) -> pd.DataFrame:
        """One row an image, in the columns of ``records.parquet``."""
        columns = ("image_id", "path", "label", "patient_id")
        table = pd.DataFrame([{name: getattr(r, name) for name in columns} for r in self.decoded.records])
        table["split"] = self.split
        # A phantom is no file; what would stand here is the generator's key, not a hash.
        table["sha256"] = [None if self.index.root is None else r.sha256 for r in self.decoded.records]
        table["width"], table["height"] = self.decoded.width, self.decoded.height
        subgroups = pd.DataFrame(subgroup_columns(self.decoded.records), index=table.index, dtype=object)
        if self.index.findings:
            truth = {LABEL + name: own for name, own in zip(self.index.findings, self.truth.T, strict=True)}
            table = pd.concat([table.drop(columns="label"), pd.DataFrame(truth)], axis=1)
        return pd.concat([table, subgroups], axis=1)

    def fingerprint(self) -> str:
        """SHA-256 over the identity, content, label, patient and split of every image."""
        digest = hashlib.sha256()
        for record, split in sorted(zip(self.decoded.records, self.split, strict=True), key=lambda p: p[0].image_id):
            row = (record.image_id, record.sha256, record.label, record.patient_id, split, *record.truths)
            digest.update(repr(tuple(map(str, row))).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


def load_dataset(
    config: TrainConfig, out: Path, *, on_progress: Callable[[Progress], None] = lambda progress: None
) -> Dataset:
    """Index, decode (once, into the cache that all runs share) and split the images that ``config`` names.

    ``on_progress`` is told how many are decoded, from the calling thread.
    """
    index = index_of(config)
    progress = ProgressLine(label="decoding")

    def on_image(done: int, total: int) -> None:
        progress(done, total)
        on_progress(progress.at(done, total))

    decoded = decode_dataset(
        index.records,
        source_of(config),
        image_size=int(config.image_size or 0),
        cache=out / ".cache" / "pixels",
        progress=on_image,
    )
    progress.close()
    decoded, odd = without_odd(decoded, index.class_names, config.odd)
    records, pixel_sha256 = decoded.records, decoded.pixel_sha256
    patient_id = [record.patient_id for record in records]
    label = np.array([record.label for record in records], dtype=np.int8)
    given = np.array([record.split for record in records], dtype=object)
    split = assign_splits(label, patient_id, pixel_sha256, given, seed=config.seed)
    leakage = find_leakage([r.image_id for r in records], patient_id, pixel_sha256, list(split))
    return Dataset(
        index=index,
        decoded=decoded,
        split=split,
        leakage=leakage,
        odd=odd,
        two_labels=two_labels(records, pixel_sha256),
    )


def without_odd(
    decoded: DecodedDataset, class_names: tuple[str, str], choice: str
) -> tuple[DecodedDataset, dict[str, str]]:
    """Leave out what ``--odd`` says, with its reason, and tell what is odd about the rest."""
    sizes: dict[tuple[int, int], tuple[int, int]] = {}  # one object a size, however many images have it
    size = [sizes.setdefault(one, one) for one in zip(map(int, decoded.width), map(int, decoded.height), strict=True)]
    found: Judgement = judge(
        decoded.records, decoded.pixels, decoded.rows, size, class_names, decoded.kind, decoded.levels
    )
    if choice == "keep":
        return decoded, {**found.left_out, **found.said}
    left_out = {**found.left_out, **found.said} if choice == "drop" else found.left_out
    return leave_out(decoded, left_out), {} if choice == "drop" else found.said
