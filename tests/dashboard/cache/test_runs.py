import os
from pathlib import Path

from dashboard import cache


def test_runs_are_read_again_when_one_changes(write_run, tmp_path):
    assert cache.runs(tmp_path / "nothing") == []
    folder = write_run(tmp_path, "first")
    assert [entry.problem for entry in cache.runs(tmp_path)] == [None]
    (folder / "metrics.json").write_text("{")
    assert cache.runs(tmp_path)[0].problem is not None
    write_run(tmp_path, "second")
    assert [entry.run_id for entry in cache.runs(tmp_path)] == ["second", "first"]


def test_run_is_one_object_until_its_files_change(write_run, tmp_path):
    folder = write_run(tmp_path, "run")
    run = cache.run(folder)
    assert cache.run(folder) is run
    (folder / "cache").mkdir()
    assert cache.run(folder) is run, "what can be made again does not make the run another one"
    os.utime(folder / "manifest.json")
    assert cache.run(folder) is not run


def test_overlays_without_their_list_are_shown_without_names(write_run, tmp_path):
    run = cache.run(write_run(tmp_path, "run"))
    assert cache.overlays(run) == []
    (run.folder / "overlays").mkdir()
    (run.folder / "overlays" / "cam_fp_01.jpg").write_bytes(b"jpeg")
    assert cache.overlays(run) == [cache.Overlay(kind="fp", image_id="", jpeg=b"jpeg")]


def test_a_folder_that_cannot_be_listed_hides_no_other(write_run, tmp_path, monkeypatch):
    write_run(tmp_path, "whole")
    locked = tmp_path / "locked"
    locked.mkdir()
    listed = Path.iterdir

    def iterdir(path):
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert [entry.run_id for entry in cache.runs(tmp_path)] == ["whole"]
