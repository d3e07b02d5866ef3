"""Overlays of a run: which images, where they are written, and what is said when there can be none."""

import json
import shutil
from pathlib import Path

import cv2
import pandas as pd
import pytest

from core.errors import DataError, RunFolderError
from core.explain.overlays import OVERLAYS_OF_A_KIND, examples, write_overlays
from core.runs.folder_lock import lock_folder, unlock
from core.runs.importer import import_predictions
from core.runs.seal import sealed
from core.runs.store import read_run


@pytest.fixture(scope="module")
def folder(fitted: Path, small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with images of its own, which can be moved away."""
    folder = tmp_path_factory.mktemp("overlays")
    shutil.copytree(small_data, folder / "data")
    shutil.copytree(fitted, folder / "run")
    manifest = json.loads((folder / "run" / "manifest.json").read_text())
    manifest["config"]["data"] = str(folder / "data")
    (folder / "run" / "manifest.json").write_text(json.dumps(sealed(manifest)))
    return folder / "run"


def test_examples_are_the_surest_of_each_kind(folder: Path):
    run = read_run(folder)
    threshold = next(p["threshold"] for p in run.operating_points if p["name"] == "youden")
    test = run.predictions("test")
    table = pd.DataFrame({"truth": test.y_true, "logit": test.logit}, index=test.image_id)
    table["positive"] = table["logit"] >= threshold
    sides = {"tp": (True, 1), "fp": (True, 0), "fn": (False, 1)}
    chosen = list(examples(run))
    for kind, (positive, truth) in sides.items():
        member = table[(table["positive"] == positive) & (table["truth"] == truth)]
        surest = member.loc[(member["logit"] - threshold).abs().sort_values(ascending=False).index]
        found = [example for example in chosen if example.kind == kind]
        assert [example.logit for example in found] == list(surest["logit"][:OVERLAYS_OF_A_KIND])
        assert [example.rank for example in found] == list(range(1, len(found) + 1))
    assert chosen


def test_pictures_are_written_beside_what_they_show(folder: Path):
    told: list[tuple[int, int]] = []
    written = write_overlays(read_run(folder), progress=lambda done, total: told.append((done, total)))
    listed = pd.read_csv(folder / "overlays" / "overlays.csv")
    assert [path.name for path in written] == list(listed["file"])
    assert told == [(i + 1, len(written)) for i in range(len(written))]
    for path in written:
        assert cv2.imread(str(path)).shape == (48, 80, 3)  # a radiograph of 40 x 48 beside its map
    read_run(folder)  # overlays are not in the manifest and do not damage the run
    assert write_overlays(read_run(folder)) == written


def test_a_moved_data_folder_is_named_and_leaves_the_old_overlays(folder: Path):
    before = write_overlays(read_run(folder))
    data = folder.parent / "data"
    data.rename(folder.parent / "moved")
    try:
        with pytest.raises(DataError, match=str(data)):
            write_overlays(read_run(folder))
        assert all(path.exists() for path in before)
    finally:
        (folder.parent / "moved").rename(data)


def test_a_disk_that_refuses_leaves_the_old_overlays_and_nothing_else(folder: Path, monkeypatch: pytest.MonkeyPatch):
    before, rename = write_overlays(read_run(folder)), Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.parent == folder / "cache" / "overlays" and path.name == "overlays":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(RunFolderError, match=r"cannot be written \(the disk is full\)"):
            write_overlays(read_run(folder))
    assert all(path.exists() for path in before)
    assert not (folder / "cache" / "overlays").exists()


def test_what_a_killed_process_left_is_cleared_and_one_that_works_is_not_disturbed(folder: Path):
    scratch = folder / "cache" / "overlays"
    (scratch / "overlays").mkdir(parents=True)
    (scratch / "overlays" / "cam_tp_01.jpg").write_bytes(b"half")
    lock = lock_folder(scratch, to_be_renamed=True)
    with pytest.raises(RunFolderError, match="another process"):
        write_overlays(read_run(folder))
    assert (scratch / "overlays" / "cam_tp_01.jpg").exists()
    unlock(lock)
    write_overlays(read_run(folder))
    assert not scratch.exists()


def test_overlays_are_not_written_where_a_link_leads_out(folder: Path, tmp_path: Path):
    shutil.rmtree(folder / "overlays", ignore_errors=True)
    (folder / "overlays").symlink_to(tmp_path)
    with pytest.raises(RunFolderError, match="leads out"):
        write_overlays(read_run(folder))
    (folder / "overlays").unlink()
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_images_has_no_overlays(tmp_path: Path):
    rows = "image_id,y_true,logit,split\n" + "".join(f"{i},{i % 2},{i - 5},validation\n" for i in range(10))
    (tmp_path / "p.csv").write_text(rows)
    imported = import_predictions(tmp_path / "p.csv", name="i", out=tmp_path)
    with pytest.raises(RunFolderError, match="imported from predictions"):
        write_overlays(read_run(imported))


def test_what_is_written_names_its_layer(folder: Path):
    write_overlays(read_run(folder))
    assert set(pd.read_csv(folder / "overlays" / "overlays.csv")["layer"]) == {"layer1"}, "32 px: 8 x 8 fields"
    kept = {path.name for path in (folder / "cache" / "heat_maps").iterdir()}
    assert kept == {"grad_cam-layer1"}
