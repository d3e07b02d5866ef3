"""``python -m core import``: a run without images from the predictions of any model.

Nothing is guessed: columns have their canonical names, and one bad row refuses the file, with row and reason.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.config import TrainConfig
from core.errors import ImportFileError
from core.evaluation.predictions import Predictions
from core.evaluation.summary import evaluate
from core.runs.files import refuse_taken, sha256_of
from core.runs.prediction_file import read_prediction_file, refuse_rows, shown
from core.runs.provenance import data_fingerprint
from core.runs.sheet import Mask, Sheet
from core.runs.tables import EVALUATED, RESERVED, records_table
from core.runs.writing import PartialRun

CLIP = 2.0**-53
"""What a probability of 0 is taken as; 1 becomes 1 - CLIP, the largest double below 1."""
CANONICAL = frozenset({"image_id", "patient_id", "split", "y_true", "logit", "probability"})


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
    sheet = Sheet(file=file, source=read_prediction_file(file))
    n = sheet.source.table.num_rows
    image_id = _image_ids(sheet)
    label = _labels(sheet)
    split = _splits(sheet) if sheet.has("split") else np.full(n, "test", dtype=object)
    logit, clipped = _logits(sheet)
    subgroups = _subgroups(sheet)
    refuse_rows(file, sorted(sheet.problems), sheet.total)
    patient_id = sheet.text("patient_id") if sheet.has("patient_id") else np.full(n, "", dtype=object)
    known = (pd.Series(patient_id).str.strip() != "").to_numpy(dtype=bool)
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
        "leakage": {"images": [], "patients": _on_both_sides(patient_id[known], split[known])},
    }
    return records, logit, notes


def _image_ids(sheet: Sheet) -> npt.NDArray[np.object_]:
    image_id = sheet.text("image_id")
    ids = pd.Series(image_id)
    empty = (ids.str.strip() == "").to_numpy(dtype=bool)
    sheet.refuse(empty, lambda row: "image_id is empty")
    repeated = ids.duplicated().to_numpy(dtype=bool) & ~empty

    def why(row: int) -> str:
        first = int(np.flatnonzero(image_id == image_id[row])[0])
        return f"image_id {shown(image_id[row])} stands in row {sheet.source.row_number[first]} already"

    sheet.refuse(repeated, why)
    return image_id


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


def _labels(sheet: Sheet) -> npt.NDArray[np.float64]:
    label = sheet.numbers("y_true")
    sheet.refuse(~np.isin(label, (0, 1)), lambda row: f"y_true {sheet.cell('y_true', row)} is not 0 or 1")
    return np.where(label == 1, 1.0, 0.0)


def _splits(sheet: Sheet) -> npt.NDArray[np.object_]:
    split = sheet.text("split")
    allowed = pd.Series(split).isin(EVALUATED).to_numpy(dtype=bool)
    sheet.refuse(
        ~allowed,
        lambda row: f"split {sheet.cell('split', row)} is not 'validation' or 'test', the two that are used",
    )
    return split


def _logits(sheet: Sheet) -> tuple[npt.NDArray[np.float64], int]:
    """Logits (n,), and how many probabilities were exactly 0 or 1, whose logits are infinite."""
    if sheet.has("logit"):
        logit = sheet.numbers("logit")
        sheet.refuse(
            ~np.isfinite(logit),
            lambda row: f"logit {sheet.cell('logit', row)} is not a finite number (with a decimal point)",
        )
        return logit, 0
    probability = sheet.numbers("probability")
    sheet.refuse(
        ~((probability >= 0) & (probability <= 1)),
        lambda row: f"probability {sheet.cell('probability', row)} is not a number from 0 to 1 (with a decimal point)",
    )
    zero, one = probability == 0, probability == 1
    clipped = np.where(zero, CLIP, np.where(one, 1 - CLIP, probability))
    with np.errstate(invalid="ignore"):  # the rows refused above
        logit = np.log(clipped / (1 - clipped))
        smallest = probability[probability > 0].min(initial=1.0)
        if smallest <= CLIP:
            # 0 stays below every other: half the smallest, halved as a logarithm because half of 5e-324 is 0.
            logit[zero] = np.log(smallest) - np.log(2)
    return logit, int((zero | one).sum())


def _subgroups(sheet: Sheet) -> dict[str, npt.NDArray[np.object_]]:
    names = [name for name in sheet.source.table.column_names if name not in CANONICAL]
    reserved = [name for name in names if name in RESERVED]
    if reserved:
        raise ImportFileError(
            f"{sheet.file}: no subgroup can be called {shown(reserved[0])}, which has a meaning of its own in a run; "
            "rename or remove that column"
        )
    columns = {name: sheet.text(name) for name in names}
    for values in columns.values():
        values[values == ""] = None
    return columns


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
