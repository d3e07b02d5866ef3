import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import TableError
from core.tables.content import Content
from core.tables.dates import read_dates
from core.tables.dress import Dress, delimiters
from core.tables.reading import read_sheet
from core.tables.sheet import Sheet

ROWS = [("köln/1.png", "0012", 0, -1.25), ("a b.png", "7", 1, 3.0), ("c;,|.png", "NA", 1, 1e-7)]
NAMES = ["image", "patient", "truth", "score"]
TABLE = pd.DataFrame(ROWS, columns=NAMES)


def _read(content: bytes, dress: Dress | None = None) -> Sheet:
    return read_sheet(Path("file"), content=content, dress=dress or Dress())


def _delimiters(content: bytes) -> list[str]:
    return delimiters(Content(Path("file"), content))


def _rows(sheet: Sheet) -> list[tuple[object, ...]]:
    texts = [sheet.text(name) for name in ("image", "patient")]
    numbers = [sheet.numbers(name) for name in ("truth", "score")]
    return list(zip(*texts, *numbers, strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_in_any_encoding_and_with_any_separator(encoding: str, separator: str, end: str) -> None:
    content = TABLE.to_csv(sep=separator, index=False, lineterminator=end).encode(encoding)
    sheet = _read(content)
    assert _rows(sheet) == ROWS
    assert sheet.separator == separator
    said = "UTF-16" if "16" in encoding else "Latin-1"
    assert any(said in line for line in sheet.changes) == (encoding not in ("utf-8", "utf-8-sig"))


def test_the_line_of_excel_names_the_separator_and_counts_as_a_row() -> None:
    sheet = _read(b"sep=;\r\nimage;a,b\r\n1;2,5\r\n\r\n3;4\r\nx;y;z\r\n")
    assert list(sheet.columns) == ["image", "a,b"]
    assert [sheet.row_of(0), sheet.row_of(1)] == [3, 5]
    assert sheet.ragged[0].row == 6


def test_a_separator_that_the_header_has_within_a_cell_is_seen_through() -> None:
    assert _delimiters(b"image;score (0, 1, or none)\na;0,5\nb;0\n") == [";"]
    assert _delimiters(b'"a,b";c\n1;2\n') == [";"]


def test_two_separators_that_both_part_every_row_are_two_readings() -> None:
    assert sorted(_delimiters(b"a;b,c\n1;2,3\n")) == [",", ";"]


def test_text_of_two_encodings_is_refused_and_a_given_one_is_used() -> None:
    mixed = "a,b\nö,1\n".encode() + "ö,1\n".encode("latin-1")
    with pytest.raises(TableError, match="not text in UTF-8"):
        _read(mixed)
    assert _read("a\nжук\n".encode("cp1251"), Dress(encoding="cp1251")).text("a")[0] == "жук"
    with pytest.raises(TableError, match="no encoding is called 'klingon'"):
        _read(b"a\n\xff\n", Dress(encoding="klingon"))


def _workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("encoding", ["klingon", "hex", "\0"])
def test_an_encoding_that_nobody_knows(encoding: str) -> None:
    with pytest.raises(TableError, match="no encoding is called"):
        _read(b"a,b\n1,2\n", Dress(encoding=encoding))


def test_a_workbook_is_read_as_openpyxl_wrote_it() -> None:
    sheet = _read(_workbook({"Export": [NAMES, *map(list, ROWS)], "Empty": []}))
    assert _rows(sheet) == ROWS
    assert any("'Export'" in line for line in sheet.changes)
    assert sheet.row_of(0) == 2


def test_cells_of_a_workbook_keep_what_they_are() -> None:
    when = datetime(2024, 3, 4, 12)
    sheet = _read(_workbook({"A": [["id", "day", "yes", "mixed"], [17, when, True, "x"], [18, when, False, 2]]}))
    assert list(sheet.text("id")) == ["17", "18"]
    assert sheet.columns["day"][0].as_py() == date(2024, 3, 4)
    assert sheet.columns["yes"].type == pa.bool_()
    assert list(sheet.text("mixed")) == ["x", "2"]


def test_a_workbook_of_several_sheets_needs_one_named() -> None:
    content = _workbook({"A": [["id"], ["a"]], "B": [["id"], ["b"]]})
    with pytest.raises(TableError, match="several sheets"):
        _read(content)
    assert list(_read(content, Dress(sheet="B")).text("id")) == ["b"]
    with pytest.raises(TableError, match="no sheet 'C'"):
        _read(content, Dress(sheet="C"))


@pytest.mark.parametrize("as_list", [False, True])
def test_json_lines_and_a_json_list(as_list: bool) -> None:
    rows = TABLE.to_dict("records")
    text = json.dumps(rows) if as_list else "\n\n".join(json.dumps(row) for row in rows)
    sheet = _read(text.encode())
    assert _rows(sheet) == ROWS
    assert sheet.row_of(1) == (2 if as_list else 3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": 1}\n{"a": ', "row 2 is not JSON"),
        (b'{"a": 1}\n[1]', "row 2 is not a JSON object"),
        (b'{"a": 1, "a": 2}', "a key stands twice"),
        (b'{"a": [1]}', "row 1, 'a' holds a list"),
        (b'{"a": {"b": 1}}', "row 1, 'a' holds a list or an object"),
        (b'[{"a": 1}, null]', "row 2 is not a JSON object"),
        (b'{"a": "\\ud800"}', "row 1 holds half a character"),
        (b'{"\\uD800": 1}', "row 1 holds half a character"),
    ],
)
def test_json_that_is_no_table(content: bytes, reason: str) -> None:
    with pytest.raises(TableError, match=reason):
        _read(content)


def _npz(**arrays: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def test_arrays_of_numpy() -> None:
    columns = {name: np.array(list(TABLE[name])) for name in NAMES}
    columns["score"] = columns["score"][:, None]
    assert _rows(_read(_npz(**columns))) == ROWS


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"a": np.zeros((3, 2))}, r"'a' has the shape \(3, 2\)"),
        ({"a": np.zeros(3), "b": np.zeros(2)}, r"'b' has the shape \(2,\)"),
        ({"a": np.zeros(3, dtype=complex)}, "expected numbers or text"),
        ({"a": np.array([None, 1], dtype=object)}, "not readable as NumPy"),
        ({"a": np.array(1.0), "b": np.zeros(2)}, r"'a' has the shape \(\)"),
        ({"a": np.array([b"\xff"])}, "'a' holds what cannot be read"),
        ({"a": np.array(["\ud800"])}, "'a' holds what cannot be read"),
        ({}, "holds nothing"),
    ],
)
def test_arrays_that_are_no_columns(arrays: dict[str, np.ndarray], reason: str) -> None:
    with pytest.raises(TableError, match=reason):
        _read(_npz(**arrays))


