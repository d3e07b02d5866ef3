"""Marks as a table with what the run knows of their images, for the next round of training data."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from core.runs.exports import frame_csv
from core.runs.marks import COLUMNS, FIELDS, FLAGS, Mark
from core.runs.reading import Run

_KNOWN = ("path", "patient_id", "label")
_IMAGE = COLUMNS.index("image_id") + 1


def marks_table(run: Run, marks: Iterable[Mark]) -> pd.DataFrame:
    """One row a mark, with what the run knows of its image, for the finding that it was marked for.

    Columns: finding, set, image_id, path, patient_id, label, logit, then the others of the mark. ``label`` (``Int64``)
    is the one the data set gives, ``logit`` NaN for images of train. What is not known of an image of another run is
    None.
    """
    rows = list(marks)
    views = {run.finding: run, **{finding: run.of(finding) for finding in run.findings if run.which}}
    records = pd.concat(
        {finding: own.records.set_index(["split", "image_id"])[list(_KNOWN)] for finding, own in views.items()},
        names=["finding"],
    ).astype({"label": "Int64"})
    keys = [(mark.finding if run.which else run.finding, mark.evaluation_set, mark.image_id) for mark in rows]
    known = records.reindex(pd.MultiIndex.from_tuples(keys, names=records.index.names)).reset_index(drop=True)
    logits = {
        (finding, name, image_id): value
        for finding, own in views.items()
        for name, predictions in own.evaluation_sets.items()
        for image_id, value in zip(predictions.image_id, predictions.logit, strict=True)
    }
    own = {
        column: pd.Series([getattr(mark, name) for mark in rows], dtype=object)
        for column, name in zip(COLUMNS, FIELDS, strict=True)
    }
    logit = pd.Series([logits.get(key) for key in keys], dtype="float64")
    before, after = list(own.items())[:_IMAGE], list(own.items())[_IMAGE:]
    return pd.DataFrame({**dict(before), **{name: known[name] for name in _KNOWN}, "logit": logit, **dict(after)})


def marks_csv(table: pd.DataFrame) -> bytes:
    """``table`` of :func:`marks_table` as CSV in UTF-8: every cell quoted, logits to the last bit, flags in words.

    Text that a spreadsheet would take for a formula is guarded (:mod:`core.tables.writing`).
    """
    words = {name: table[name].map({True: "true", False: "false"}) for name in FLAGS}
    return frame_csv(table.assign(**words), quoted=True).encode("utf-8", "backslashreplace")
