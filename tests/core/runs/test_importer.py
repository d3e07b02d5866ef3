import math
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from core.errors import ImportFileError, RunFolderError
from core.evaluation.comparing.shift import shift_between
from core.runs.asking import OpenQuestionsError
from core.runs.columns import LARGEST_LOGIT
from core.runs.exports import frame_csv
from core.runs.importer import import_predictions
from core.runs.report import report, told
from core.runs.store import Run, list_runs, read_run

SHARED = Path(__file__).parents[4] / "shared" / "data" / "predictions"


def _import(folder: Path, content: str | bytes, name: str = "file.csv") -> Run:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_run(import_predictions(file, name="imported", out=folder / "runs"))


def _refused(folder: Path, content: str | bytes, name: str = "file.csv") -> str:
    with pytest.raises(ImportFileError) as refusal:
        _import(folder, content, name)
    assert not (folder / "runs").exists() or list((folder / "runs").iterdir()) == []
    message = str(refusal.value)
    assert ("\n" in message) == isinstance(refusal.value, OpenQuestionsError), "one line, unless it asks"
    return message


def _shared(name: str) -> Path:
    if not (SHARED / name).exists():
        pytest.skip(f"{name} is not here")
    return SHARED / name


def test_the_second_model_imports(tmp_path: Path) -> None:
    file = _shared("second-model.csv")
    run = read_run(import_predictions(file, name="second", out=tmp_path))
    table = pd.read_csv(file, keep_default_na=False)
    for split in ("validation", "test"):
        expected, found = table[table["split"] == split], run.predictions(split)
        assert list(found.image_id) == list(expected["image_id"])
        assert list(found.patient_id) == list(expected["patient_id"])
        np.testing.assert_array_equal(found.logit, expected["logit"])
        np.testing.assert_array_equal(found.y_true, expected["y_true"])
        assert list(found.subgroups["subtype"]) == list(expected["subtype"])
        auroc = roc_auc_score(expected["y_true"], expected["logit"])
        assert run.metrics[split]["auroc"]["value"] == pytest.approx(auroc, abs=1e-12)
    assert run.calibration is not None
    assert (run.checkpoint, run.history, run.skipped, run.synthetic) == (None, None, None, False)
    assert list(run.records["sha256"]) == [None] * len(table)
    assert list_runs(tmp_path)[0].n_images == 984


def test_text_stays_text(tmp_path: Path) -> None:
    run = _import(
        tmp_path, 'image_id,y_true,logit,patient_id,site\nNA,0,1.5,001,"a, b"\n001,1,-2,,\n nan ,1, 3e-1 ,NULL,1.0\n'
    )
    test = run.predictions("test")
    assert list(test.image_id) == ["NA", "001", "nan"]
    assert list(test.patient_id) == ["001", "001*", "nan"]  # the image 001 is not of the patient 001
    assert list(test.logit) == [1.5, -2.0, 0.3]
    assert list(test.subgroups["site"]) == ["a, b", None, "1.0"]
    assert run.manifest["data"]["images_without_patient_id"] == 2


def test_without_split_all_is_test_and_nothing_is_chosen(tmp_path: Path) -> None:
    run = _import(tmp_path, "image_id,y_true,logit\na,0,-1\nb,1,1\n")
    assert run.predictions("validation").n == 0
    assert list(run.predictions("test").patient_id) == ["a", "b"]
    assert (run.calibration, run.operating_points, run.metrics["validation"]) == (None, None, None)
    assert report(run)["metrics"]["test"]["auroc"]["value"] == 1.0


def test_one_class_imports_with_nothing_claimed(tmp_path: Path) -> None:
    run = _import(tmp_path, "image_id,y_true,logit,split\na,0,-1,validation\nb,0,1,test\n")
    assert run.metrics["test"]["auroc"]["value"] is None
    assert read_run(run.folder).calibration == run.calibration


def test_probabilities_become_logits(tmp_path: Path) -> None:
    run = _import(tmp_path, "image_id,y_true,probability\na,0,0\nb,1,1\nc,1,0.25\ne,0,1.0\nf,0,-0\n")
    edge = math.log((1 - 2**-53) / 2**-53)
    np.testing.assert_allclose(run.predictions("test").logit, [-edge, edge, math.log(1 / 3), edge, -edge], rtol=1e-15)
    assert run.manifest["data"]["clipped_probabilities"] == 4
    assert run.manifest["data"]["kind"] == "predictions"


