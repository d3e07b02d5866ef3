"""The run that an import makes of a file with several findings on the same images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from core.config import TrainConfig
from core.errors import ImportFileError
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.summary import evaluate
from core.runs.finding_tables import LABEL, records_of
from core.runs.partial import IMPORT
from core.runs.prediction_rows import PredictionRows
from core.runs.provenance import data_fingerprint
from core.runs.shapes import OF_FINDING
from core.runs.site_writing import write_site
from core.runs.sites import SITES
from core.runs.tables import EVALUATED
from core.runs.writing import Answer, PartialRun

READING, FIGURES, WRITING = STEPS = ("Reading the table", "Computing figures and their intervals", "Writing the run")
"""What an import does, in this order."""


def import_several(
    file: Path, rows: PredictionRows, name: str, out: Path, *, hide_test: bool, begins: Callable[[str], None]
) -> Path:
    """Make the run ``out/name`` of several findings, as :func:`core.runs.importer.import_predictions` makes one of one.

    Every image has a truth for one of them at least. Raises :class:`ImportFileError` where a finding has none at all,
    or none in validation in a run that hides test, which no lock could then reveal.
    """
    own = {
        finding: {split: one.sets[split] for split in EVALUATED if split in one.sets}
        for finding, one in rows.findings.items()
    }
    for finding, sets in own.items():
        if not any(images.labelled.n for images in sets.values()):
            raise ImportFileError(f"{file}: no row of validation or test has a truth for {finding}; leave it out")
        if hide_test and not ("validation" in sets and sets["validation"].labelled.n):
            raise ImportFileError(
                f"{file}: {finding} has no validation predictions, so no threshold could be locked that reveals test; "
                "leave out --hide-test"
            )
    begins(FIGURES)
    answers = {
        finding: Answer(
            sets=sets,
            evaluation=evaluate(
                *(sets[split].labelled if split in sets else None for split in EVALUATED),
                free="scale" in rows.findings[finding].notes,
            ),
        )
        for finding, sets in own.items()
    }
    records = _records(own)
    begins(WRITING)
    with PartialRun.begin(out, name, TrainConfig(out=str(out), name=name, hide_test=hide_test), command=IMPORT) as run:
        try:
            return run.finish(
                records=records,
                findings=answers,
                data={
                    "kind": "predictions",
                    **rows.source,
                    "fingerprint": data_fingerprint(records_of(records, list(own))),
                    **{key: value for key, value in rows.notes.items() if key not in OF_FINDING},
                    "findings": [{"name": finding, **one.notes} for finding, one in rows.findings.items()],
                    **({} if rows.mapping is None else {"mapping": rows.mapping.to_dict()}),
                    "sites": {
                        site: write_site(
                            run.path / SITES,
                            site,
                            {finding: one.sets[site] for finding, one in rows.findings.items()},
                            rows.source,
                            mapping=rows.mapping,
                        )
                        for site in rows.sets
                        if site not in EVALUATED
                    },
                },
            )
        except BaseException:
            run.discard()
            raise


def _records(own: Mapping[str, Mapping[str, EvaluationSet]]) -> pd.DataFrame:
    """The rows of ``records.parquet`` with the truth of each finding, validation first."""
    first = next(iter(own.values()))
    parts = [
        pd.DataFrame(
            {
                "image_id": images.image_id,
                "path": None,
                "patient_id": images.patient_id,
                "split": split,
                "sha256": None,
                "width": None,
                "height": None,
                **{LABEL + finding: sets[split].y_true for finding, sets in own.items()},
                **{name: pd.Series(values, dtype=object) for name, values in images.subgroups.items()},
            }
        )
        for split, images in first.items()
    ]
    return pd.concat(parts, ignore_index=True)
