"""NIH ChestX-ray14 (Wang et al., CVPR 2017): ``Data_Entry_2017.csv``, and ``_v2020``, whose ages are numbers.

Columns as published at https://nihcc.app.box.com/v/ChestXray-NIHCC: ``Image Index, Finding Labels, Follow-up #,
Patient ID, Patient Age, Patient Gender, View Position, OriginalImage[Width,Height], OriginalImagePixelSpacing[x,y],``.
``Finding Labels`` lists findings with ``|`` between them, or is ``No Finding``; all views are frontal (PA or AP); ages
of the first version are ``058Y``, ``011M`` or ``003D``, some of them impossible. Images lie in ``images_001/images`` to
``images_012/images``.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.data.layouts.layout import Asked, Images, Layout, ages, having, rows_of, texts
from core.tables.sheet import Sheet

_NONE = "No Finding"


def _findings(sheet: Sheet) -> Iterator[str]:
    named = (name.strip() for cell in dict.fromkeys(sheet.text("Finding Labels")) for name in cell.split("|"))
    return (name for name in dict.fromkeys(named) if name and name != _NONE)


def _read(sheet: Sheet, finding: str, asked: Asked) -> Images:  # noqa: ARG001
    listed = [{name.strip() for name in cell.split("|")} - {""} for cell in sheet.text("Finding Labels")]
    sex = next((name for name in ("Patient Gender", "Patient Sex") if sheet.has(name)), None)
    return Images(
        path=sheet.text("Image Index"),
        label=texts("" if not names else str(int(finding in names)) for names in listed),
        row=rows_of(sheet),
        patient_id=sheet.ids("Patient ID"),
        view=texts("frontal" if view in ("PA", "AP") else view for view in sheet.text("View Position")),
        age=ages(sheet, "Patient Age"),
        subgroups={} if sex is None else {"sex": sheet.text(sex)},
    )


NIH = Layout(
    name="NIH ChestX-ray14",
    recognised=having("Image Index", "Finding Labels", "Patient ID", "Patient Age", "View Position"),
    findings=_findings,
    read=_read,
    by_name=True,
)
