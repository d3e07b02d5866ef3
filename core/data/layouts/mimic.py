"""MIMIC-CXR-JPG (Johnson et al. 2019): ``mimic-cxr-2.0.0-chexpert.csv`` or ``-negbio.csv``, with their neighbours.

As described at https://physionet.org/content/mimic-cxr-jpg/2.1.0/: a row of labels is a study (``subject_id, study_id``
and the findings), and the images of a study are rows of ``...-metadata.csv`` beside it (``dicom_id, subject_id,
study_id, ..., ViewPosition``); ``...-split.csv`` gives the split of each. An image lies at
``files/p10/p10000032/s50414267/DICOM_ID.jpg``. Files may be packed (``.csv.gz``). Ages are not told. The values are
told in :mod:`core.data.layouts.four_values`.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from core.data.layouts.four_values import findings, labels
from core.data.layouts.layout import Asked, Images, Layout, having, rows_of, texts
from core.errors import DataError
from core.tables.reading import read_sheet
from core.tables.sheet import Sheet

_SIDEWAYS = {"LATERAL", "LL", "RL", "LLD", "RLD", "LEFT LATERAL", "RIGHT LATERAL", "XTABLE LATERAL"}
_FRONTAL = {"PA", "AP", "PA LLD", "PA RLD", "AP LLD", "AP RLD", "AP AXIAL"}


def _read(sheet: Sheet, finding: str, asked: Asked) -> Images:  # noqa: ARG001
    label, said = labels(sheet, finding)
    studies = dict(zip(sheet.ids("study_id"), zip(label, rows_of(sheet), strict=True), strict=True))
    beside = _beside(sheet.file, "metadata")
    if beside is None:
        raise DataError(
            f"{sheet.file}: MIMIC-CXR-JPG names the images of a study in ...-metadata.csv; put it beside this file"
        )
    split_of = (
        {}
        if (splits := _beside(sheet.file, "split")) is None
        else dict(zip(splits.ids("dicom_id"), splits.text("split"), strict=True))
    )
    found = [
        (dicom, subject, study, view)
        for dicom, subject, study, view in zip(
            beside.ids("dicom_id"),
            beside.ids("subject_id"),
            beside.ids("study_id"),
            beside.text("ViewPosition"),
            strict=True,
        )
        if study in studies
    ]
    rows = texts(studies[study][1] for _, _, study, _ in found)
    return Images(
        path=texts(f"files/p{subject[:2]}/p{subject}/s{study}/{dicom}.jpg" for dicom, subject, study, _ in found),
        label=texts(studies[study][0] for _, _, study, _ in found),
        row=rows,
        patient_id=texts(subject for _, subject, _, _ in found),
        split=texts(split_of.get(dicom, "") for dicom, _, _, _ in found) if split_of else None,
        view=texts(_view(view) for _, _, _, view in found),
        said=[*said, f"images: {len(found):,}, of {len(studies):,} studies with labels"],
    )


def _view(position: str) -> str:
    word = position.strip().upper()
    return "lateral" if word in _SIDEWAYS else "frontal" if word in _FRONTAL else position.casefold()


def _beside(file: Path, what: str) -> Sheet | None:
    """The table of that kind in the folder of ``file``; None where there is none."""
    plain, packed = sorted(file.parent.glob(f"mimic-cxr-*-{what}.csv")), sorted(file.parent.glob(f"*-{what}.csv.gz"))
    if plain:
        return read_sheet(plain[0])
    return read_sheet(packed[0], content=gzip.decompress(packed[0].read_bytes())) if packed else None


MIMIC = Layout(
    name="MIMIC-CXR-JPG",
    recognised=lambda header: having("subject_id", "study_id", "Pneumonia")(header) and "dicom_id" not in header,
    findings=findings,
    read=_read,
)
