"""Files that mean the same read the same, however they are padded; what was seen through is counted, with its place."""

import csv
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import TableError
from core.tables import parsing
from core.tables.cells import is_unknown
from core.tables.content import Content
from core.tables.reading import read_sheet
from core.tables.sheet import as_mask
from core.tables.splits import split_of

NAMES = ("image_id", "patient_id", "split")


def sheet_of(folder: Path, content: str | bytes):
    file = folder / "t.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_sheet(file, NAMES)


def test_padding_of_every_kind_is_trimmed_and_counted_once(tmp_path: Path):
    sheet = sheet_of(tmp_path, "image_id,sex\na,M\n b\u00a0,\ufeffM\u200b\nc,F\u3000\n")
    assert sheet.text("image_id").tolist() == ["a", "b", "c"]
    assert sheet.text("sex").tolist() == ["M", "M", "F"]
    assert sheet.changes == ["3 cells padded with spaces were trimmed (first: row 3, column image_id)"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("image_id,sex\n,\na,M\n , \n", "2 rows of empty cells were left out (first: row 2)"),
        ("image_id,sex\na,M\n\n,\n", "1 row of empty cells was left out (row 4)"),
        ("image_id,sex\na,M\n   \n,,,,\n", "2 rows of empty cells were left out (first: row 3)"),
        ("image_id,sex,,\na,M,,\n", "2 columns without name and content were left out"),
        (",image_id,sex\n7,a,M\n", "a column without a name, which counts the rows, was left out"),
        ("Unnamed: 0.1,image_id,sex\n0,a,M\n", "column 'Unnamed: 0.1', which counts the rows, was left out"),
        ("Image ID,sex\na,M\n", "column 'Image ID' was read as image_id"),
        ("\ufeffIMAGE_ID,sex\na,M\n", "column 'IMAGE_ID' was read as image_id"),
    ],
)
def test_blank_rows_and_columns_and_spelled_names(tmp_path: Path, content: str, said: str):
    sheet = sheet_of(tmp_path, content)
    assert (sheet.text("image_id").tolist(), sheet.text("sex").tolist(), sheet.rows) == (["a"], ["M"], 1)
    assert sheet.changes == [said]


@pytest.mark.parametrize("cells", [("3", "3"), ("2", "1"), ("x", "y"), ("1.5", "2.5")])
def test_a_column_without_a_name_that_counts_nothing_is_kept(tmp_path: Path, cells: tuple[str, str]):
    sheet = sheet_of(tmp_path, f",image_id\n{cells[0]},a\n{cells[1]},b\n")
    assert sheet.text("").tolist() == [*cells]
    assert sheet.changes == []


@pytest.mark.parametrize(
    "word",
    [
        "NA",
        "n/a",
        "NULL",
        "None",
        "-",
        "--",
        "Unknown",
        "ANONYMOUS",
        "#N/A",
        "0",
        "0.0",
        '"NA"',
        "'null'",
        "<NA>",
        "(unknown)",
        " nan\u00a0",
        "?",
        "",
        "NaN",
        "unbekannt",
        "Not available",
        "none.",
        "N / A",
        "XXXX",
        "***",
        "Redacted",
        "n.v.t.",
        "不明",
        "-1",
    ],
)
def test_words_for_unknown_are_nobodys(word: str):
    assert as_mask(is_unknown(pa.chunked_array([[word]]))).tolist() == [True]


@pytest.mark.parametrize("name", ["1", "10", "001", "NA12", "p0", "nan-1", "Nana", "anon1", "N", "X", "Ana", "é"])
def test_ids_stay_ids(name: str):
    assert as_mask(is_unknown(pa.chunked_array([[name]]))).tolist() == [False]


def test_owners_say_what_they_took_for_unknown(tmp_path: Path):
    sheet = sheet_of(tmp_path, "image_id,patient_id\na,NA\nb,p\nc,0\nd,\n")
    ids, known = sheet.owners("patient_id")
    assert (ids.tolist(), known.tolist()) == (["", "p", "", ""], [False, True, False, False])
    assert sheet.changes == [
        "2 cells of column patient_id ('NA', '0') are nobody's id; if 0 is somebody's id, write it otherwise "
        "(first: row 2)"
    ]


@pytest.mark.parametrize("word", ["nvu", "patient", "9999", "9"])
def test_a_word_for_unknown_that_no_list_knows_is_asked_about(tmp_path: Path, word: str):
    rows = [f"i{i},{word if i % 2 else f'p{i // 4}'}" for i in range(40)]
    sheet = sheet_of(tmp_path, "\n".join(["image_id,patient_id", *rows]))
    assert sheet.owners("patient_id")[1].all()
    assert sheet.changes == [
        f"20 cells of column patient_id are one id, '{word}', far more than of any other; if it is a word for unknown, "
        "leave those cells empty, or their images count as one patient's (first: row 3)"
    ]


