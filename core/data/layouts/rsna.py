"""RSNA Pneumonia Detection Challenge (Shih et al., Radiology: AI 2019): ``stage_2_train_labels.csv``, and beside it
``stage_2_detailed_class_info.csv``.

Columns as described at https://www.kaggle.com/competitions/rsna-pneumonia-detection-challenge/data: ``patientId, x, y,
width, height, Target``, one row a box, so that an image with two boxes has two rows; and ``patientId, class`` with
``Lung Opacity``, ``No Lung Opacity / Not Normal`` and ``Normal``, a row for each of these rows. ``Target`` 1 is a lung
opacity that suggests pneumonia. Images are ``stage_2_train_images/PATIENTID.dcm``; view and age stand in them alone.
"""

from __future__ import annotations

import numpy as np

from core.data.layouts.layout import Asked, Column, Images, Layout, first_rows, having, rows_of, texts
from core.tables.reading import read_sheet
from core.tables.sheet import Sheet

_CLASSES = "stage_2_detailed_class_info.csv"
_OPACITY = "lung opacity"


def _read(sheet: Sheet, finding: str, asked: Asked) -> Images:  # noqa: ARG001
    if sheet.has("Target"):
        marked = np.array([cell.removesuffix(".0") for cell in sheet.text("Target")], dtype=object)
    else:
        marked = texts(str(int(name.casefold() == _OPACITY)) for name in sheet.text("class"))
    patients, first, of = first_rows(sheet.ids("patientId"))
    label = [""] * len(patients)
    for place, cell in zip(of, marked, strict=True):
        if cell in ("0", "1"):
            label[place] = max(label[place], cell)
    boxes = sheet.rows - len(patients)
    classes = _classes(sheet, patients, first)
    return Images(
        path=patients,
        label=texts(label),
        row=rows_of(sheet)[first],
        patient_id=patients,
        subgroups={} if classes is None else {"class": classes},
        said=[f"rows that are further boxes of an image: {boxes:,}"] if boxes else [],
    )


def _classes(sheet: Sheet, patients: Column, first: np.ndarray) -> Column | None:
    """Which of the three classes each image is of; None where no table says."""
    if sheet.has("class"):
        return np.asarray(sheet.text("class")[first], dtype=object)
    beside = sheet.file.with_name(_CLASSES)
    if not beside.is_file():
        return None
    own = read_sheet(beside)
    named = dict(zip(own.text("patientId"), own.text("class"), strict=True))
    return texts(named.get(patient, "") for patient in patients)


RSNA = Layout(
    name="RSNA Pneumonia",
    recognised=lambda header: having("patientId", "Target")(header) or having("patientId", "class")(header),
    findings=lambda sheet: ("Pneumonia",),
    read=_read,
    by_name=True,
)