@pytest.mark.parametrize("smallest", [2.0**-53, 1e-20, 5e-324])
def test_only_0_and_1_are_clipped_and_the_order_is_kept(tmp_path: Path, smallest: float) -> None:
    probability = [0.0, smallest, smallest * 100, 0.5, 1 - 2**-52, 1.0]
    rows = "".join(f"i{i},{i % 2},{value!r}\n" for i, value in enumerate(probability))
    run = _import(tmp_path, "image_id,y_true,probability\n" + rows)
    logit = run.predictions("test").logit
    assert (np.diff(logit) > 0).all()
    assert logit[1] == pytest.approx(math.log(smallest), rel=1e-15)
    assert logit[1] - logit[0] == pytest.approx(math.log(2), abs=1e-12)
    assert run.manifest["data"]["clipped_probabilities"] == 2


def test_an_image_without_patient_is_nobody_elses(tmp_path: Path) -> None:
    rows = "a,0,1,1\n1,1,1,\n1*,0,1,  \nb,0,1, \nc,1,1,1\n"
    run = _import(tmp_path, "image_id,y_true,logit,patient_id\n" + rows)
    assert list(run.predictions("test").patient_id) == ["1", "1*", "1**", "b", "1"]
    assert run.metrics["test"]["n_patients"] == 4
    assert run.manifest["data"]["images_without_patient_id"] == 3


def test_patients_in_validation_and_test_are_noted(tmp_path: Path) -> None:
    rows = "a,0,1,q,validation\nb,1,2,q,test\nc,0,1,p,test\nd,1,1,p,validation\ne,0,1,,validation\nf,1,1,e,test\n"
    run = _import(tmp_path, "image_id,y_true,logit,patient_id,split\n" + rows)
    assert run.manifest["data"]["leakage"] == {"images": [], "patients": ["p", "q"]}
    assert len(run.manifest["data_fingerprint"]) == 64


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfimage_id,y_true,logit\r\na,0,-1\r\nb,1,+.5\r\n",
        b'"image_id","y_true","logit"\n"a","0","-1"\n\n\n"b","1","5.E-1"',
        b"\n\nimage_id,y_true,logit\na,0.0,-1\nb,1.0,0.50000000000000000000001\n",
    ],
)
def test_dialects_that_mean_the_same(tmp_path: Path, content: bytes) -> None:
    test = _import(tmp_path, content).predictions("test")
    assert (list(test.image_id), list(test.y_true), list(test.logit)) == (["a", "b"], [0, 1], [-1.0, 0.5])


@settings(max_examples=20, deadline=None)
@given(logit=st.lists(st.floats(-LARGEST_LOGIT, LARGEST_LOGIT), min_size=1, max_size=30))
def test_logits_in_text_are_read_to_the_last_bit(tmp_path_factory: pytest.TempPathFactory, logit: list[float]) -> None:
    rows = "".join(f"i{i},{i % 2},{value!r}\n" for i, value in enumerate(logit))
    run = _import(tmp_path_factory.mktemp("import"), "image_id,y_true,logit\n" + rows)
    assert run.predictions("test").logit.tobytes() == np.array(logit).tobytes()


@pytest.mark.parametrize(
    ("one", "zero"), [("TRUE", "FALSE"), ("Yes", "no"), ("T", "F"), ("y", "N"), ("positive", "Negative"), ("1.0", "0")]
)
def test_pairs_of_words_for_truths(tmp_path: Path, one: str, zero: str):
    run = _import(tmp_path, f"image_id,y_true,logit\na,{zero},-1\nb,{one},1\nc,{one},2\n")
    assert run.predictions("test").y_true.tolist() == [0, 1, 1]
    said = [f"3 cells of column y_true were read otherwise: {word} (first: row 2)" for word in _as_read(one, zero)]
    assert run.manifest["data"]["changed_in_reading"] == said


def _as_read(one: str, zero: str) -> list[str]:
    if one == "1.0":
        return []
    return [" and ".join(sorted((f"'{one}' as 1", f"'{zero}' as 0")))]


@pytest.mark.parametrize("written", ["{:.2f}%", "{:.2f} %", "{:.2f}\u00a0%"])
def test_probabilities_with_percent_signs(tmp_path: Path, written: str):
    cells = [written.format(100 * value) for value in (0.0123, 0.5, 0.9942)]
    run = _import(
        tmp_path, "image_id,y_true,probability\n" + "".join(f"i{i},{i % 2},{c}\n" for i, c in enumerate(cells))
    )
    np.testing.assert_allclose(expit(run.predictions("test").logit), [0.0123, 0.5, 0.9942], rtol=1e-12)
    assert run.manifest["data"]["changed_in_reading"] == [
        "3 cells of column probability have a percent sign and were divided by 100 (first: row 2)"
    ]


