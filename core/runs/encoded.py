"""Columns of ids by their distinct texts. Hashes tell which are equal, so that no table of texts lies in memory."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from core.evaluation.predictions import Encoded, Texts, hashes, kept_ids
from core.tables.on_disk import PART, made_of, parts_of


def texts(column: pa.ChunkedArray) -> Texts:
    """A column of text (n,) without nulls in the form in which ids are handed on."""
    return cast("Texts", column.to_pandas().array)


def encoded(column: pa.ChunkedArray) -> Encoded:
    """A column of text (n,) without nulls by its distinct texts, in the order of their first cells."""
    if len(column) <= PART:
        return Encoded.of(texts(column))
    codes = pd.factorize(np.concatenate([hashes(texts(part)) for part in parts_of(column)]))[0].astype(np.int32)
    first = np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))
    words = taken(column, first)
    starts = range(0, len(column), PART)
    same = (
        part.equals(pa.chunked_array([take(words, codes[at : at + PART])]))
        for at, part in zip(starts, parts_of(column), strict=True)
    )
    return Encoded(texts(words), codes) if all(same) else Encoded.of(texts(column))


def taken(column: pa.ChunkedArray, rows: np.ndarray) -> pa.ChunkedArray:
    """The cells of a column of text at ``rows`` (m,)."""
    return made_of(take(column, rows[at : at + PART]) for at in range(0, len(rows), PART))


def take(column: pa.ChunkedArray, rows: npt.NDArray[np.integer]) -> pa.Array | pa.ChunkedArray:
    """The cells of a column at a few ``rows`` (m,). Arrow's own would first join all chunks in memory."""
    if column.num_chunks == 1:
        return column.chunk(0).take(pa.array(rows))
    begins = np.cumsum([0, *map(len, column.chunks)])
    chunk = np.searchsorted(begins, rows, side="right") - 1
    order = np.argsort(chunk, kind="stable")
    there = [(at, rows[chunk == at] - begins[at]) for at in np.unique(chunk).tolist()]
    found = [column.chunk(at).take(pa.array(own)) for at, own in there]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(found).take(pa.array(back)) if found else column.slice(0, 0)


def ids_column(of: object, name: str) -> pa.ChunkedArray:
    """A column of :class:`core.evaluation.predictions.Ids` (n,) as tables take it."""
    kept = kept_ids(of, name)
    if isinstance(kept, Encoded):
        return taken(arrow(kept.words), kept.codes)
    return arrow(kept)


def arrow(ids: object) -> pa.ChunkedArray:
    """Ids (n,) in any of their forms as a column."""
    found = pa.array(ids, pa.large_string())
    return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])
