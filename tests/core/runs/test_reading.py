import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import RunFolderError
from core.evaluation.predictions import kept_ids
from core.runs import tables
from core.runs.hiding import visible
from core.runs.store import read_run
from core.runs.tables import RECORD_TYPES, read_table

EVERY_FILE = [
    "records.parquet",
    "predictions.parquet",
    "calibration.json",
    "operating_points.json",
    "metrics.json",
    "history.csv",
    "skipped.csv",
    "best_model.pt",
]
Edit = Callable[[Path, str, Any], None]
Replace = Callable[[Path, str, bytes], None]


def test_a_run_reads_as_it_was_written(whole_run: Path, ingredients: Any) -> None:
    run = read_run(whole_run)
    assert run.run_id == "first"
    assert run.config == ingredients.config
    assert not run.synthetic
    pd.testing.assert_frame_equal(run.records, ingredients.records, check_dtype=False)
    for split, expected in ingredients.predictions.items():
        found = run.predictions(split)
        for name in ("image_id", "patient_id", "y_true", "logit"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        np.testing.assert_array_equal(found.subgroups["subtype"], expected.subgroups["subtype"])
    assert run.calibration == ingredients.evaluation.calibration
    assert run.operating_points == ingredients.evaluation.operating_points
    assert run.metrics == ingredients.evaluation.metrics
    assert run.history is not None
    pd.testing.assert_frame_equal(run.history, ingredients.history, check_exact=True)
    assert run.skipped is not None
    assert list(run.skipped.itertuples(index=False, name=None)) == ingredients.skipped
    assert run.checkpoint is not None
    assert run.checkpoint.read_bytes() == b"weights" * 100


def test_records_keep_text_as_text_and_null_as_none(whole_run: Path) -> None:
    records = read_run(whole_run).records
    assert records["image_id"].iloc[-1] == "NA"
    assert records["patient_id"].iloc[2] == "001"
    assert records["subtype"].iloc[0] is None


def test_the_parquet_pages_carry_checksums(copy_of_run: Path, replace_file: Replace) -> None:
    path = copy_of_run / "records.parquet"
    content = bytearray(path.read_bytes())
    start = pq.read_metadata(path).row_group(0).column(5).data_page_offset
    content[start + 200] ^= 1  # within the page of the digests
    replace_file(copy_of_run, path.name, bytes(content))
    with pytest.raises(RunFolderError, match=r"records\.parquet: is not readable as Parquet"):
        read_run(copy_of_run)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_a_flipped_bit_is_noticed(copy_of_run: Path, name: str) -> None:
    path = copy_of_run / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(RunFolderError, match=rf"first/{name}: was changed or damaged"):
        read_run(copy_of_run)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_a_truncated_file_is_noticed(copy_of_run: Path, name: str) -> None:
    path = copy_of_run / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RunFolderError, match=rf"first/{name}: has [0-9,]+ bytes, not"):
        read_run(copy_of_run)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_a_missing_file_is_noticed(copy_of_run: Path, name: str) -> None:
    (copy_of_run / name).unlink()
    with pytest.raises(RunFolderError, match=rf"first/{name}: is missing; restore"):
        read_run(copy_of_run)


def test_what_is_no_file_is_never_read(copy_of_run: Path) -> None:
    (copy_of_run / "skipped.csv").unlink()
    os.mkfifo(copy_of_run / "skipped.csv")
    with pytest.raises(RunFolderError, match=r"skipped\.csv: is not a regular file"):
        read_run(copy_of_run)


def test_a_folder_without_a_manifest_is_no_run(copy_of_run: Path, tmp_path: Path) -> None:
    (copy_of_run / "manifest.json").unlink()
    with pytest.raises(RunFolderError, match=r"first: has no manifest\.json"):
        read_run(copy_of_run)
    with pytest.raises(RunFolderError, match="no such run folder"):
        read_run(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not readable JSON"),
        (b"{", "not readable JSON"),
        (b"\xff\xfe", "not readable JSON"),
        (b'{"schema_version": NaN}', "NaN is not JSON"),
        (b'{"schema_version": 1e999}', "too large"),
        (b"[" * 100_000, "not readable JSON"),
        (b"[1]", "not an object"),
        (b"null", "not an object"),
        (b"{}", "no schema_version"),
        (b'{"schema_version": true}', "no schema_version"),
        (b'{"schema_version": "1"}', "no schema_version"),
        (b'{"schema_version": 3}', "a newer version of this program, this one reads 1 and 2"),
        (b'{"schema_version": 0}', "an older version"),
    ],
)
def test_a_manifest_that_is_none(copy_of_run: Path, content: bytes, reason: str) -> None:
    (copy_of_run / "manifest.json").write_bytes(content)
    with pytest.raises(RunFolderError, match=reason):
        read_run(copy_of_run)


