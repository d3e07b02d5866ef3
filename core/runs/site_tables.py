"""The two tables of a site, ``records.parquet`` and ``predictions.parquet``; truth and date may be unknown there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from core.errors import RunFolderError, WorkbenchError
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.predictions import IntArray, ObjectArray, all_distinct, ids_to_write
from core.runs.files import PREDICTIONS, RECORDS, REMEDY
from core.runs.tables import RECORD_TYPES, SITE_PREDICTION_TYPES, checked_frame, read_table, records_table

_FILLED = frozenset({"finding", "image_id", "patient_id", "split", "logit"})


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ImageFiles:
    """The files of the images of a site, (n,) each: ``path`` relative to its data folder, ``sha256``, size in pixels;
    and what of that folder is not used, with the reason."""

    path: ObjectArray
    sha256: ObjectArray
    width: IntArray
    height: IntArray
    skipped: tuple[tuple[str, str], ...] = ()


Findings = Mapping[str, EvaluationSet]
"""The same images, asked about one or several findings, by the finding's name."""


def site_records(name: str, findings: Findings, files: ImageFiles | None = None) -> pa.Table:
    """One row an image of the site ``name``, labelled by the first finding; its split is the site's name."""
    first = next(iter(findings.values()))
    return records_table(
        pd.DataFrame(
            {
                "image_id": ids_to_write(first, "image_id"),
                "path": None if files is None else files.path,
                "label": first.y_true,
                "patient_id": ids_to_write(first, "patient_id"),
                "split": name,
                "sha256": None if files is None else files.sha256,
                "width": None if files is None else files.width,
                "height": None if files is None else files.height,
                **{column: pd.Series(values, dtype=object) for column, values in first.subgroups.items()},
            }
        )
    )


def site_predictions(findings: Findings) -> pa.Table:
    """One row an image and finding. Logits keep every bit."""
    schema = pa.schema(list(SITE_PREDICTION_TYPES.items()))
    return pa.concat_tables(
        pa.table(
            {
                "finding": pa.repeat(finding, images.n),
                "image_id": pa.array(ids_to_write(images, "image_id"), type=pa.string()),
                "patient_id": pa.array(ids_to_write(images, "patient_id"), type=pa.string()),
                "y_true": pa.array(images.y_true, type=pa.int64(), from_pandas=True),
                "logit": pa.array(images.logit, type=pa.float64()),
                "date": pa.array(images.date, type=pa.date32()),
            },
            schema=schema,
        )
        for finding, images in findings.items()
    )


def read_site_tables(folder: Path) -> Findings:
    """The images of a site by finding, with the subgroups of its records.

    Raises :class:`RunFolderError` naming the file when the tables are not those of a site or contradict each other.
    """
    records_at, path = folder / RECORDS, folder / PREDICTIONS
    records = read_site_records(folder)
    subgroups = [str(name) for name in records.columns if name not in RECORD_TYPES]
    if not all_distinct(records["image_id"].array):
        raise RunFolderError(f"{records_at}: image_id is repeated; {REMEDY}")
    rows = checked_frame(read_table(path), SITE_PREDICTION_TYPES, path, filled=_FILLED)
    try:
        return {str(finding): _images(own, records, subgroups) for finding, own in rows.groupby("finding", sort=False)}
    except (WorkbenchError, KeyError) as error:
        raise RunFolderError(f"{path}: {error}; {REMEDY}") from error


def read_site_records(folder: Path) -> pd.DataFrame:
    """One row an image of a site, as :func:`core.runs.tables.read_tables` gives those of a run; the label is NaN where
    the truth is unknown. Raises :class:`RunFolderError`."""
    path = folder / RECORDS
    table = read_table(path)
    subgroups = [name for name in table.column_names if name not in RECORD_TYPES]
    return checked_frame(table, RECORD_TYPES | dict.fromkeys(subgroups, pa.string()), path, filled=_FILLED)


def _images(rows: pd.DataFrame, records: pd.DataFrame, subgroups: list[str]) -> EvaluationSet:
    of_them = records
    if len(rows) != len(records) or (rows["image_id"].array != records["image_id"].array).any():
        of_them = records.set_index("image_id").loc[rows["image_id"]]
    if (of_them["patient_id"].array != rows["patient_id"].array).any():
        raise KeyError(f"the patients are others in {RECORDS}")
    return EvaluationSet(
        image_id=rows["image_id"].array,
        patient_id=rows["patient_id"].array,
        y_true=rows["y_true"].to_numpy(dtype=np.float64),
        logit=rows["logit"].to_numpy(dtype=np.float64),
        date=pd.to_datetime(rows["date"]).to_numpy().astype("datetime64[D]"),
        subgroups={name: of_them[name].to_numpy(dtype=object) for name in subgroups},
    )
