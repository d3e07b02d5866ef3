"""What an import writes, of one finding or of several: its partial run, and the rows of ``records.parquet``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.config import TrainConfig
from core.errors import ImportFileError
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.predictions import Predictions
from core.runs.encoded import ids_column
from core.runs.partial import IMPORT
from core.runs.tables import NULLABLE, RECORD_TYPES, repeated
from core.runs.writing import PartialRun

READING, FIGURES, WRITING = STEPS = ("Reading the table", "Computing figures and their intervals", "Writing the run")
"""What an import does, in this order."""


@contextmanager
def imported(out: Path, name: str, *, hide_test: bool) -> Iterator[PartialRun]:
    """The run ``out/name`` while it is written; what fails leaves nothing, as an import is repeated, not resumed."""
    with PartialRun.begin(out, name, TrainConfig(out=str(out), name=name, hide_test=hide_test), command=IMPORT) as run:
        try:
            yield run
        except BaseException:
            run.discard()
            raise


def check_hidden(file: Path, validation: Predictions | None, finding: str = "") -> None:
    """:class:`ImportFileError` where a run that hides test has no image of validation with a truth."""
    if validation is None or not validation.n:
        raise ImportFileError(
            f"{file}: {finding and finding + ' '}has no validation predictions, so no threshold could be locked that "
            "reveals test; leave out --hide-test"
        )


def rows_of_records(
    sets: Mapping[str, Predictions | EvaluationSet], truths: Mapping[str, Mapping[str, Any]]
) -> pa.Table:
    """The rows of ``records.parquet``, validation first; ``truths`` are columns, by their name and set."""
    parts = []
    for split, images in sets.items():
        n = len(images.y_true)
        columns = {
            "image_id": ids_column(images, "image_id"),
            "patient_id": ids_column(images, "patient_id"),
            "split": repeated(split, n, pa.string()),
            **{name: _labels(of_sets[split]) for name, of_sets in truths.items()},
            **{name: pa.array(values, pa.string()) for name, values in images.subgroups.items()},
        }
        unknown = {name: repeated(None, n, kind) for name, kind in RECORD_TYPES.items() if name in NULLABLE}
        order = [*(name for name in RECORD_TYPES if name in columns | unknown), *columns]
        parts.append(pa.table({name: (columns | unknown)[name] for name in dict.fromkeys(order)}))
    return pa.concat_tables(parts)


def _labels(truth: npt.NDArray[Any]) -> pa.Array:
    """Labels (n,); null where one is NaN."""
    return pa.array(truth) if truth.dtype == np.int8 else pa.array(truth, pa.int64(), from_pandas=True)