def test_levels_that_differ_in_case_alone_are_said(tmp_path: Path):
    run = _import(tmp_path, "image_id,y_true,logit,sex\na,0,-1,F\nb,1,1,f\nc,1,2,M\n")
    assert list(run.predictions("test").subgroups["sex"]) == ["F", "f", "M"]
    assert run.manifest["data"]["changed_in_reading"] == [
        "column sex has words that differ in case alone, or look alike, and were kept apart: 'F' and 'f'"
    ]


HEADER = "image_id,y_true,logit,split\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HEADER + "a,2,1,test\n", "row 2: y_true '2' is not 0 or 1"),
        (HEADER + "a,,1,test\n", "no row that a threshold is chosen or judged on: 1 cell of column y_true"),
        (HEADER + "a,perhaps,1,test\n", "row 2: y_true 'perhaps' is not"),
        (HEADER + "a,1,1,test\n\nb,0.5,1,test\n", "row 4: y_true '0.5'"),
        (HEADER + "a,1,nan,test\n", "row 2: logit 'nan' is not a finite number"),
        (HEADER + "a,1,-inf,test\n", "row 2: logit '-inf'"),
        (HEADER + "a,1,1e999,test\n", "row 2: logit '1e999'"),
        (HEADER + "a,1,1_0,test\n", "row 2: logit '1_0'"),
        (HEADER + "a,1,0x1,test\n", "row 2: logit '0x1'"),
        (HEADER + 'a,1,"1,234",test\n', "row 2: logit '1,234' has a comma where a decimal point is expected"),
        (HEADER + "a,1,٣,test\n", "is not a finite number"),
        (HEADER + ",1,1,test\n", "row 2: image_id is empty"),
        (HEADER + "  ,1,1,test\n", "row 2: image_id is empty"),
        (HEADER + "a,1,1,test\nb,1,1,test\na,0,2,validation\n", "row 4: image_id 'a' stands in row 2 already"),
        (HEADER + "a,1,1,dev\n", "row 2: split 'dev' means training to some and validation to others"),
        (HEADER + "a,1,1,train\n", "no row that a threshold is chosen or judged on: 1 cell of column split is train"),
        (HEADER + "a,1,1,test\nb,1,1,north\nb,1,1,test\nb,0,1,north\n", "row 5: image_id 'b' stands in row 3 already"),
        (HEADER + "a,1,1,north\n", "no row of validation or test has a truth; sites are added to a run"),
        (HEADER + "a,1,1,con\n", "row 2: split 'con' is not validation or test, and cannot be the name of a site: Win"),
        (HEADER + "a,1,1,N x\n", "row 2: split 'N x' is not validation or test, and cannot be the name of a site: use"),
        (HEADER + "a,1,1,\n", "row 2: split '' is not"),
        (HEADER + "a,1,1\n", "row 2: 3 fields, the header has 4"),
        (HEADER + "a,1,1,test\nb,1,1,test,extra\n", "row 3: 5 fields, the header has 4"),
        (HEADER + 'a,1,1,"test\n', "is not CSV"),
        (HEADER + 'a,1,1,"te"st\n', "row 2 is not CSV"),
        (HEADER + "a" * 200_000 + ",1,1,test\n", "row 2 is not CSV"),
        (HEADER, "has no rows"),
        ("", "has no rows"),
        ("\n\n", "has no rows"),
        ("id,y_true,logit\na,0,1\n", "Which column is the image?"),
        ("image_id,y_true\na,0\n", "no column can be the score of the model"),
        ("image_id,y_true,logit,probability\na,0,0,0.5\n", "Which column is the score of the model?"),
        ("image_id,y_true,logit,logit\na,0,0,0\n", "two columns called 'logit'"),
        (",image_id,y_true,logit\nx,a,0,0\n", "a column without a name"),
        (
            "My table,,,\nimage_id,y_true,logit,\n",
            "two columns without a name; name or remove them, and see that the first line",
        ),
        ("image_id,y_true,logit,label\na,0,0,1\n", "no subgroup can be called 'label'"),
        ("x;y_true;logit\na;0;0\n", 'image_id = "x"'),
        ("image_id,y_true,probability\na,0,1.01\n", "row 2: probability '1.01' is not a number from 0 to 1"),
        ("image_id,y_true,probability\na,0,-0.1\n", "row 2: probability '-0.1'"),
        ("image_id,y_true,probability\na,0,nan\n", "row 2: probability 'nan'"),
        ("image_id,y_true,probability\na,0,50%\nb,1,0.5\n", "row 2: probability '50%'"),
        (HEADER + "a,1,1,NA\nb,0,1,test\n", "row 2: split 'NA' is not known; write"),
        (HEADER + "a,1,1,\nb,0,1,test\n", "row 2: split '' is not known; write"),
        (
            "image_id,y_true,probability\na,0,5\nb,1,50\nc,1,77\n",
            "point); are they percentages? Divide by 100 (3 rows)",
        ),
        ("image_id,y_true,logit\nü,0,1\n".encode() + b"\xfc,0,1\n", "not text in UTF-8"),
        (b"PK\x03\x04 workbook", "an archive, or a workbook that cannot be read"),
        (b"PAR1 but no more", "not readable as Parquet"),
        (HEADER + 'a,1,"x\ny\x1b[31m",test\n', r"row 2: logit 'x\ny\x1b[31m'"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str | bytes, reason: str) -> None:
    assert reason in _refused(tmp_path, content)


