"""A table read by its mapping: the sheet that an import takes, with canonical columns, and what was read otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import TableError
from core.runs.columns import LARGEST_LOGIT, ROUNDING
from core.runs.folding import fold_rows
from core.runs.label_words import label_words, lists, spellings, truths
from core.runs.mapping import Mapping
from core.runs.score_scale import scores
from core.tables import cells
from core.tables.dates import day_in
from core.tables.sheet import Sheet, as_mask, few, shown

_POWERS = {"percent": -2}
_LIMITS = {
    "probability": (-ROUNDING, 1 + ROUNDING, "a number from 0 to 1"),
    "percent": (-ROUNDING, 1 + ROUNDING, "a number from 0 to 100"),
    "logit": (-LARGEST_LOGIT, LARGEST_LOGIT, "a finite number"),
    "free": (-LARGEST_LOGIT, LARGEST_LOGIT, "a finite number"),
}


def mapped(sheet: Sheet, mapping: Mapping) -> Sheet:
    """``sheet`` with the columns that an import knows, one row an image, by a ``mapping`` in which nothing is open.

    A probability lies in ``probability``, of 0 to 1; a logit or a free score in ``logit``. Raises
    :class:`TableError` naming rows, columns and reasons where a cell is not what the mapping says it is.
    """
    sheet.refuse_ragged()
    image_id, label, score = mapping.image_id, mapping.finding.label, mapping.finding.score
    if not image_id or label is None or not score:
        raise TableError(f"{sheet.file}: the mapping names no image_id, no label or no score")
    named = {"image_id": image_id, "patient_id": mapping.patient_id, "split": mapping.split or mapping.site}
    columns = {key: sheet.columns[name] for key, name in named.items() if name}
    _say_names(sheet, mapping)
    columns["y_true"] = _labels(sheet, mapping, label) if label else _unknown(sheet)
    columns["probability" if mapping.finding.scale in ("probability", "percent") else "logit"] = _scores(
        sheet, mapping, score
    )
    if mapping.date:
        columns["date"] = _days(sheet, mapping.date, mapping.date_format)
    for name in mapping.subgroups or ():
        if name in columns:
            raise TableError(f"{sheet.file}: no subgroup can be called {shown(name)}; rename that column")
        columns[name] = sheet.columns[name]
    sheet.check()
    found = replace(sheet, columns=columns, changes=sheet.changes)
    return fold_rows(found, sheet, mapping.fold) if mapping.fold else found


def _say_names(sheet: Sheet, mapping: Mapping) -> None:
    roles = ("image_id", "patient_id", "split", "site", "date", "label", "score")
    said = [f"{shown(name)} as {key}" for key in roles if (name := mapping.get(key)) and name != key]
    if said:
        sheet.changes.append(f"columns were read as the mapping in the manifest says: {', '.join(said)}")


def _labels(sheet: Sheet, mapping: Mapping, name: str) -> pa.ChunkedArray:
    truth = truths(sheet, mapping.finding, name)
    words, first = label_words(sheet, name), spellings(sheet, name)
    told = []
    if lists(list(first)):
        counts = ", ".join(
            f"{int((np.isnan(truth) if value != value else truth == value).sum()):,} {said}"
            for value, said in (
                (1.0, f"with {few(mapping.finding.positive or ())} as 1"),
                (0.0, "as 0"),
                (np.nan, "unknown"),
            )
        )
        sheet.changes.append(f"column {name} lists several words in a cell: rows {counts}")
        first = {}
        words = np.full(len(words), "", dtype=object)
    for value, said in ((1.0, "1"), (0.0, "0"), (np.nan, "unknown")):
        rows = np.isnan(truth) if value != value else truth == value
        counted = {word: int((words[rows] == word).sum()) for word in dict.fromkeys(words[rows].tolist()) if word}
        if any(first.get(word, word) != said for word in counted):
            told += [f"{shown(first.get(word, word))} ({count:,}) as {said}" for word, count in counted.items()]
    if told:
        sheet.changes.append(f"column {name}: {', '.join(told)}")
    values = pa.array(np.nan_to_num(truth).astype(np.int64), mask=np.isnan(truth))
    return pa.chunked_array([pc.fill_null(values.cast(pa.string()), "")])


def _unknown(sheet: Sheet) -> pa.ChunkedArray:
    sheet.changes.append("no column is the truth, so that of every image is unknown")
    return pa.chunked_array([pa.repeat("", sheet.rows)])


def _scores(sheet: Sheet, mapping: Mapping, name: str) -> pa.ChunkedArray:
    scale = mapping.finding.scale or ""
    low, high, expected = _LIMITS[scale]
    values = scores(sheet, mapping, name, power=_POWERS.get(scale, 0))
    with np.errstate(invalid="ignore"):
        bad = ~((values >= low) & (values <= high))
    decimals = {",": " (with a decimal comma)", ".": " (with a decimal point)"}[mapping.decimal or "."]
    sheet.refuse(bad, lambda at: f"column {name}: {sheet.cell(name, at)} is not {expected}{decimals}", by=name)
    if scale == "percent":
        sheet.changes.append(f"column {name} has percentages, read as probabilities of 0 to 1")
    return pa.chunked_array([pa.array(values)])


def _days(sheet: Sheet, name: str, form: str | None) -> pa.ChunkedArray:
    """The days of a column, in the format that the mapping says; other cells are refused."""
    column = sheet.columns[name]
    if not form or pa.types.is_temporal(column.type):
        return column
    text = sheet.as_text(name)
    distinct = text.unique()
    unknown = as_mask(cells.is_unknown(distinct))
    days = [None if nobody else day_in(word, form) for word, nobody in zip(distinct.to_pylist(), unknown, strict=True)]
    at: npt.NDArray[np.int64] = np.asarray(pc.index_in(text, value_set=distinct).to_numpy(), dtype=np.int64)
    absent = np.array([one is None for one in days], dtype=np.bool_) & ~unknown
    sheet.refuse(absent[at], lambda row: f"column {name}: {sheet.cell(name, row)} is no day written as {form}", by=name)
    return pa.chunked_array([pa.array(days, pa.date32()).take(pa.array(at))])
