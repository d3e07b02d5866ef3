"""A table whose text lies on a disk is imported as one that lies in memory: the same run, or the same refusal."""

import json
import random
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ImportFileError
from core.runs.importer import import_predictions
from core.runs.prediction_rows import read_rows
from core.tables import on_disk

PARTS = ("tables.on_disk", "tables.parsing", "runs.encoded", "runs.columns", "runs.prediction_rows", "runs.tables")
ODD = {
    "image_id": ["image-1", "", " padded ", "'=1", "é", "1.27E+15"],
    "patient_id": ["", "NA", "unknown", "image-3", " p1", "0"],
    "y_true": ["", "2", "yes", "No", "-1", "NA", "1.0"],
    "score": ["nan", "x", "1,5", "inf", "0", "1", "1.5", "1e-300", "", "5e9"],
    "split": ["", "train", "dev", "Test", "site a", "elsewhere", "no/name", "validation"],
    "ward": ["", "A", "a", "B"],
}


def _table(seed: int, rows: int, odd: int, *, logit: bool, patients: bool) -> pd.DataFrame:
    """Predictions of which ``odd`` cells say something that is refused, or read otherwise."""
    draw = random.Random(seed)
    numbers = draw.sample(range(rows * 2), rows) if seed % 2 else list(range(rows))
    table = pd.DataFrame(
        {
            "image_id": [f"image-{number}" for number in numbers],
            "patient_id": [f"p{draw.randrange(rows)}" for _ in numbers],
            "y_true": [str(draw.randrange(2)) for _ in numbers],
            "score": [repr(round(draw.random(), 3)) for _ in numbers],
            "split": [draw.choice(["validation", "test"]) for _ in numbers],
            "ward": [draw.choice("AB") for _ in numbers],
        }
    )
    for _ in range(odd):
        name = draw.choice(list(ODD))
        table.loc[draw.randrange(rows), name] = draw.choice(ODD[name])
    table = table.rename(columns={"score": "logit" if logit else "probability"})
    return table if patients else table.drop(columns="patient_id")


def _in_small_parts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("core.tables.on_disk.HELD", 0)
    patch.setattr("core.tables.content.HELD", 0)
    patch.setattr("core.tables.content.PART", 64)
    patch.setattr("core.evaluation.predictions._PART", 5)
    patch.setattr("core.evaluation.summary._SIDE_BY_SIDE", 0)
    for module in PARTS:
        patch.setattr(f"core.{module}.PART", 16)


def _outcome(file: Path, out: Path) -> dict[str, object] | str:
    """What an import leaves: what its manifest says of the data and every file, or why it was refused."""
    try:
        run = import_predictions(file, name="run", out=out)
    except ImportFileError as error:
        return str(error)
    manifest = json.loads((run / "manifest.json").read_text())
    sites = {
        str(path.relative_to(run)): path.read_bytes() for path in run.glob("sites/*/*") if path.name != "manifest.json"
    }
    data = {name: value for name, value in manifest["data"].items() if name != "sites"}
    return {"data": data, "fingerprint": manifest["data_fingerprint"], "files": manifest["files"], "sites": sites}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**20),
    rows=st.integers(1, 90),
    odd=st.integers(0, 4),
    logit=st.booleans(),
    patients=st.booleans(),
    parquet=st.booleans(),
)
def test_a_table_on_a_disk_is_imported_as_one_in_memory(
    tmp_path_factory: pytest.TempPathFactory, seed: int, rows: int, odd: int, logit: bool, patients: bool, parquet: bool
) -> None:
    folder = tmp_path_factory.mktemp("tables")
    file = folder / ("table.parquet" if parquet else "table.csv")
    table = _table(seed, rows, odd, logit=logit, patients=patients)
    if parquet:
        table.to_parquet(file, index=False)
    else:
        file.write_text(table.to_csv(index=False) + ("\n,,\n" if odd == 3 else ""))
    expected = _outcome(file, folder / "memory")
    with pytest.MonkeyPatch.context() as patch:
        _in_small_parts(patch)
        assert _outcome(file, folder / "disk") == expected


def test_what_lies_in_memory_alone_is_never_written_to_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_small_parts(monkeypatch)
    content = _table(0, 40, 0, logit=True, patients=True).to_csv(index=False).encode()
    (tmp_path / "table.csv").write_bytes(content)

    def refused(**_: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr(on_disk.tempfile, "TemporaryFile", refused)
    read_rows(tmp_path / "table.csv", content=content)
    with pytest.raises(AssertionError, match="a temporary file"):
        read_rows(tmp_path / "table.csv")


def test_a_full_disk_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _in_small_parts(monkeypatch)
    _table(0, 40, 0, logit=True, patients=True).to_csv(tmp_path / "table.csv", index=False)

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(on_disk.tempfile, "TemporaryFile", full)
    with pytest.raises(ImportFileError, match=r"cannot be kept there \(No space left on device\); make room, or"):
        import_predictions(tmp_path / "table.csv", name="run", out=tmp_path / "runs")
    assert not (tmp_path / "runs" / "run").exists()
