import os
import re
from dataclasses import replace
from pathlib import Path

from core.config import TrainConfig
from core.runs.locked_points import Signature
from dashboard import gateway
from dashboard.gateway.runs import per_run

CACHES = Path(gateway.__file__).parent


def test_runs_are_read_again_when_one_changes(write_run, tmp_path):
    assert gateway.runs(tmp_path / "nothing") == []
    folder = write_run(tmp_path, "first")
    assert [entry.problem for entry in gateway.runs(tmp_path)] == [None]
    (folder / "metrics.json").write_text("{")
    assert gateway.runs(tmp_path)[0].problem is not None
    write_run(tmp_path, "second")
    assert [entry.run_id for entry in gateway.runs(tmp_path)] == ["second", "first"]


def test_run_is_one_object_until_its_files_change(write_run, tmp_path):
    folder = write_run(tmp_path, "run")
    run = gateway.run(folder)
    assert gateway.run(folder) is run
    (folder / "cache").mkdir()
    assert gateway.run(folder) is run, "what can be made again does not make the run another one"
    os.utime(folder / "manifest.json")
    assert gateway.run(folder) is not run


def test_overlays_without_their_list_are_shown_without_names(write_run, tmp_path):
    run = gateway.run(write_run(tmp_path, "run"))
    assert gateway.overlays(run) == []
    (run.folder / "overlays").mkdir()
    (run.folder / "overlays" / "cam_fp_01.jpg").write_bytes(b"jpeg")
    assert gateway.overlays(run) == [gateway.Overlay(kind="fp", image_id="", jpeg=b"jpeg")]


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
    assert [entry.run_id for entry in gateway.runs(tmp_path)] == ["whole"]


def test_hidden_and_revealed_never_share_a_kept_value(write_run, tmp_path):
    """Also where somebody locks while another reader's page, which began hidden, is still being made."""
    config = TrainConfig(data="radiographs", image_size=96, epochs=8, weights="none", hide_test=True)
    folder = write_run(tmp_path, "blind", config=config)
    hidden = gateway.run(folder)
    assert hidden.hidden and gateway.run(folder) is hidden
    assert gateway.sweep(hidden, "test").n_pos == 0
    assert set(gateway.curves(hidden)) == {"validation"}
    gateway.lock(hidden, 0.5, Signature(name="a", rule="b", who="c", why="d"), exploratory=False)
    assert gateway.scores(hidden)[0]["split"].unique().tolist() == ["validation"]
    shown = gateway.run(folder)
    assert not shown.hidden and gateway.run(folder) is shown
    assert gateway.sweep(shown, "test").n_pos == shown.predictions("test").n_pos > 0
    assert set(gateway.curves(shown)) == {"validation", "test"}
    assert set(gateway.scores(shown)[0]["split"]) == {"validation", "test"}
    assert gateway.drawn(hidden, "kind", "look", lambda: "hidden") == "hidden"
    assert gateway.drawn(shown, "kind", "look", lambda: "shown") == "shown"
    assert gateway.sweep(hidden, "test").n_pos == 0
    (point,) = gateway.locked_points(shown)
    assert (point.threshold, point.stamp) == (0.5, "pre-specified")


def test_hiding_is_part_of_every_key(run):
    @per_run
    def hidden_now(run):
        return run.hidden

    assert [hidden_now(run), hidden_now(replace(run, hidden=True)), hidden_now(run)] == [False, True, False]


def test_no_cache_of_a_run_makes_a_key_of_its_own():
    """``version(run)`` knows whether test is hidden; the bare fingerprint of a run's folder does not."""
    found = {file.name: re.findall(r"fingerprint\((\w+(?:\.\w+)*)\)", file.read_text()) for file in CACHES.glob("*.py")}
    assert {name: sorted(keys) for name, keys in found.items() if keys} == {
        "runs.py": ["folder", "path", "run.folder"],
        "overlays.py": ["folder"],
    }


def test_while_test_is_hidden_overlays_of_test_are_left_out(write_run, tmp_path):
    config = TrainConfig(data="radiographs", image_size=96, epochs=8, weights="none", hide_test=True)
    run = gateway.run(write_run(tmp_path, "blind", config=config))
    overlays = run.folder / "overlays"
    overlays.mkdir()
    ids = {"cam_tp_01.jpg": run.predictions("validation").image_id[0], "cam_fn_01.jpg": "test/0001.jpeg"}
    for name in ids:
        (overlays / name).write_bytes(b"jpeg")
    (overlays / "overlays.csv").write_text("file,image_id\n" + "\n".join(f"{k},{v}" for k, v in ids.items()))
    assert [one.image_id for one in gateway.overlays(run)] == [ids["cam_tp_01.jpg"]]
    assert len(gateway.overlays(replace(run, hidden=False))) == 2