HOSTILE = [
    ("run_id", ..., "run_id"),
    ("run_id", "../x", "run_id"),
    ("run_id", 7, "run_id"),
    ("created", "yesterday", "created"),
    ("created", "2025-01-01T00:00:00", "UTC"),
    ("created", 3, "created"),
    ("config", [], "config"),
    ("config", ..., "config"),
    ("config|seed", "0", r"config\.seed"),
    ("config|seed", True, r"config\.seed"),
    ("config|out", None, r"config\.out"),
    ("config|learning_rate", [1], r"config\.learning_rate"),
    ("data", 3, "data"),
    ("files", ..., "files"),
    ("files", [], "files"),
    ("files|metrics.json", ..., r"does not list metrics\.json"),
    ("files|metrics.json", None, r"metrics\.json"),
    ("files|metrics.json", {"sha256": "x", "bytes": 1}, "64 hexadecimal"),
    ("files|metrics.json", {"sha256": 3, "bytes": 1}, "64 hexadecimal"),
    ("files|metrics.json|bytes", -1, "count"),
    ("files|metrics.json|bytes", True, "count"),
    ("files|metrics.json|bytes", "9", "count"),
    ("files|../first/metrics.json", {"sha256": "0" * 64, "bytes": 1}, "cannot be a file of this folder"),
    ("files|/etc/passwd", {"sha256": "0" * 64, "bytes": 1}, "cannot be a file of this folder"),
    ("files|..", {"sha256": "0" * 64, "bytes": 1}, "cannot be a file of this folder"),
    ("files|a\0b", {"sha256": "0" * 64, "bytes": 1}, "cannot be a file of this folder"),
    ("files|", {"sha256": "0" * 64, "bytes": 1}, "cannot be a file of this folder"),
    ("files|cache/x", {"sha256": "0" * 64, "bytes": 1}, "cannot be a file of this folder"),
    ("files|manifest.json", {"sha256": "0" * 64, "bytes": 1}, "cannot be a file of this folder"),
]


@pytest.mark.parametrize(("name", "value", "reason"), HOSTILE)
def test_a_manifest_with_wrong_fields(
    copy_of_run: Path, edit_manifest: Edit, name: str, value: Any, reason: str
) -> None:
    edit_manifest(copy_of_run, name, value)
    with pytest.raises(RunFolderError, match=reason):
        read_run(copy_of_run)


def test_settings_of_a_version_without_seals_do_not_hide_a_run(copy_of_run: Path, edit_manifest: Edit) -> None:
    edit_manifest(copy_of_run, "config|mixup", 0.2)
    edit_manifest(copy_of_run, "config|positive_class", ...)
    manifest = json.loads((copy_of_run / "manifest.json").read_text())
    del manifest["manifest_sha256"]
    (copy_of_run / "manifest.json").write_text(json.dumps(manifest))
    assert read_run(copy_of_run).config.seed == 0


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("metrics.json", "[]", "the file is not an object"),
        ("metrics.json", '{"validation": null}', "test is not there"),
        ("metrics.json", '{"validation": 3, "test": null}', "validation is not an object"),
        ("metrics.json", '{"validation": {"n": 1.5}, "test": null}', r"validation\.n is not a count"),
        ("calibration.json", "3", "the file is not an object"),
        ("calibration.json", '{"temperature": {"value": "1"}, "n": 1}', r"temperature\.value is not a number"),
        ("calibration.json", '{"temperature": null}', "n is not a count"),
        ("operating_points.json", "{}", "not a list"),
        ("operating_points.json", "[3]", "point 1 is not an object"),
        ("operating_points.json", '[{"name": "a", "rule": "b", "threshold": "x"}]', "threshold of point 1"),
        ("history.csv", "", "not a table of epochs"),
        ("history.csv", "epoch\n1\n", "not a table of epochs"),
        ("skipped.csv", "path\nx\n", "columns path and reason"),
        ("skipped.csv", 'path,reason\n"x', "not a table of files"),
        ("records.parquet", "PAR1", "not readable as Parquet"),
        ("predictions.parquet", "", "not readable as Parquet"),
    ],
)
def test_files_of_another_shape(copy_of_run: Path, replace_file: Replace, name: str, content: str, reason: str) -> None:
    replace_file(copy_of_run, name, content.encode())
    with pytest.raises(RunFolderError, match=rf"first/{name}: .*{reason}"):
        read_run(copy_of_run)


