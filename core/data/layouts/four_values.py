"""Labels of four values, as the labeller of CheXpert gives them, in CheXpert and in MIMIC-CXR-JPG.

1 is present, 0 absent, -1 uncertain, and an empty cell means that the report does not speak of it (Irvin et al., AAAI
2019, https://stanfordmlgroup.github.io/competitions/chexpert/). What a report does not speak of is absent only where
``No Finding`` is 1; else nobody knows.
"""

from __future__ import annotations

from core.data.layouts.layout import Column, numerals, texts
from core.tables.sheet import Sheet

NO_FINDING = "No Finding"
FINDINGS = (
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
)


def findings(sheet: Sheet) -> list[str]:
    """Those that the table has a column of."""
    return [name for name in FINDINGS if sheet.has(name)]


def labels(sheet: Sheet, finding: str) -> tuple[Column, list[str]]:
    """The label of each row, (n,), and what is said of those that are neither 1 nor 0."""
    values = numerals(sheet.text(finding))
    healthy = numerals(sheet.text(NO_FINDING)) if sheet.has(NO_FINDING) else [None] * sheet.rows
    found, uncertain, silent, absent = [], 0, 0, 0
    for value, no_finding in zip(values, healthy, strict=True):
        if value in (0.0, 1.0):
            found.append(str(int(value or 0)))
        elif value is None and no_finding == 1.0:
            found.append("0")
            absent += 1
        else:
            found.append("")
            uncertain, silent = uncertain + (value is not None), silent + (value is None)
    said = [
        f"rows that {what}: {count:,}"
        for count, what in (
            (absent, f"do not speak of {finding} and say {NO_FINDING}, taken as absent"),
            (silent, f"do not speak of {finding}, taken as unknown"),
            (uncertain, f"are uncertain about {finding} (-1), taken as unknown"),
        )
        if count
    ]
    return texts(found), said
