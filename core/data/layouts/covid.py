"""COVID-19 Radiography Database (Chowdhury et al., IEEE Access 2020): ``COVID.metadata.xlsx`` and its neighbours.

As published at https://www.kaggle.com/datasets/tawsifurrahman/covid19-radiography-database: a workbook a class
(``COVID``, ``Lung_Opacity``, ``Normal``, ``Viral Pneumonia``) with ``FILE NAME, FORMAT, SIZE, URL``, the image at
``CLASS/images/FILE NAME.png`` and its lung mask at ``CLASS/masks/FILE NAME.png``, where names are spelled in other case
in the workbook of Normal. Any of the workbooks stands for all. Images of a third class are neither. Patients are not
told.
"""

from __future__ import annotations

from pathlib import Path

from core.data.layouts.layout import Asked, Images, Layout, having, texts
from core.tables.reading import read_sheet
from core.tables.sheet import Sheet

_ENDING = ".metadata.xlsx"
_NORMAL = "Normal"


def _workbooks(sheet: Sheet) -> dict[str, Path]:
    return {path.name.removesuffix(_ENDING): path for path in sorted(sheet.file.parent.glob(f"*{_ENDING}"))}


def _findings(sheet: Sheet) -> list[str]:
    return [name for name in _workbooks(sheet) if name != _NORMAL]


def _read(sheet: Sheet, finding: str, asked: Asked) -> Images:  # noqa: ARG001
    paths, labels, rows, said = [], [], [], []
    for name, path in _workbooks(sheet).items():
        own = read_sheet(path)
        label = {finding: "1", _NORMAL: "0"}.get(name, "")
        for position, file in enumerate(own.text("FILE NAME")):
            paths.append(f"{name}/images/{file}.png")
            labels.append(label)
            rows.append(own.row_of(position))
        said += [] if label else [f"images of {name}, neither {finding} nor {_NORMAL}: {own.rows:,}"]
    return Images(path=texts(paths), label=texts(labels), row=texts(rows), said=said)  # type: ignore[arg-type]


COVID = Layout(
    name="COVID-19 Radiography Database",
    recognised=having("FILE NAME", "FORMAT", "URL"),
    findings=_findings,
    read=_read,
)
