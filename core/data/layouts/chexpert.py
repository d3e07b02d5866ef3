"""CheXpert (Irvin et al., AAAI 2019): ``train.csv`` and ``valid.csv``.

Columns as described at https://stanfordmlgroup.github.io/competitions/chexpert/: ``Path, Sex, Age, Frontal/Lateral,
AP/PA, No Finding, Enlarged Cardiomediastinum, ..., Support Devices``. Paths begin with the name of the archive,
``CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg``, whichever folder it was unpacked into; the patient
stands in them. The values are told in :mod:`core.data.layouts.four_values`.
"""

from __future__ import annotations

import re

from core.data.layouts.four_values import findings, labels
from core.data.layouts.layout import Asked, Images, Layout, ages, having, rows_of, texts
from core.tables.sheet import Sheet

_PATIENT = re.compile(r"patient[0-9]+")


def _read(sheet: Sheet, finding: str, asked: Asked) -> Images:
    label, said = labels(sheet, finding)
    paths = sheet.text("Path")
    return Images(
        path=texts(_below(asked, path) for path in paths),
        label=label,
        row=rows_of(sheet),
        patient_id=texts(found[0] if (found := _PATIENT.search(path)) else "" for path in paths),
        view=texts(view.casefold() for view in sheet.text("Frontal/Lateral")),
        age=ages(sheet, "Age"),
        subgroups={"sex": sheet.text("Sex"), "projection": sheet.text("AP/PA")},
        said=said,
    )


def _below(asked: Asked, path: str) -> str:
    """``path`` without the archive's name, unless a folder of that name lies in the data folder."""
    archive, _, rest = path.partition("/")
    return rest if archive.startswith("CheXpert") and not (asked.root / archive).is_dir() else path


CHEXPERT = Layout(
    name="CheXpert", recognised=having("Path", "Sex", "Age", "Frontal/Lateral", "AP/PA"), findings=findings, read=_read
)
