"""Rows of a scoring whose image could not be read are left out of an import, and said."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import ImportFileError
from core.part_scores import _SCHEMA
from core.runs.importer import import_predictions, import_sites
from core.runs.mapping import parse_mapping
from core.runs.store import read_run
from core.runs.unread import REASON, leave_out_unread
from core.tables.reading import read_sheet
from tests.core.runs.files_to_bring import csv_of

ROWS = [("a.png", 0.5, 0.6, None), ("b.png", None, None, "truncated file"), ("c.png", -1.0, 0.3, None)]


def _part(folder: Path, number: int, rows: list[tuple[object, ...]]) -> None:
    folder.mkdir(exist_ok=True)
    columns = [list(column) for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(columns, schema=_SCHEMA), folder / f"part-{number:05d}.parquet")


def test_the_parts_of_a_cluster_become_a_site_without_what_it_could_not_read(tmp_path: Path) -> None:
    own, parts = tmp_path / "own.csv", tmp_path / "scores"
    own.write_bytes(csv_of())
    run = read_run(import_predictions(own, name="a", out=tmp_path / "runs"))
    _part(parts, 0, ROWS)
    _part(parts, 1, [("d.png", 2.0, 0.9, None), ("e.png", None, None, "no image")])
    mapping = parse_mapping('[[finding]]\nscore = "logit"', Path("mapping.toml"))
    added = import_sites(parts, run, site="North", mapping=mapping)
    said = "2 rows without a score were left out, as a reason stands in its place (first: row 2, 'truncated file')"
    assert said in added.notes["changed_in_reading"]
    images = read_run(run.folder).site("North")
    assert list(images.image_id) == ["a.png", "c.png", "d.png"]
    assert images.logit.tolist() == [0.5, -1.0, 2.0]
    assert REASON not in images.subgroups


def test_where_every_image_was_read_the_column_of_reasons_says_nothing(tmp_path: Path) -> None:
    _part(tmp_path, 0, ROWS[::2])
    sheet = read_sheet(tmp_path)
    leave_out_unread(sheet)
    assert (sheet.rows, list(sheet.columns), sheet.changes) == (2, ["image_id", "logit", "probability"], [])


@pytest.mark.parametrize("row", [("b.png", 1.0, 0.7, "blurred"), ("b.png", None, None, None)])
def test_reasons_of_another_meaning_stay(tmp_path: Path, row: tuple[object, ...]) -> None:
    """What has both a score and a reason, or neither, is not ours: nothing is left out in silence."""
    _part(tmp_path / "part", 0, [ROWS[0], row, ROWS[1]])
    sheet = read_sheet(tmp_path / "part")
    leave_out_unread(sheet)
    assert sheet.rows == 3 and sheet.has(REASON)
    own = tmp_path / "own.csv"
    own.write_bytes(csv_of())
    run = read_run(import_predictions(own, name="a", out=tmp_path / "runs"))
    with pytest.raises(ImportFileError):
        import_sites(tmp_path / "part", run, site="North")