def test_all_kinds_of_problems_are_named_in_the_order_of_rows_and_the_rest_counted(tmp_path: Path) -> None:
    rows = ["a,7,1,test", "b,1,x,test", "c,1,1,dev"] + [f"d{i},9,1,test" for i in range(40)]
    message = _refused(tmp_path, HEADER + "\n".join(rows))
    assert "43 problem(s): row 2: y_true" in message
    assert message.index("row 2: y_true") < message.index("row 3: logit") < message.index("row 4: split")
    assert message.count("row ") == 4
    assert message.endswith("(40 rows)")


def test_unlike_problems_beyond_twenty_are_counted(tmp_path: Path) -> None:
    message = _refused(tmp_path, HEADER + "\n".join(f"d{i},{i + 7},1,test" for i in range(43)))
    assert message.count("row ") == 20
    assert message.endswith("and 23 more")


def test_many_rows_of_another_width_are_counted_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tables.parsing._BATCH", 7)
    rows = [f"a{i},1,1,test" + ",extra" * (i % 2) for i in range(100)]
    message = _refused(tmp_path, HEADER + "\n".join(rows))
    assert "50 problem(s): row 3: 5 fields, the header has 4 (50 rows)" in message


def test_chunks_are_joined_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tables.parsing._BATCH", 7)
    run = _import(tmp_path, HEADER + "\n".join(f"a{i},{i % 2},{i},test" for i in range(100)) + "\n ")
    assert list(run.predictions("test").logit) == list(range(100))
    assert list(run.records["image_id"]) == [f"a{i}" for i in range(100)]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError, match="no such file"):
        import_predictions(tmp_path / "nowhere.csv", name="a", out=tmp_path)
    with pytest.raises(ImportFileError, match="is a folder without Parquet files"):
        import_predictions(tmp_path, name="a", out=tmp_path)


def test_a_taken_or_impossible_name_is_refused_before_the_file_is_read(copy_of_run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="already a run"):
        import_predictions(tmp_path / "nowhere.csv", name="first", out=copy_of_run.parent)
    with pytest.raises(RunFolderError, match="run name"):
        import_predictions(tmp_path / "nowhere.csv", name="../x", out=copy_of_run.parent)


def test_nothing_is_left_when_the_run_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.runs.writing.write_table", full)
    with pytest.raises(RunFolderError, match="the disk is full"):
        _import(tmp_path, "image_id,y_true,logit\na,0,1\n")
    assert list((tmp_path / "runs").iterdir()) == []


def _parquet(folder: Path, table: pa.Table) -> bytes:
    pq.write_table(table, folder / "source.parquet")
    return (folder / "source.parquet").read_bytes()


