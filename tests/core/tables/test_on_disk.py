import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from core.errors import TableError
from core.tables import on_disk
from core.tables.on_disk import Spool, by_part, filtered, held_in_memory, let_go, made_of, parts_of

CELLS = ["a", "", None, "köln", "x" * 40, None, "b"]


def _spooled(held: int) -> pa.ChunkedArray:
    spool = Spool(held=held)
    for at in range(0, len(CELLS), 3):
        spool.add(pa.array(CELLS[at : at + 3], pa.string()))
    return spool.column()


@pytest.mark.parametrize("held", [0, 10, 1 << 20])
def test_a_column_is_the_same_in_memory_and_on_a_disk(held: int) -> None:
    column = _spooled(held)
    assert column.to_pylist() == CELLS
    assert column.null_count == 2
    assert (column.type == pa.large_string()) == (held < 1 << 20)


def test_a_column_on_a_disk_can_be_read_again_when_its_pages_were_let_go() -> None:
    column = _spooled(0)
    let_go()
    assert column.slice(3).to_pylist() == CELLS[3:]
    before = pa.total_allocated_bytes()
    assert column.chunk(0).nbytes > 0
    assert pa.total_allocated_bytes() == before


def test_a_column_without_text_lies_on_a_disk_too() -> None:
    spool = Spool(held=0)
    spool.add(pa.array(["", ""]))
    assert spool.column().to_pylist() == ["", ""]


def test_what_is_asked_of_parts_is_asked_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "PART", 2)
    column = _spooled(0)
    assert [part.to_pylist() for part in parts_of(column)] == [CELLS[:2], CELLS[2:4], CELLS[4:6], CELLS[6:]]
    assert by_part(column, pc.is_null).to_pylist() == [cell is None for cell in CELLS]
    assert by_part(column[:0], pc.is_null).to_pylist() == []
    assert made_of(map(pc.utf8_upper, parts_of(column))).to_pylist() == [cell and cell.upper() for cell in CELLS]
    rows = np.array([True, False, True, True, False, False, True])
    assert filtered(column, rows).to_pylist() == ["a", None, "köln", "b"]


def test_nothing_goes_to_a_disk_where_memory_alone_may_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_disk, "HELD", 0)
    with held_in_memory():
        assert made_of([pa.array(["a"])]).type == pa.string()
    with held_in_memory(False):
        assert made_of([pa.array(["a"])]).type == pa.large_string()


def test_a_disk_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(on_disk.tempfile, "TemporaryFile", full)
    with pytest.raises(TableError, match="No space left on device"):
        _spooled(0)