@pytest.mark.parametrize(
    "patients",
    [
        [i % 4 for i in range(40)],  # all have many
        [0] * 9 + list(range(1, 32)),  # nine of one patient
        [0] * 10 + list(range(1, 200)),  # few of all
        [0] * 20 + [1] * 5 + list(range(2, 17)),  # another one has a fourth as many
    ],
)
def test_patients_with_several_images_are_not_asked_about(tmp_path: Path, patients: list[int]):
    rows = [f"i{i},p{patient}" for i, patient in enumerate(patients)]
    sheet = sheet_of(tmp_path, "\n".join(["image_id,patient_id", *rows]))
    sheet.owners("patient_id")
    assert sheet.changes == []


@pytest.mark.parametrize(
    ("one", "other"), [("M", "m"), ("Süd", "SÜD"), ("Jos\u00e9", "Jose\u0301"), ("IM-1a", "im-1A")]
)
def test_words_that_look_alike_stay_apart_and_are_said(tmp_path: Path, one: str, other: str):
    sheet = sheet_of(tmp_path, f"image_id,patient_id\na,{one}\nb,{other}\nc,{one}\nd,third\n")
    assert sheet.owners("patient_id")[0].tolist() == [one, other, one, "third"]
    assert sheet.changes == [
        "column patient_id has words that differ in case alone, or look alike, and were kept apart: "
        f"{one!r} and {other!r}"
    ]


@pytest.mark.parametrize("rounded", ["1.27E+15", "1,27E+15", "1e+15", "1.2700E+12", "-1.5E+10", "1.27E15"])
def test_rounded_ids_are_refused_once(tmp_path: Path, rounded: str):
    sheet = sheet_of(tmp_path, "image_id;patient_id\n" + f"a;{rounded}\n" + f"b;{rounded}\n" + "c;p\n")
    sheet.owners("patient_id")
    with pytest.raises(TableError, match=r"row 2: patient_id .* long number as a spreadsheet shows it.*\(2 rows\)"):
        sheet.check()


@pytest.mark.parametrize("kept", ["12E5", "1E10", "E+15", "1.27", "1270000000000001"])
def test_ids_that_only_look_alike_are_taken(tmp_path: Path, kept: str):
    sheet = sheet_of(tmp_path, f"image_id,patient_id\na,{kept}\n")
    assert sheet.owners("patient_id")[0].tolist() == [kept]
    sheet.check()
    assert sheet.changes == []


def test_ids_filled_with_noughts_are_said(tmp_path: Path):
    sheet = sheet_of(tmp_path, "image_id,patient_id\na,1234567890123450\nb,1234567890123460\nc,p\n")
    sheet.owners("patient_id")
    assert sheet.changes[0].startswith("2 cells of column patient_id end in 0 after the 15 digits")


@pytest.mark.parametrize(
    ("text", "numbers"), [("0,5\n-1,25", [0.5, -1.25]), ("1,234\n0,5", [1.234, 0.5]), ("2\n0,75", [2.0, 0.75])]
)
def test_decimal_commas_that_can_be_nothing_else(tmp_path: Path, text: str, numbers: list[float]):
    sheet = sheet_of(tmp_path, "image_id;logit\n" + "\n".join(f"i;{row}" for row in text.split("\n")))
    assert sheet.numbers("logit").tolist() == numbers
    assert "decimal comma" in sheet.changes[0]


@pytest.mark.parametrize("text", ["1,234\n5,678", "0,5\n1.5"])
def test_commas_that_may_be_thousands_are_no_numbers(tmp_path: Path, text: str):
    sheet = sheet_of(tmp_path, "image_id;logit\n" + "\n".join(f"i;{row}" for row in text.split("\n")))
    assert any(value != value for value in sheet.numbers("logit"))


@pytest.mark.parametrize(
    ("word", "split"),
    [
        ("val", "validation"),
        ("VALID", "validation"),
        ("Validation", "validation"),
        ("validation_set", "validation"),
        ("TEST ", "test"),
        ("test-set", "test"),
        ("Testing", "test"),
        ("Train", "train"),
        ("training data", "train"),
        ("dev", None),
        ("holdout", None),
        ("evaluation", None),
        ("", None),
        ("set", None),
    ],
)
def test_words_for_splits(word: str, split: str | None):
    assert split_of(word) == split


