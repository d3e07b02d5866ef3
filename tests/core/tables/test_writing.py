"""CSV that no spreadsheet takes for formulas, and that comes back to the character."""

import ast
import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tables.reading import read_sheet
from core.tables.writing import STARTS, csv_text, guarded, unguarded, without_guard

ROOT = Path(__file__).resolve().parents[3]
FORMULAS = ["=1+1", '=LINK("http://x")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "--", "-", "+x"]
PLAIN = ["", "a", "'", "'a", "1", "-1", "+1", "-1.5", "-.5e-3", "1=1", " =1", "a\n=1", "é", "\ud800"]
TEXTS = st.sampled_from([*FORMULAS, *PLAIN]) | st.text(alphabet=[*STARTS, *"'1.ea,\""], max_size=6)


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert guarded(guarded(text)) == f"''{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_all_else_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text == unguarded(text)


@given(text=TEXTS)
def test_every_text_comes_back(text: str) -> None:
    found = guarded(text)
    assert unguarded(found) == text
    assert found[:1] not in STARTS or not found or float(found) == float(text)  # a numeral, or guarded


@given(texts=st.lists(TEXTS.filter(lambda text: text.isprintable() and "\ud800" not in text)))
def test_a_column_is_freed_as_its_cells_are(texts: list[str]) -> None:
    column = pa.chunked_array([pa.array(texts, pa.string())])
    assert without_guard(column).to_pylist() == [unguarded(text) for text in texts]


def test_numbers_stay_numbers_and_what_is_absent_is_empty() -> None:
    text = csv_text(["=a", "b"], [(-1, -0.1), (None, 1e-300), ("-1", "-x"), (2.5, "a,b")])
    assert text == "'=a,b\n-1,-0.1\n,1e-300\n-1,'-x\n2.5,\"a,b\"\n"
    assert csv_text(["a"], [(-1,)], quoted=True) == '"a"\n"-1"\n'
    assert csv_text(["a"], []) == "a\n"


@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=4), quoted=st.booleans())
def test_python_reads_what_was_written(rows: list[tuple[str, str]], quoted: bool) -> None:
    text = csv_text(["a", "-b"], rows, quoted=quoted)
    header, *found = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert [unguarded(name) for name in header] == ["a", "-b"]
    assert [tuple(unguarded(cell) for cell in row) for row in found] == rows


@pytest.mark.parametrize("quoted", [False, True])
def test_a_file_of_ours_is_read_as_it_was_and_that_is_said(tmp_path: Path, quoted: bool) -> None:
    rows = [("=a", "-1", "@x"), ("b", "-2.5", "'=y"), ("''c", "3", "z")]
    file = tmp_path / "t.csv"
    file.write_text(csv_text(["image_id", "logit", "=ward"], rows, quoted=quoted))
    sheet = read_sheet(file, {"image_id", "logit"})
    assert list(sheet.columns) == ["image_id", "logit", "=ward"]
    assert [list(sheet.text(name)) for name in sheet.columns] == [list(column) for column in zip(*rows, strict=True)]
    assert sheet.numbers("logit").tolist() == [-1, -2.5, 3]
    assert sheet.changes == [
        "1 cell of column image_id has an apostrophe against formulas, which was taken away (row 2)",
        "2 cells of column =ward have an apostrophe against formulas, which was taken away (first: row 2)",
    ]


def test_the_product_writes_csv_in_one_place() -> None:
    """Neither pandas' writer nor Python's own is called anywhere else."""
    found = {
        (file.relative_to(ROOT).as_posix(), node.attr)
        for room in ("core", "dashboard", "pages")
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"to_csv", "writer", "DictWriter"}
        if node.attr == "to_csv" or (isinstance(node.value, ast.Name) and node.value.id == "csv")
    }
    assert found == set()
