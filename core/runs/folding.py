"""Several rows an image -> one, by a rule that a person chose: rows of boxes, of readers, of copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from core.errors import TableError
from core.runs.mapping import READER
from core.tables.sheet import Sheet, few, shown


def fold_rows(found: Sheet, source: Sheet, fold: str) -> Sheet:
    """``found``, whose columns are canonical, with one row an image of each set.

    ``any``: positive where a row says so, else unknown where one is unknown, with the highest score. ``majority``: what
    most of the known truths say, unknown where they are even; the scores must be one. ``reader:NAME``: the rows with
    NAME in the one column of ``source`` that has it. Of a subgroup that differs within an image nothing is known.
    Raises :class:`TableError` where patients or scores differ that must be one.
    """
    if fold.startswith(READER):
        return _rows(found, _of_reader(source, fold.removeprefix(READER)), "rows of other readers were left out")
    keys = ["image_id", *(["split"] if found.has("split") else [])]
    image = pd.DataFrame({name: found.text(name) for name in keys}).groupby(keys, sort=False).ngroup().to_numpy()
    first = np.unique(image, return_index=True)[1]
    score = "logit" if found.has("logit") else "probability"
    must_agree = [name for name in ("patient_id", "date") if found.has(name)]
    for name in [*must_agree, *([score] if fold == "majority" else [])]:
        values = found.text(name) if name != score else found.numbers(score)
        found.refuse(
            values != values[first][image],
            lambda at, name=name: (  # type: ignore[misc]
                f"{name} {found.cell(name, at)} differs from that of row {found.row_of(int(first[image[at]]))}, of the "
                "same image"
            ),
        )
    found.check()
    truth = pd.Series(found.numbers("y_true"))
    columns = {name: column.take(pa.array(first)) for name, column in found.columns.items()}
    columns["y_true"] = _as_labels(_any(truth, image) if fold == "any" else _majority(truth, image))
    columns[score] = pa.chunked_array([pa.array(pd.Series(found.numbers(score)).groupby(image).max().to_numpy())])
    known = {*keys, *must_agree, "y_true", score}
    for name in (name for name in found.columns if name not in known):
        values = found.text(name)
        differs = pd.Series(values != values[first][image]).groupby(image).any().to_numpy(dtype=np.bool_)
        columns[name] = pa.chunked_array([pa.array(np.where(differs, "", values[first]).tolist(), pa.string())])
    folded = found.rows - len(first)
    found.changes.append(f"{found.rows:,} rows were folded to {len(first):,} images ({folded:,} fewer) by {fold}")
    return replace(found, columns=columns, rows=len(first), row_of=_picked(found, first))


def _any(truth: pd.Series[float], image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    by_image = truth.groupby(image)
    unknown = truth.isna().groupby(image).any()
    most = by_image.max()
    return most.where((most == 1) | ~unknown).to_numpy(dtype=np.float64)


def _majority(truth: pd.Series[float], image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    mean = truth.groupby(image).mean().to_numpy(dtype=np.float64)  # of the known
    return np.where(np.isnan(mean) | (mean == 0.5), np.nan, np.where(mean > 0.5, 1.0, 0.0))


def _as_labels(truth: npt.NDArray[np.float64]) -> pa.ChunkedArray:
    words = np.where(np.isnan(truth), "", np.where(truth == 1, "1", "0"))
    return pa.chunked_array([pa.array(words.tolist(), pa.string())])


def _of_reader(source: Sheet, reader: str) -> npt.NDArray[np.int64]:
    has = [name for name in source.columns if reader in source.as_text(name).unique().to_pylist()]
    if len(has) != 1:
        where = f"stands in several columns ({few(has)})" if has else "stands in no column"
        raise TableError(f"{source.file}: the reader {shown(reader)} {where}; name one that stands in one column alone")
    return np.flatnonzero(source.text(has[0]) == reader)


def _rows(found: Sheet, kept: npt.NDArray[np.int64], what: str) -> Sheet:
    if len(kept) < found.rows:
        found.changes.append(f"{found.rows - len(kept):,} {what}")
    columns = {name: column.take(pa.array(kept)) for name, column in found.columns.items()}
    return replace(found, columns=columns, rows=len(kept), row_of=_picked(found, kept))


def _picked(found: Sheet, kept: npt.NDArray[np.int64]) -> Callable[[int], int]:
    row_of = found.row_of
    return lambda position: row_of(int(kept[position]))
