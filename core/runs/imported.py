"""What an import writes, of one finding or of several: its partial run, and the rows of ``records.parquet``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from core.config import TrainConfig
from core.errors import ImportFileError
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.predictions import Predictions, ids_to_write
from core.runs.partial import IMPORT
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
) -> pd.DataFrame:
    """The rows of ``records.parquet``, validation first; ``truths`` are columns, by their name and set."""
    parts = [
        pd.DataFrame(
            {
                "image_id": ids_to_write(images, "image_id"),
                "path": None,
                "patient_id": ids_to_write(images, "patient_id"),
                "split": split,
                "sha256": None,
                "width": None,
                "height": None,
                **{name: of_sets[split] for name, of_sets in truths.items()},
                **{name: pd.Series(values, dtype=object) for name, values in images.subgroups.items()},
            }
        )
        for split, images in sets.items()
    ]
    return pd.concat(parts, ignore_index=True)