@pytest.mark.parametrize("missing", ["tp", "sensitivity", "threshold"])
def test_an_operating_point_is_checked_to_its_estimates(copy_of_run: Path, replace_file: Replace, missing: str) -> None:
    metrics = json.loads((copy_of_run / "metrics.json").read_text())
    metrics["test"]["operating_points"]["youden"][missing] = {"value": 1}
    replace_file(copy_of_run, "metrics.json", json.dumps(metrics).encode())
    with pytest.raises(RunFolderError, match=rf"test\.operating_points\.youden\.{missing}"):
        read_run(copy_of_run)


def _set(column: str, row: int, value: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        values = list(frame[column])
        values[row] = value
        return frame.assign(**{column: values})

    return change


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("records.parquet", _set("label", 3, 2), r"'label' has values other than 0 and 1 \(row 4\)"),
        ("records.parquet", _set("split", 0, "val"), "'split' has values other than train"),
        ("records.parquet", _set("image_id", 1, "NORMAL/000.png"), "image_id is repeated"),
        ("records.parquet", _set("image_id", 1, ""), "image_id is empty"),
        ("records.parquet", _set("patient_id", 1, None), "'patient_id' has empty cells"),
        ("records.parquet", lambda frame: frame.drop(columns="width"), "no column 'width'"),
        (
            "records.parquet",
            lambda frame: frame.assign(label=frame["label"].astype(float)),
            "'label' is of type double",
        ),
        ("records.parquet", lambda frame: frame.assign(subtype=3), "'subtype' is of type int64"),
        ("predictions.parquet", _set("y_true", 0, -1), "'y_true' has values other"),
        ("predictions.parquet", _set("split", 0, "train"), "'split' has values other than validation, test"),
        ("predictions.parquet", _set("logit", 0, float("inf")), "not finite"),
        ("predictions.parquet", _set("logit", 0, float("nan")), "'logit' has empty cells"),
        ("predictions.parquet", lambda frame: frame.assign(logit="0"), "'logit' is of type"),
        ("predictions.parquet", lambda frame: frame.iloc[1:], "not those of validation and test"),
        ("predictions.parquet", _set("image_id", 0, "other"), "not those of validation and test"),
        ("predictions.parquet", _set("patient_id", 0, "other"), "patient_id of 'NORMAL/030.png' is another"),
        ("predictions.parquet", _set("y_true", 0, 1), "y_true of 'NORMAL/030.png' is another"),
        ("predictions.parquet", _set("split", 0, "test"), "split of 'NORMAL/030.png' is another"),
    ],
)
def test_tables_that_contradict_the_format(
    copy_of_run: Path, replace_file: Replace, name: str, change: Callable[[pd.DataFrame], pd.DataFrame], reason: str
) -> None:
    changed = pa.Table.from_pandas(change(pd.read_parquet(copy_of_run / name)), preserve_index=False)
    pq.write_table(changed, copy_of_run / name)
    replace_file(copy_of_run, name, (copy_of_run / name).read_bytes())
    with pytest.raises(RunFolderError, match=rf"first/{name}: .*{reason}"):
        read_run(copy_of_run)


def test_the_order_of_the_two_tables_need_not_be_the_same(copy_of_run: Path, replace_file: Replace) -> None:
    before, name = read_run(copy_of_run), "predictions.parquet"
    table = pq.read_table(copy_of_run / name)
    pq.write_table(table.take(np.arange(table.num_rows)[::-1].copy()), copy_of_run / name)
    replace_file(copy_of_run, name, (copy_of_run / name).read_bytes())
    after = read_run(copy_of_run)
    assert before.predictions("test").logit.tolist() == after.predictions("test").logit.tolist()[::-1]