@pytest.mark.parametrize("name", ["file.parquet", "file.csv"])
def test_parquet_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    table = pa.table(
        {
            "image_id": pa.array(["NA", "001"]).dictionary_encode(),
            "y_true": [False, True],
            "logit": pa.array([0.1, 0.7], pa.float32()),
            "age": pa.array([3, None], pa.int8()),
        }
    )
    test = _import(tmp_path, _parquet(tmp_path, table), name).predictions("test")
    assert list(test.image_id) == ["NA", "001"]
    assert list(test.logit) == [float(np.float32(0.1)), float(np.float32(0.7))]
    assert list(test.subgroups["age"]) == ["3", None]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"image_id": pa.array(["a", None])}, "row 2: image_id is empty"),
        ({"image_id": pa.array([1.0, 2.0])}, "'image_id' holds numbers with decimals"),
        ({"image_id": pa.array([["a"], ["b"]])}, "'image_id' is of type list"),
        ({"y_true": pa.array([0, 2])}, "row 2: y_true 2 is not 0 or 1"),
        ({"logit": pa.array([0.0, math.inf])}, "row 2: logit inf is not"),
        ({"logit": pa.array([0.0, None])}, "row 2: logit None is not"),
        ({"logit": pa.array([{"a": 1}, None])}, "'logit' is of type struct"),
        ({"split": pa.array(["test", None])}, "row 2: split None is not"),
        ({"site": pa.array([[1], [2]])}, "'site' is of type list"),
    ],
)
def test_bad_parquet_is_refused(tmp_path: Path, changes: dict[str, pa.Array], reason: str) -> None:
    columns = {"image_id": pa.array(["a", "b"]), "y_true": pa.array([0, 1]), "logit": pa.array([0.0, 1.0])}
    assert reason in _refused(tmp_path, _parquet(tmp_path, pa.table(columns | changes)))


def test_parquet_without_rows(tmp_path: Path) -> None:
    schema = pa.schema([("image_id", pa.string()), ("y_true", pa.int8()), ("logit", pa.float64())])
    assert "has no rows" in _refused(tmp_path, _parquet(tmp_path, schema.empty_table()))


def _case(name: str) -> Path:
    file = SHARED.parents[1] / "cases" / name
    if not file.exists():
        pytest.skip(f"{name} is not here")
    return file


@pytest.mark.parametrize(
    ("odd", "plain", "said"),
    [
        ("unknown-patients/patients-NA.csv", "unknown-patients/patients-empty.csv", "140 cells of column patient_id"),
        ("padded-cells/trailing-spaces.csv", "padded-cells/clean.csv", "167 cells padded with spaces were trimmed"),
    ],
)
def test_odd_files_give_the_figures_of_the_plain_ones(tmp_path: Path, odd: str, plain: str, said: str) -> None:
    runs = [
        read_run(import_predictions(_case(file), name=name, out=tmp_path))
        for file, name in ((odd, "odd"), (plain, "plain"))
    ]
    assert report(runs[0])["metrics"] == report(runs[1])["metrics"]
    pd.testing.assert_frame_equal(runs[0].records, runs[1].records)
    assert [len(run.manifest["data"]["changed_in_reading"]) for run in runs] == [1, 0]
    assert runs[0].manifest["data"]["changed_in_reading"][0].startswith(said)


def test_rounding_beyond_one_and_blank_rows(tmp_path: Path) -> None:
    softmax = read_run(import_predictions(_case("rounding-beyond-one/softmax.csv"), name="softmax", out=tmp_path))
    assert softmax.manifest["data"]["changed_in_reading"][0].startswith(
        "4 cells of column probability lie beyond 0 or 1"
    )
    blank = read_run(import_predictions(_case("blank-rows/trailing-rows.csv"), name="blank", out=tmp_path))
    assert len(blank.records) == 200


@pytest.mark.parametrize("value", ["1.0000001", "1.0000000000000002", "-1.19e-07", "1.000001", "-0.000001"])
def test_rounding_is_taken_as_0_or_1(tmp_path: Path, value: str) -> None:
    run = _import(tmp_path, f"image_id,y_true,probability\na,0,{value}\nb,1,0.5\n")
    assert run.manifest["data"]["clipped_probabilities"] == 1
    assert abs(run.predictions("test").logit[0]) > 36


@pytest.mark.parametrize("value", ["1.2", "1.00001", "-0.0001"])
def test_more_than_rounding_is_refused(tmp_path: Path, value: str) -> None:
    assert "is not a number from 0 to 1" in _refused(tmp_path, f"image_id,y_true,probability\na,0,{value}\nb,1,0.5\n")


@pytest.mark.parametrize("words", [("TRUE", "FALSE"), ("true", "false"), ("Yes", "no"), ("True", "0")])
def test_truths_in_words(tmp_path: Path, words: tuple[str, str]) -> None:
    run = _import(tmp_path, f"image_id,y_true,logit\na,{words[0]},1\nb,{words[1]},0\n")
    assert list(run.predictions("test").y_true) == [1, 0]
    assert "y_true" in run.manifest["data"]["changed_in_reading"][0]


