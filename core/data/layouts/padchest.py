"""PadChest (Bustos et al., Medical Image Analysis 2020): ``PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv``.

Columns as described at https://bimcv.cipf.es/bimcv-projects/padchest/ and https://arxiv.org/abs/1901.07441: ``ImageID,
ImageDir, StudyDate_DICOM, StudyID, PatientID, PatientBirth, PatientSex_DICOM, ..., Projection, ..., Labels, ...``.
``Labels`` is a list in Python's spelling, ``['pneumonia', 'pleural effusion']`` or ``['normal']``; ``Projection`` is
PA, AP, AP_horizontal, L (lateral), COSTAL or EXCLUDE; the birth is a year. Images lie in the folders ``0`` to ``54``,
which ``ImageDir`` names, or together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.data.layouts.layout import Asked, Images, Layout, having, numerals, rows_of, texts
from core.tables.sheet import Sheet

_LABEL = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NOT_FINDINGS = {"normal", "exclude", "unchanged", "suboptimal study", ""}
_VIEWS = {"PA": "frontal", "AP": "frontal", "AP_HORIZONTAL": "frontal", "L": "lateral"}


def _listed(cell: str) -> set[str]:
    return {(one or other).strip().casefold() for one, other in _LABEL.findall(cell)}


def _findings(sheet: Sheet) -> Iterator[str]:
    named = (name for cell in dict.fromkeys(sheet.text("Labels")) for name in sorted(_listed(cell)))
    return (name for name in dict.fromkeys(named) if name not in _NOT_FINDINGS)


def _read(sheet: Sheet, finding: str, asked: Asked) -> Images:  # noqa: ARG001
    listed = [_listed(cell) for cell in sheet.text("Labels")]
    projection = [cell.strip().upper() for cell in sheet.text("Projection")]
    excluded = [where == "EXCLUDE" or "exclude" in names for where, names in zip(projection, listed, strict=True)]
    known = [bool(names) and not out for names, out in zip(listed, excluded, strict=True)]
    return Images(
        path=sheet.text("ImageID"),
        label=texts(str(int(finding in names)) if said else "" for names, said in zip(listed, known, strict=True)),
        row=rows_of(sheet),
        patient_id=sheet.owners("PatientID")[0],
        view=texts(_VIEWS.get(where, where.casefold()) for where in projection),
        age=_ages(sheet),
        subgroups={"sex": sheet.text("PatientSex_DICOM")} if sheet.has("PatientSex_DICOM") else {},
        said=[f"images that the authors exclude: {sum(excluded):,}"] if any(excluded) else [],
    )


def _ages(sheet: Sheet) -> NDArray[np.float64]:
    """The year of the study less that of the birth: at most one too many."""
    studies = numerals(cell[:4] for cell in sheet.text("StudyDate_DICOM"))
    births = numerals(sheet.text("PatientBirth"))
    return np.array(
        [
            np.nan if study is None or birth is None else study - birth
            for study, birth in zip(studies, births, strict=True)
        ],
        dtype=np.float64,
    )


PADCHEST = Layout(
    name="PadChest",
    recognised=having("ImageID", "StudyDate_DICOM", "PatientID", "PatientBirth", "Projection", "Labels"),
    findings=_findings,
    read=_read,
    by_name=True,
)
