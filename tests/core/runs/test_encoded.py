import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.predictions import Encoded
from core.runs import encoded as module
from core.runs.encoded import encoded, take, taken, texts

CHUNKS = st.lists(st.lists(st.sampled_from(["a", "b", "é", "", "p1", "p2"]), max_size=9), min_size=1, max_size=4)


def _column(chunks: list[list[str]]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(chunk, pa.large_string()) for chunk in chunks])


@given(CHUNKS, st.booleans())
def test_it_is_what_pandas_finds(chunks: list[list[str]], alike: bool) -> None:
    column = _column(chunks)
    expected = Encoded.of(texts(column))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PART", 3)
        patch.setattr("core.tables.on_disk.PART", 3)
        if alike:  # texts that differ may have one hash
            patch.setattr(module, "hashes", lambda ids: np.array([len(one) for one in ids], dtype=np.uint64))
        found = encoded(column)
    assert found.codes.tolist() == expected.codes.tolist()
    assert list(found.words) == list(expected.words)


@given(CHUNKS, st.data())
def test_cells_are_taken_from_any_chunk(chunks: list[list[str]], data: st.DataObject) -> None:
    column = _column(chunks)
    rows = data.draw(st.lists(st.integers(0, len(column) - 1), max_size=20) if len(column) else st.just([]))
    expected = [column[row].as_py() for row in rows]
    assert take(column, np.array(rows, dtype=np.int64)).to_pylist() == expected
    assert taken(column, np.array(rows, dtype=np.int64)).to_pylist() == expected