def test_spellings_of_a_split_are_understood_and_said(tmp_path: Path) -> None:
    run = _import(tmp_path, HEADER + "a,0,1,val\nb,1,1,Valid\nc,0,1,TEST \nd,1,1,Validation\n")
    assert (run.predictions("validation").n, run.predictions("test").n) == (3, 1)
    assert run.manifest["data"]["changed_in_reading"] == [
        "1 cell padded with spaces was trimmed (row 4, column split)",
        "3 cells of column split ('val', 'Valid', 'Validation') were read as validation (first: row 2)",
        "1 cell of column split ('TEST') was read as test (row 4)",
    ]


def test_percentages_and_equal_faults_are_refused_once(tmp_path: Path) -> None:
    message = _refused(tmp_path, "image_id,y_true,probability\na,0,97\nb,1,97\nc,1,40\n")
    assert "are they percentages? Divide by 100 (3 rows)" in message


@pytest.mark.parametrize(
    ("rows", "way"),
    [
        ("a,1,1\na,1,1\na,1,1\n", "keep the first of the rows"),
        ("a,1,1\na,0,1\n", "several readers"),
        ("a,1,1\na,1,2\n", "several models or views"),
    ],
)
def test_a_picture_in_several_rows_is_refused_with_its_way(tmp_path: Path, rows: str, way: str) -> None:
    message = _refused(tmp_path, "image_id,y_true,logit\n" + rows)
    assert way in message
    assert message.count("stands in row 2 already") == 1


def test_three_thousand_subgroups_take_seconds(tmp_path: Path) -> None:
    names = ",".join(f"s{i}" for i in range(3000))
    rows = "".join(f"i{n},{n % 2},{n}," + ",".join("ab"[(n + i) % 2] for i in range(3000)) + "\n" for n in range(40))
    began = time.process_time()
    run = _import(tmp_path, f"image_id,y_true,logit,{names}\n{rows}")
    assert len(run.predictions("test").subgroups) == 3000
    assert time.process_time() - began < 10


def test_a_logit_too_large_to_be_one_is_refused(tmp_path: Path) -> None:
    rows = "a,0,1e308\nb,1,-1e308\nc,1,1000000000\n"
    message = _refused(tmp_path, f"image_id,y_true,logit\n{rows}")
    assert "row 2: logit '1e308' is no logit: one lies between -1,000,000,000 and 1,000,000,000" in message
    assert "(2 rows)" in message and "row 4" not in message


@pytest.mark.parametrize("largest", [900.0, 1e6, LARGEST_LOGIT])
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_largest_logits_have_figures_without_a_warning(tmp_path: Path, largest: float, noise: float) -> None:
    n, rng = 60, np.random.default_rng(0)
    truth = np.tile([0, 1], n)
    logit = 2.0 * truth - 1 + noise * rng.normal(size=2 * n)
    table = pd.DataFrame({"image_id": [f"i{i}" for i in range(2 * n)], "patient_id": np.arange(2 * n) // 2})
    table = table.assign(
        y_true=truth, logit=largest * logit / np.abs(logit).max(), split=["validation"] * n + ["test"] * n
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = _import(tmp_path, table.to_csv(index=False))
        assert told(run)
        assert run.calibration is not None
        temperature = run.calibration["temperature"]["value"]
        splits = [run.predictions(split) for split in ("validation", "test")]
        found = shift_between(*splits, temperature=temperature)
    assert run.metrics["test"]["auroc"]["value"] == pytest.approx(roc_auc_score(splits[1].y_true, splits[1].logit))
    assert 0 <= found.inferred.test.value <= 1


def test_an_exported_table_is_imported_as_it_was_before_it_was_guarded(tmp_path: Path) -> None:
    ids = {"image_id": ["=a", "@b", "'-c"], "patient_id": ["+1x", "-2", "z"], "=ward": ["-", "=1+1", "b"]}
    table = pd.DataFrame({**ids, "y_true": [0, 1, 1], "logit": [-1.5, 2.0, -0.25]})
    run = _import(tmp_path, frame_csv(table))
    found = run.predictions("test")
    assert list(found.image_id) == list(table["image_id"]) and list(found.patient_id) == list(table["patient_id"])
    assert list(found.subgroups["=ward"]) == list(table["=ward"])
    assert found.logit.tolist() == [-1.5, 2.0, -0.25]
    said = "3 cells of column image_id have an apostrophe against formulas, which was taken away (first: row 2)"
    assert run.manifest["data"]["changed_in_reading"][0] == said
