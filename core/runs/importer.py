"""``python -m core import``: a run without images from the predictions of any model.

Nothing is guessed: columns have their canonical names, one bad row refuses the file, with row and reason, and what was
read otherwise than it stands there is noted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.config import TrainConfig
from core.errors import ImportFileError, TableError
from core.evaluation.predictions import Predictions
from core.evaluation.summary import evaluate
from core.runs import columns
from core.runs.files import refuse_taken, sha256_of
from core.runs.prediction_file import read_prediction_file
from core.runs.provenance import data_fingerprint
from core.runs.tables import EVALUATED, RESERVED, records_table
from core.runs.writing import PartialRun
from core.tables.sheet import Mask


def import_predictions(file: Path, *, name: str, out: Path, hide_test: bool = False) -> Path:
    """Make the run ``out/name`` from the predictions in ``file`` and return its folder.

    ``file`` is CSV or Parquet with image_id, y_true and logit or probability, optionally patient_id and split
    (``validation`` or ``test``); further columns become subgroups. An image without patient_id is a patient of its own,
    without split all is test: there is then no temperature and no operating point. ``hide_test`` is explained in
    :mod:`core.runs.hiding`.

    Raises :class:`ImportFileError` naming rows and reasons, with nothing imported, and :class:`RunFolderError` when the
    name is impossible or taken.
    """
    refuse_taken(out, name)
    records, logit, notes = read_rows(file)
    predictions = _predictions(records, logit)
    if hide_test and not ("validation" in predictions and predictions["validation"].n):
        nothing = "has no validation predictions, so no threshold could be locked that reveals test"
        raise ImportFileError(f"{file}: {nothing}; leave out --hide-test")
    evaluation = evaluate(predictions.get("validation"), predictions.get("test"))
    with PartialRun.begin(out, name, TrainConfig(out=str(out), name=name, hide_test=hide_test)) as partial:
        try:
            return partial.finish(
                records=records,
                predictions=predictions,
                evaluation=evaluation,
                data={
                    "kind": "predictions",
                    "name": file.name,
                    "sha256": sha256_of(file),
                    "fingerprint": data_fingerprint(records_table(records)),
                    **notes,
                },
            )
        except BaseException:
            partial.discard()  # an import is repeated, not resumed
            raise


def read_rows(file: Path) -> tuple[pd.DataFrame, npt.NDArray[np.float64], dict[str, Any]]:
    """Records, logits (n,) and what the manifest notes of a file; :class:`ImportFileError` when any row is bad."""
    try:
        sheet = read_prediction_file(file)
        image_id = columns.image_ids(sheet)
        label = columns.labels(sheet)
        split = columns.splits(sheet)
        logit, clipped = columns.logits(sheet)
        subgroups = columns.subgroups(sheet)
        patient_id, known = sheet.owners("patient_id") if sheet.has("patient_id") else columns.nobody(sheet)
        sheet.check()
    except TableError as error:
        raise ImportFileError(str(error)) from error
    records = pd.DataFrame(
        {
            "image_id": image_id,
            "path": None,
            "label": label.astype(np.int64),
            "patient_id": _patient_ids(image_id, patient_id, known),
            "split": split,
            "sha256": None,
            "width": None,
            "height": None,
            **{name: pd.Series(values, dtype=object) for name, values in subgroups.items()},
        }
    )
    notes = {
        "layout": "predictions without images",
        "score": "logit" if sheet.has("logit") else "probability",
        "clipped_probabilities": clipped,
        "images_without_patient_id": int((~known).sum()),
        "split_given": sheet.has("split"),
        "changed_in_reading": sheet.changes,
        "leakage": {"images": [], "patients": _on_both_sides(patient_id[known], split[known])},
    }
    return records, logit, notes


def _patient_ids(
    image_id: npt.NDArray[np.object_], patient_id: npt.NDArray[np.object_], known: Mask
) -> npt.NDArray[np.object_]:
    """``patient_id`` (n,), and where none is known the image's id, marked until no other patient has it."""
    filled, taken = patient_id.copy(), set(patient_id[known])
    for row in np.flatnonzero(~known):
        own = image_id[row]
        while own in taken:
            own += "*"
        taken.add(own)
        filled[row] = own
    return filled


def _on_both_sides(patient_id: npt.NDArray[np.object_], split: npt.NDArray[np.object_]) -> list[str]:
    """Patients with images in validation and in test, sorted."""
    validation, test = (set(patient_id[split == name]) for name in EVALUATED)
    return sorted(validation & test)


def _predictions(records: pd.DataFrame, logit: npt.NDArray[np.float64]) -> dict[str, Predictions]:
    subgroups = [name for name in records.columns if name not in RESERVED]
    return {
        split: Predictions(
            image_id=records.loc[rows, "image_id"].to_numpy(dtype=object),
            patient_id=records.loc[rows, "patient_id"].to_numpy(dtype=object),
            y_true=records.loc[rows, "label"].to_numpy(dtype=np.int8),
            logit=logit[rows],
            subgroups={name: records[name].to_numpy(dtype=object)[rows] for name in subgroups},
        )
        for split in EVALUATED
        if (rows := (records["split"] == split).to_numpy(dtype=bool)).any()
    }
