from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import TableError
from core.tables.dates import day, read_dates
from core.tables.reading import read_sheet


def _read(folder: Path, cells: list[str]) -> list[object]:
    (folder / "a.csv").write_text("image,date\n" + "".join(f'x,"{cell}"\n' for cell in cells))
    sheet = read_sheet(folder / "a.csv", {"date"})
    days = read_dates(sheet, "date")
    sheet.check()
    return list(days.astype(object))


def test_days_times_and_dicoms_days_are_read_and_words_for_unknown_are_no_day(tmp_path: Path) -> None:
    cells = ["2024-04-03", "2024-04-03T23:59:59Z", "2024-04-03 07:15", "20240403", "", "NA"]
    assert _read(tmp_path, cells) == [date(2024, 4, 3)] * 4 + [None, None]


@pytest.mark.parametrize(
    "cell", ["3/4/2024", "03.04.2024", "2024-13-01", "2024-02-30", "20241301", "240403", "2024-W14-3", "April"]
)
def test_what_may_be_two_days_or_is_none_is_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(TableError, match=r"1 problem\(s\): row 3: date .* is not a day written as 2024-04-03"):
        _read(tmp_path, ["2024-04-03", cell])


def test_columns_of_days_and_times_are_read_as_they_are(tmp_path: Path) -> None:
    for values, kind in (
        ([date(2024, 4, 3), None], pa.date32()),
        ([datetime(2024, 4, 3, 9), None], pa.timestamp("ns")),
    ):
        pq.write_table(pa.table({"date": pa.array(values, kind), "x": [1, 2]}), tmp_path / "a.parquet")
        found = read_dates(read_sheet(tmp_path / "a.parquet", {"date"}), "date")
        np.testing.assert_array_equal(found, np.array(["2024-04-03", "NaT"], dtype="datetime64[D]"))


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_back(one: date) -> None:
    assert day(one.isoformat()) == day(f"{one:%Y%m%d}".zfill(8)) == one