cell = st.text(alphabet=st.sampled_from('ab0"é,;\n .'), max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=6), data=st.data())
def test_a_noisy_table_reads_as_the_tidy_one(tmp_path: Path, rows: list[tuple[str, ...]], data: st.DataObject):
    rows = [(f"i{n}", *(text.strip() for text in row[1:])) for n, row in enumerate(rows)]
    pad = st.sampled_from(["", " ", "\u00a0", "\u200b", "\t ", "\ufeff"])
    noisy = [[data.draw(pad) + text + data.draw(pad) for text in row] for row in rows]
    for _ in range(data.draw(st.integers(0, 3))):
        noisy.insert(data.draw(st.integers(0, len(noisy))), ["", " ", ""])
    header = data.draw(st.sampled_from([["image_id", "patient_id", "x"], ["Image_ID ", "PATIENT ID", "x"]]))
    tidy, odd = (io.StringIO(newline="") for _ in range(2))
    csv.writer(tidy).writerows([["image_id", "patient_id", "x"], *rows])
    csv.writer(odd).writerows([header, *noisy])
    first, second = sheet_of(tmp_path, tidy.getvalue()), sheet_of(tmp_path, odd.getvalue())
    assert list(first.columns) == list(second.columns)
    for name in first.columns:
        assert (
            first.text(name).tolist()
            == second.text(name).tolist()
            == [row[list(first.columns).index(name)] for row in rows]
        )


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet=st.sampled_from('ab",\n\r '), max_size=25))
def test_arrow_reads_what_pythons_csv_reads_or_nothing(text: str):
    content = ("x,y\n" + text).encode()
    quick = parsing._quickly(Content(Path("file"), content), ["x", "y"], ",")
    if quick is not None:
        rows = [row for row in csv.reader(io.StringIO("x,y\n" + text, newline=""), strict=True) if row][1:]
        assert [list(row) for row in zip(*(column.to_pylist() for column in quick.columns), strict=True)] == rows


def test_row_numbers_count_blank_lines_and_quoted_line_ends(tmp_path: Path):
    sheet = sheet_of(tmp_path, 'image_id,x\na,1\n\n"b\n\nc",2\nd,3\n')
    assert [sheet.row_of(at) for at in (2, 0, 1)] == [5, 2, 4]


def _parts(folder: Path, *tables: pa.Table) -> Path:
    folder.mkdir()
    for place, table in enumerate(tables):
        pq.write_table(table, folder / f"part-{place:06}.parquet")
    return folder


def test_a_folder_of_parquet_parts_is_one_table(tmp_path: Path):
    words = pa.array(["x", "x"]).dictionary_encode()
    folder = _parts(
        tmp_path / "scores",
        pa.table({"image_id": ["a", "b"], "logit": [0.5, 1.5], "word": words}),
        pa.table({"image_id": ["c"], "logit": [2], "word": ["y"]}),
        pa.table({"image_id": pa.array([], pa.string()), "logit": pa.array([], pa.float64()), "word": words[:0]}),
    )
    sheet = read_sheet(folder, NAMES)
    assert sheet.rows == 3
    assert sheet.columns["image_id"].to_pylist() == ["a", "b", "c"]
    assert sheet.columns["logit"].to_pylist() == [0.5, 1.5, 2.0]
    assert sheet.columns["word"].to_pylist() == ["x", "x", "y"]
    assert sheet.row_of(2) == 3


def test_a_part_of_other_columns_and_a_damaged_one_are_named(tmp_path: Path):
    part = pa.table({"image_id": ["a"], "logit": [0.5]})
    other = _parts(tmp_path / "other", part, part.rename_columns(["image_id", "score"]))
    with pytest.raises(
        TableError, match=r"part-000001\.parquet: has the columns image_id, score, and the parts before"
    ):
        read_sheet(other, NAMES)
    damaged = _parts(tmp_path / "damaged", part, part)
    (damaged / "part-000001.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(TableError, match=r"part-000001\.parquet: is not readable as Parquet"):
        read_sheet(damaged, NAMES)
    (damaged / "part-000000.parquet").write_bytes(b"image_id,logit\na,0.5\n")  # not read as the CSV that it is
    with pytest.raises(TableError, match=r"part-000000\.parquet: is not readable as Parquet"):
        read_sheet(damaged, NAMES)
    fractions = _parts(tmp_path / "fractions", part.set_column(1, "logit", pa.array([1])), part)
    with pytest.raises(TableError, match=r"part-000001\.parquet: is not readable as Parquet"):
        read_sheet(fractions, NAMES)


def test_parquet_keeps_its_types_and_is_trimmed(tmp_path: Path):
    pq.write_table(pa.table({"image_id": ["a ", "b"], "n": [1, None]}), tmp_path / "t.parquet")
    sheet = read_sheet(tmp_path / "t.parquet", NAMES)
    assert sheet.text("image_id").tolist() == ["a", "b"]
    assert sheet.changes == ["1 cell padded with spaces was trimmed (row 1, column image_id)"]
    assert sheet.numbers("n")[0] == 1


@given(st.text(alphabet='a",\r\n', max_size=30), st.integers(1, 7))
def test_where_quotes_stand_is_the_same_in_parts_of_any_size(text: str, part: int):
    whole = parsing._regular(Content(Path("file"), text.encode()), ",")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "_PART", part)
        assert parsing._regular(Content(Path("file"), text.encode()), ",") == whole