@pytest.mark.parametrize("turned", [False, True])
def test_predictions_in_parts_read_as_in_one(
    copy_of_run: Path, replace_file: Replace, ingredients: Any, monkeypatch: pytest.MonkeyPatch, turned: bool
) -> None:
    """Whole, and so with a second copy of its ids, the table is read in another order than its records' alone."""
    whole = []
    monkeypatch.setattr(tables, "read_table", lambda path: whole.append(path.name) or read_table(path))
    table = pq.read_table(copy_of_run / "predictions.parquet")
    table = table.take(list(reversed(range(len(table))))) if turned else table
    pq.write_table(table, copy_of_run / "parts.parquet", row_group_size=3)
    replace_file(copy_of_run, "predictions.parquet", (copy_of_run / "parts.parquet").read_bytes())
    run = read_run(copy_of_run)
    assert whole == ["records.parquet", *["predictions.parquet"] * turned]
    for split, expected in ingredients.predictions.items():
        found = run.predictions(split)
        order = slice(None, None, -1 if turned else 1)
        for name in ("image_id", "patient_id", "y_true", "logit"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name)[order])


def test_patients_are_in_memory_once(copy_of_run: Path) -> None:
    run = read_run(copy_of_run)
    validation, test = (kept_ids(run.predictions(name), "patient_id") for name in ("validation", "test"))
    assert validation.words is test.words
    assert sorted(test.words) == sorted(
        {*run.predictions("validation").patient_id, *run.predictions("test").patient_id}
    )


def test_a_part_that_is_longer_or_shorter_than_the_records_is_noticed(copy_of_run: Path, replace_file: Replace) -> None:
    table = pq.read_table(copy_of_run / "predictions.parquet")
    for other in (table.slice(0, len(table) - 1), pa.concat_tables([table, table.slice(0, 1)])):
        pq.write_table(other, copy_of_run / "parts.parquet", row_group_size=4)
        replace_file(copy_of_run, "predictions.parquet", (copy_of_run / "parts.parquet").read_bytes())
        with pytest.raises(RunFolderError, match=r"predictions\.parquet: (its images are not|image_id is repeated)"):
            read_run(copy_of_run)


def test_two_columns_of_one_name(copy_of_run: Path, replace_file: Replace) -> None:
    table = pq.read_table(copy_of_run / "records.parquet")
    pq.write_table(table.append_column("subtype", table.column("subtype")), copy_of_run / "records.parquet")
    replace_file(copy_of_run, "records.parquet", (copy_of_run / "records.parquet").read_bytes())
    with pytest.raises(RunFolderError, match="two columns of one name"):
        read_run(copy_of_run)


def test_other_widths_of_integer_and_text_are_read(copy_of_run: Path, replace_file: Replace) -> None:
    table = pq.read_table(copy_of_run / "records.parquet")
    narrow = {pa.int64(): pa.int16(), pa.string(): pa.large_string()}
    table = table.cast(pa.schema([(field.name, narrow[field.type]) for field in table.schema]))
    pq.write_table(table, copy_of_run / "records.parquet")
    replace_file(copy_of_run, "records.parquet", (copy_of_run / "records.parquet").read_bytes())
    assert list(read_run(copy_of_run).records.columns) == [*RECORD_TYPES, "subtype"]


def test_a_run_may_be_copied_under_another_name(copy_of_run: Path) -> None:
    moved = copy_of_run.rename(copy_of_run.with_name("moved"))
    run = read_run(moved)
    assert (run.run_id, run.folder) == ("first", moved)


def test_a_run_knows_its_finding_and_its_sets(whole_run: Path) -> None:
    run = read_run(whole_run)
    assert (run.finding, run.findings) == ("PNEUMONIA", ("PNEUMONIA",))
    assert run.key == (run.run_id, "PNEUMONIA")
    assert run.of("PNEUMONIA") is run
    with pytest.raises(KeyError, match="effusion"):
        run.of("effusion")
    assert run.sets == ("validation", "test")
    assert visible(run, hidden=True).sets == ("validation",)
    assert run.predictions("test") is run.evaluation_sets["test"]
