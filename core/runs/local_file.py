"""Labelled cases of another site out of an uploaded file: read, used and forgotten; nothing of it is stored."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from core.errors import ImportFileError
from core.evaluation.predictions import Predictions
from core.runs.importer import read_rows
from core.runs.tables import RESERVED


def read_local_file(name: str, content: bytes) -> tuple[Predictions, int]:
    """All rows of a prediction file, whatever their split, and how many probabilities of 0 or 1 were clipped.

    ``content`` is a file as :func:`core.runs.importer.import_predictions` takes it. Raises :class:`ImportFileError`,
    which calls the file by ``name``.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "local"
        file.write_bytes(content)
        try:
            records, logit, notes = read_rows(file)
        except ImportFileError as error:
            raise ImportFileError(str(error).replace(str(file), name)) from error
    subgroups = [column for column in records.columns if column not in RESERVED]
    local = Predictions(
        image_id=records["image_id"].to_numpy(dtype=object),
        patient_id=records["patient_id"].to_numpy(dtype=object),
        y_true=records["label"].to_numpy(dtype=np.int8),
        logit=logit,
        subgroups={column: records[column].to_numpy(dtype=object) for column in subgroups},
    )
    return local, int(notes["clipped_probabilities"])
