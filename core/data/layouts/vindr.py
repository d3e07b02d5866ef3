"""VinDr-CXR (Nguyen et al., Scientific Data 2022) and VinDr-PCXR (Pham et al. 2022), whose images several people read.

As described at https://physionet.org/content/vindr-cxr/1.0.0/ and https://physionet.org/content/vindr-pcxr/1.0.0/:
``image_labels_train.csv`` has ``image_id, rad_ID`` and a column of 0 and 1 for each finding, a row a reader (three of
seventeen an image in VinDr-CXR), ``image_labels_test.csv`` has a row an image, agreed upon, without ``rad_ID``;
``annotations_train.csv`` has ``image_id, rad_ID, class_name`` and a box, a row a box, so that a reader has several rows
of an image. Here most readers of an image decide, and where as many say one as the other nobody knows. Images are
``train/IMAGE_ID.dicom``; the patients are not told.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from core.data.layouts.layout import Asked, Column, Images, Layout, first_rows, numerals, rows_of, texts
from core.tables.sheet import Sheet

_READERS = ("rad_ID", "rad_id")
_HEALTHY = "no finding"
_NOT_FINDINGS = {"image_id", "class_name", "class_id", "x_min", "y_min", "x_max", "y_max", "", *_READERS}


def _recognised(header: Collection[str]) -> bool:
    if "image_id" not in header:
        return False
    plain = {name.casefold() for name in header}
    return ("class_name" in plain and "rad_id" in plain) or _HEALTHY in plain


def _findings(sheet: Sheet) -> list[str]:
    if sheet.has("class_name"):
        return [name for name in dict.fromkeys(sheet.text("class_name")) if name and name.casefold() != _HEALTHY]
    return [name for name in sheet.columns if name not in _NOT_FINDINGS and name.casefold() != _HEALTHY]


def _read(sheet: Sheet, finding: str, asked: Asked) -> Images:  # noqa: ARG001
    images, first, of = first_rows(sheet.ids("image_id"))
    reader = next((sheet.text(name) for name in _READERS if sheet.has(name)), texts([""] * sheet.rows))
    if sheet.has("class_name"):
        says = [float(name == finding) for name in sheet.text("class_name")]
    else:
        says = [np.nan if value not in (0.0, 1.0) else float(value) for value in numerals(sheet.text(finding))]
    label, split = _decided(of, reader, says, len(images))
    votes = int((split == "several").sum())
    said = [f"images whose readers disagree, so that most of them decide, or nobody: {votes:,}"] if votes else []
    return Images(path=images, label=label, row=rows_of(sheet)[first], said=said)


def _decided(of: np.ndarray, reader: Column, says: list[float], images: int) -> tuple[Column, Column]:
    """The label of each image by most of its readers, and where they disagree. One who marks it once has seen it."""
    votes: list[dict[str, float]] = [{} for _ in range(images)]
    for place, who, value in zip(of, reader, says, strict=True):
        if value == value:
            votes[place][who] = max(votes[place].get(who, 0.0), value)
    share = [sum(own.values()) / len(own) if own else 0.5 for own in votes]
    label = texts("" if own == 0.5 else str(int(own > 0.5)) for own in share)
    return label, texts("several" if 0 < own < 1 and len(votes[i]) > 1 else "" for i, own in enumerate(share))


VINDR = Layout(name="VinDr", recognised=_recognised, findings=_findings, read=_read, by_name=True)
