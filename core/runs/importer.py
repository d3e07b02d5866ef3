"""``python -m core import``: a run without images from the predictions of any model, or a further site of a run.

Nothing is guessed: columns have their canonical names or a mapping says what they mean, one bad row refuses the file,
with row and reason, and what was read otherwise than it stands there is noted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.errors import ImportFileError
from core.evaluation.summary import evaluate
from core.runs.files import refuse_taken
from core.runs.findings import finding_names
from core.runs.import_of_several import import_several
from core.runs.imported import FIGURES, READING, WRITING, check_hidden, imported, rows_of_records
from core.runs.imported import STEPS as STEPS
from core.runs.mapping import Mapping as TableMapping
from core.runs.prediction_rows import FindingRows, PredictionRows, read_rows
from core.runs.provenance import data_fingerprint
from core.runs.reading import Run
from core.runs.site_names import check_site_name
from core.runs.site_writing import add_sites, write_site
from core.runs.sites import SITES, expected_sites
from core.runs.tables import EVALUATED
from core.tables.on_disk import let_go
from core.tables.sheet import shown


def import_predictions(
    file: Path,
    *,
    name: str,
    out: Path,
    mapping: TableMapping | None = None,
    hide_test: bool = False,
    content: bytes | None = None,
    begins: Callable[[str], None] = lambda step: None,
) -> Path:
    """Make the run ``out/name`` from the predictions in ``file`` and return its folder.

    ``file`` is a table of any format with image_id, y_true and logit or probability, optionally patient_id, split
    (``validation``, ``test`` or the name of a site) and date; further columns become subgroups. An image without
    patient_id is a patient of its own, without split all is test: there is then no temperature and no operating point.
    A truth may be unknown in a site. Other columns are what ``mapping`` says; the manifest keeps it as it was in the
    end, with what was understood besides. ``hide_test`` is explained in :mod:`core.runs.hiding`. ``content`` is what a
    file holds that lies in memory alone: ``file`` is then but its name. ``begins`` is told each of :data:`STEPS`.

    Raises :class:`ImportFileError` naming rows and reasons, with nothing imported, and :class:`RunFolderError` when the
    name is impossible or taken, or the disk refuses. An import that was killed is repeated: what it left is cleared.
    """
    refuse_taken(out, name)
    begins(READING)
    rows = read_rows(file, mapping=mapping, content=content)
    let_go()
    pa.default_memory_pool().release_unused()  # what the columns of the file took: figures and run need it again
    if rows.findings:
        return import_several(file, rows, name, out, hide_test=hide_test, begins=begins)
    own = {split: rows.sets[split].labelled for split in EVALUATED if split in rows.sets}
    dates = {split: rows.sets[split].date for split in own}
    dates = {} if all(np.isnat(days).all() for days in dates.values()) else dates
    rows = replace(rows, sets={name: images for name, images in rows.sets.items() if name not in EVALUATED})
    if not any(predictions.n for predictions in own.values()):
        raise ImportFileError(
            f"{file}: no row of validation or test has a truth; sites are added to a run by --into RUN"
        )
    if hide_test:
        check_hidden(file, own.get("validation"))
    begins(FIGURES)
    evaluation = evaluate(own.get("validation"), own.get("test"), free="scale" in rows.notes)
    records = rows_of_records(own, {"label": {split: images.y_true for split, images in own.items()}})
    begins(WRITING)
    with imported(out, name, hide_test=hide_test) as partial:
        return partial.finish(
            records=records,
            predictions=own,
            evaluation=evaluation,
            dates=dates,
            data={
                "kind": "predictions",
                **rows.source,
                "fingerprint": data_fingerprint(records),
                **rows.notes,
                **(named := _class_names(rows)),
                **({} if rows.mapping is None else {"mapping": rows.mapping.to_dict()}),
                "sites": _write_sites(partial.path / SITES, rows, finding_names({"data": named})[0]),
            },
        )


def import_sites(
    file: Path, run: Run, *, site: str | None = None, mapping: TableMapping | None = None, content: bytes | None = None
) -> PredictionRows:
    """Add the rows of ``file`` to a whole ``run`` as further sites, and return them.

    All rows are those of ``site`` where one is named; otherwise the column split names the site of each.
    ``mapping`` and ``content`` as in :func:`import_predictions`.
    Raises :class:`ImportFileError` naming rows and reasons, and :class:`RunFolderError` for a name that is impossible
    or taken, with nothing added.
    """
    taken = expected_sites(run.folder, run.manifest)
    if site is not None:
        check_site_name(site, taken)
    rows = read_rows(file, site=site, mapping=mapping, content=content)
    named = _named(file, rows, run)
    for finding, found in named.items():
        if ("scale" in found.notes) != run.of(finding).free:
            theirs, ours = ("a free score", "logits") if run.of(finding).free else ("logits", "a free score")
            raise ImportFileError(
                f"{file}: has {ours}, and the run has {theirs}; a site has the scores of the run's model"
            )
    if rows.notes.get("reading_at_zero") != run.manifest["data"].get("reading_at_zero"):
        raise ImportFileError(
            f"{file}: its scores are not readings of the same grades as those of the run; a site has the run's own "
            "scores, and grades of which only 1 occurs cannot be told from yes and no"
        )
    own = [name for name in rows.sets if name in EVALUATED]
    if own:
        raise ImportFileError(
            f"{file}: has rows of {' and '.join(own)}, and a run keeps those it was made with; name the site that all "
            "rows are of by --site NAME"
        )
    for name in rows.sets:
        check_site_name(name, taken)
    added = {name: {finding: own.sets[name] for finding, own in named.items()} for name in rows.sets}
    add_sites(run, added, {**rows.source, **rows.notes}, mapping=rows.mapping)
    return rows


def _named(file: Path, rows: PredictionRows, run: Run) -> dict[str, FindingRows]:
    """What a file says of each finding of ``run``; :class:`ImportFileError` where it does not say all, or others."""
    if len(run.findings) > 1 or rows.findings:
        if set(rows.findings) != set(run.findings):
            theirs = ", ".join(rows.findings) or _finding_name(rows) or "one finding without a name"
            raise ImportFileError(
                f"{file}: has scores for {theirs}, and the run for {', '.join(run.findings)}; a site has the scores of "
                "each of the run's findings: let the mapping name them, each with its [[finding]]"
            )
        return {finding: rows.findings[finding] for finding in run.findings}
    if (said := _finding_name(rows)) and said != run.finding:
        raise ImportFileError(
            f"{file}: the finding that its mapping names is {shown(said)}, and that of the run is "
            f"{shown(run.finding)}; if both are one question, leave the name out"
        )
    return {run.finding: FindingRows(sets=rows.sets, notes=rows.notes)}


def _finding_name(rows: PredictionRows) -> str:
    """What the mapping calls the finding; empty where it does not say."""
    return (rows.mapping and rows.mapping.finding.name) or ""


def _class_names(rows: PredictionRows) -> dict[str, list[str]]:
    name = _finding_name(rows)
    return {"class_names": [f"no {name}", name]} if name else {}


def _write_sites(folder: Path, rows: PredictionRows, finding: str) -> dict[str, str]:
    """The SHA-256 of the manifest of each site that came with a run's own file."""
    return {
        name: write_site(folder, name, {finding: images}, rows.source, mapping=rows.mapping)
        for name, images in rows.sets.items()
    }
