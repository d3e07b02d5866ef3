"""The run that an import makes of a file with several findings on the same images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.errors import ImportFileError
from core.evaluation.summary import evaluate
from core.runs.finding_tables import LABEL
from core.runs.imported import FIGURES, WRITING, check_hidden, imported, rows_of_records
from core.runs.prediction_rows import PredictionRows
from core.runs.provenance import data_fingerprint
from core.runs.shapes import OF_FINDING
from core.runs.site_writing import write_site
from core.runs.sites import SITES
from core.runs.tables import EVALUATED
from core.runs.writing import Answer


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
        if hide_test:
            check_hidden(file, sets["validation"].labelled if "validation" in sets else None, finding)
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
    truths = {
        LABEL + finding: {split: images.y_true for split, images in sets.items()} for finding, sets in own.items()
    }
    records = rows_of_records(next(iter(own.values())), truths)
    begins(WRITING)
    with imported(out, name, hide_test=hide_test) as run:
        return run.finish(
            records=records,
            findings=answers,
            data={
                "kind": "predictions",
                **rows.source,
                "fingerprint": data_fingerprint(records),
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
