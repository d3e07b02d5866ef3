import os
import re
from dataclasses import replace
from pathlib import Path

from core.config import TrainConfig
from core.runs.locked_points import Signature
from dashboard import gateway
from dashboard.gateway.runs import per_run

CACHES = Path(gateway.__file__).parent

SETS = ("validation", "test")


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
    assert len(gateway.curve(hidden, "test")) == 0
    gateway.lock(hidden, 0.5, Signature(name="a", rule="b", who="c", why="d"), exploratory=False)
    assert gateway.scores(hidden, SETS)[0]["split"].unique().tolist() == ["validation"]
    shown = gateway.run(folder)
    assert not shown.hidden and gateway.run(folder) is shown
    assert gateway.sweep(shown, "test").n_pos == shown.predictions("test").n_pos > 0
    assert len(gateway.curve(shown, "test")) > 0
    assert set(gateway.scores(shown, SETS)[0]["split"]) == {"validation", "test"}
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


def test_arguments_are_part_of_every_key_by_place_and_by_name(counted, exchanged):
    made = []

    @per_run
    def made_of(run, split, threshold, floor=None, *, scale="raw"):
        made.append((run.run_id, split, threshold, floor, scale))
        return made[-1]

    keys = [
        (("validation", 1.5), {}),
        (("test", 1.5), {}),
        (("validation", -1.5), {}),
        (("validation", 1.5, ("a", "b")), {}),
        (("validation", 1.5, ("b", "a")), {}),
        (("validation", 1.5), {"scale": "calibrated"}),
    ]
    for _ in range(2):
        for run in (counted, exchanged):
            for place, named in keys:
                expected = (run.run_id, *place[:2], place[2] if len(place) > 2 else None, named.get("scale", "raw"))
                assert made_of(run, *place, **named) == expected
    assert len(made) == 2 * len(keys), "each is made once"


def test_functions_of_one_name_in_two_places_are_two(counted):
    def first():
        @per_run
        def figure(run):
            return "first"

        return figure

    def second():
        @per_run
        def figure(run):
            return "second"

        return figure

    assert [first()(counted), second()(counted), first()(counted)] == ["first", "second", "first"]


def test_two_folders_of_runs_are_two(write_run, tmp_path):
    for folder in ("one", "two"):
        write_run(tmp_path / folder, f"run-{folder}")
    for _ in range(2):
        assert [gateway.runs(tmp_path / folder)[0].run_id for folder in ("one", "two")] == ["run-one", "run-two"]
        opened = [gateway.run(tmp_path / name / f"run-{name}").run_id for name in ("one", "two")]
        assert opened == ["run-one", "run-two"]


def test_what_is_made_of_a_run_is_made_again_when_its_files_change(counted):
    made = []

    @per_run
    def number(run):
        made.append(run)
        return len(made)

    assert [number(counted), number(counted)] == [1, 1]
    (counted.folder / "metrics.json").write_text("{}")
    assert number(counted) == 2
    (counted.folder / "decisions.jsonl").write_text("")
    assert number(counted) == 2, "what people add later does not make it another run"


def test_no_cache_of_a_run_makes_a_key_of_its_own():
    """``version(run)`` knows whether test is hidden; the bare fingerprint of a run's folder does not."""
    found = {file.name: re.findall(r"fingerprint\((\w+(?:\.\w+)*)\)", file.read_text()) for file in CACHES.glob("*.py")}
    assert {name: sorted(keys) for name, keys in found.items() if keys} == {
        "runs.py": ["folder", "folder", "path", "run.folder"],
        "overlays.py": ["folder"],
    }