@pytest.mark.parametrize("kind", [">f8", "<f2", np.longdouble, ">i4"])
def test_arrays_of_any_kind_of_number(kind: str) -> None:
    assert list(_read(_npz(a=np.array([-2, 0, 3], dtype=kind))).numbers("a")) == [-2, 0, 3]


@pytest.mark.parametrize("unit", ["Y", "h", "ns"])
def test_arrays_of_days_in_any_unit(unit: str) -> None:
    sheet = _read(_npz(a=np.array(["2024-01-01"], dtype=f"datetime64[{unit}]")))
    assert read_dates(sheet, "a").astype(str).tolist() == ["2024-01-01"]


def test_a_member_that_is_no_array() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.npy", b"no array")
    with pytest.raises(TableError, match="'a' is no array"):
        _read(content.getvalue())


def test_whole_numbers_beyond_any_float_stay_what_they_are() -> None:
    long = "1" + "0" * 400
    sheet = _read(f'{{"id": {long}, "score": {long}}}\n{{"id": {2**53 + 1}, "score": 0.5}}'.encode())
    assert list(sheet.text("id")) == [long, str(2**53 + 1)]
    assert list(sheet.numbers("score")) == [np.inf, 0.5]


@pytest.mark.parametrize("cell", [[1, 2], {"b": 1}])
def test_parquet_with_lists_or_objects_is_refused(cell: object) -> None:
    content = io.BytesIO()
    pq.write_table(pa.table({"a": [1], "boxes": [cell]}), content)
    with pytest.raises(TableError, match="column 'boxes' is of type"):
        _read(content.getvalue())


def test_a_column_of_times_is_no_column_of_days() -> None:
    content = io.BytesIO()
    pq.write_table(pa.table({"a": pa.array([1], pa.time32("s"))}), content)
    sheet = _read(content.getvalue())
    read_dates(sheet, "a")
    with pytest.raises(TableError, match="is not a day"):
        sheet.check()


def test_parquet() -> None:
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(TABLE, preserve_index=False), content)
    assert _rows(_read(content.getvalue())) == ROWS


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"\x1f\x8bzipped", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"])
def test_what_is_no_table(content: bytes) -> None:
    with pytest.raises(TableError):
        _read(content)
