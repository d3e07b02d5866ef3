"""The two tables of a run with several findings: of one image every finding has a logit, and some have a truth.

``records.parquet`` has a column ``label:NAME`` a finding in the place of ``label``, ``predictions.parquet`` a column
``finding``; a truth may be unknown in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from core.errors import RunFolderError, WorkbenchError
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.predictions import Predictions, ids_to_write
from core.runs.files import PREDICTIONS, RECORDS, REMEDY
from core.runs.tables import (
    EVALUATED,
    PREDICTION_TYPES,
    RECORD_TYPES,
    RESERVED,
    SPLITS,
    checked_frame,
    read_table,
    typed_records,
    with_days,
)

LABEL = "label:"
"""What stands before a finding's name in the column of its truth."""

_RECORD_TYPES = {name: kind for name, kind in RECORD_TYPES.items() if name != "label"}
_TYPES = {"split": pa.string(), "finding": pa.string(), **PREDICTION_TYPES}
_FILLED = frozenset({"split", "finding", "image_id", "patient_id", "logit"})

Sets = Mapping[str, Mapping[str, EvaluationSet]]
"""By finding its images of validation and of test, by set."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asked:
    """What a run has of one finding: the ``records`` whose truth is known, in the columns of a run with one finding,
    ``sets`` likewise, and how many images of each set are ``unlabelled``."""

    records: pd.DataFrame
    sets: Mapping[str, Predictions]
    unlabelled: Mapping[str, int]


def records_of(records: pd.DataFrame, names: Sequence[str]) -> pa.Table:
    """``records`` as it is stored: the columns of a run's records with ``label:NAME`` of each finding in the place of
    ``label``. :class:`RunFolderError` names the column that is missing or of another type."""
    return typed_records(records, _RECORD_TYPES | {LABEL + name: pa.int64() for name in names})


def predictions_of(findings: Sets) -> pa.Table:
    """One row an image and finding, validation first. Logits keep every bit."""
    schema = pa.schema(list(_TYPES.items()))
    parts = [
        pa.table(
            {
                "split": pa.repeat(split, images.n),
                "finding": pa.repeat(finding, images.n),
                "image_id": pa.array(ids_to_write(images, "image_id"), type=pa.string()),
                "patient_id": pa.array(ids_to_write(images, "patient_id"), type=pa.string()),
                "y_true": pa.array(images.y_true, type=pa.int64(), from_pandas=True),
                "logit": pa.array(images.logit, type=pa.float64()),
            },
            schema=schema,
        )
        for split in EVALUATED
        for finding, sets in findings.items()
        if (images := sets.get(split)) is not None
    ]
    table = pa.concat_tables(parts) if parts else schema.empty_table()
    return with_days(table, [sets[split].date for split in EVALUATED for sets in findings.values() if split in sets])


def read_finding_tables(folder: Path, names: Sequence[str]) -> dict[str, Asked]:
    """Both tables of a run in ``folder``, by each finding of ``names``.

    Raises :class:`RunFolderError` naming the file where it is not such a table or contradicts the other one.
    """
    return asked(read_table(folder / RECORDS), read_table(folder / PREDICTIONS), names, folder)


def asked(records: pa.Table, predictions: pa.Table, names: Sequence[str], folder: Path) -> dict[str, Asked]:
    """:func:`read_finding_tables` of tables that would lie in ``folder``."""
    records_at, path = folder / RECORDS, folder / PREDICTIONS
    labels = [LABEL + name for name in names]
    subgroups = [name for name in records.column_names if name not in (*_RECORD_TYPES, *labels)]
    if impossible := [name for name in subgroups if name in RESERVED]:
        raise RunFolderError(f"{records_at}: has a column {impossible[0]!r} beside {labels[0]!r}; {REMEDY}")
    types = _RECORD_TYPES | dict.fromkeys(labels, pa.int64()) | dict.fromkeys(subgroups, pa.string())
    frame = checked_frame(records, types, records_at, filled=_FILLED | {"image_id"} - {"logit"})
    _check(frame, labels, SPLITS, records_at, key=["image_id"])
    rows = checked_frame(predictions, _TYPES, path, filled=_FILLED)
    _check(rows, ["y_true"], EVALUATED, path, key=["finding", "image_id"])
    if unknown := sorted(set(rows["finding"]) - set(names)):
        raise RunFolderError(
            f"{path}: has rows of the finding {unknown[0]!r}, which its manifest does not name; {REMEDY}"
        )
    try:
        return {name: _asked(name, frame, rows[rows["finding"] == name], subgroups, path) for name in names}
    except WorkbenchError as error:
        raise error if isinstance(error, RunFolderError) else RunFolderError(f"{path}: {error}; {REMEDY}") from error


def _check(frame: pd.DataFrame, labels: Sequence[str], splits: Sequence[str], path: Path, *, key: list[str]) -> None:
    problems = {
        f"column 'split' has values other than {', '.join(splits)}": ~frame["split"].isin(splits),
        "image_id is repeated": frame.duplicated(key),
        "image_id is empty": frame["image_id"] == "",
        **{
            f"column {label!r} has values other than 0 and 1": frame[label].notna() & ~frame[label].isin([0, 1])
            for label in labels
        },
    }
    for problem, bad in problems.items():
        if bad.any():
            first = int(np.flatnonzero(bad.to_numpy(dtype=bool))[0]) + 1
            raise RunFolderError(f"{path}: {problem} (row {first}); {REMEDY}")


def _asked(name: str, records: pd.DataFrame, rows: pd.DataFrame, subgroups: list[str], path: Path) -> Asked:
    label = records[LABEL + name]
    of_run = records[records["split"].isin(EVALUATED)].set_index("image_id")
    found = rows.set_index("image_id")
    if not found.index.sort_values().equals(of_run.index.sort_values()):
        raise RunFolderError(
            f"{path}: the images of {name} are not those of validation and test in {RECORDS}; {REMEDY}"
        )
    of_run = of_run.loc[found.index]
    for column, other in (("patient_id", "patient_id"), ("split", "split"), ("y_true", LABEL + name)):
        both_unknown = found[column].isna() & of_run[other].isna()
        differs = ((found[column] != of_run[other]) & ~both_unknown).to_numpy(dtype=bool)
        if differs.any():
            image = found.index[int(np.flatnonzero(differs)[0])]
            raise RunFolderError(f"{path}: {column} of {image!r} is another one in {RECORDS}; {REMEDY}")
    known = found["y_true"].notna().to_numpy(dtype=bool)
    sets, unlabelled = {}, {}
    for split in EVALUATED:
        of_set = (found["split"] == split).to_numpy(dtype=bool)
        own, records_own = found[of_set & known], of_run[of_set & known]
        sets[split] = Predictions(
            image_id=own.index.array,
            patient_id=own["patient_id"].array,
            y_true=own["y_true"].to_numpy(dtype=np.int8),
            logit=own["logit"].to_numpy(dtype=np.float64),
            subgroups={column: records_own[column].to_numpy(dtype=object) for column in subgroups},
        )
        unlabelled[split] = int((of_set & ~known).sum())
    labelled = records[label.notna()].rename(columns={LABEL + name: "label"}).astype({"label": "int64"})
    return Asked(records=labelled[[*RECORD_TYPES, *subgroups]].reset_index(drop=True), sets=sets, unlabelled=unlabelled)
