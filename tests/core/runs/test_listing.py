import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.config import TrainConfig
from core.errors import RunFolderError
from core.runs.store import PartialRun, find_run, list_runs, read_run, resume_command

Edit = Callable[[Path, str, Any], None]


def test_no_folder_and_an_empty_one(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "runs") == []
    assert list_runs(tmp_path) == []


def test_a_file_is_no_place_for_runs(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(RunFolderError, match="cannot be listed"):
        list_runs(tmp_path / "runs")


def test_an_entry_says_what_a_picker_shows(copy_of_run: Path) -> None:
    (entry,) = list_runs(copy_of_run.parent)
    metrics = json.loads((copy_of_run / "metrics.json").read_text())
    assert (entry.run_id, entry.folder, entry.problem, entry.synthetic) == ("first", copy_of_run, None, False)
    assert entry.n_images == 90
    assert entry.validation_auroc == metrics["validation"]["auroc"]["value"]


def test_an_entry_says_how_many_images_a_run_hides(copy_of_run: Path, edit_manifest: Edit) -> None:
    (entry,) = list_runs(copy_of_run.parent)
    assert entry.n_hidden == 0
    config = json.loads((copy_of_run / "manifest.json").read_text())["config"]
    edit_manifest(copy_of_run, "config", config | {"hide_test": True})
    (entry,) = list_runs(copy_of_run.parent)
    records = read_run(copy_of_run).records
    assert entry.n_hidden == (records["split"] == "test").sum() > 0
    assert entry.n_images == 90


def test_the_newest_comes_first_whatever_its_time_zone(copy_of_run: Path, edit_manifest: Edit) -> None:
    created = {
        "a": "2025-01-01T10:00:00+00:00",
        "b": "2025-01-01T10:30:00+02:00",
        "c": "2025-01-01T09:00:00.5+00:00",
        "d": "0001-01-01T00:00:00+14:00",
        "e": "9999-12-31T23:59:59-14:00",
    }
    for name, when in created.items():
        edit_manifest(Path(shutil.copytree(copy_of_run, copy_of_run.with_name(name))), "created", when)
    shutil.rmtree(copy_of_run)
    assert [entry.run_id for entry in list_runs(copy_of_run.parent)] == ["e", "a", "c", "b", "d"]


def test_what_is_no_run_is_left_out(copy_of_run: Path) -> None:
    out = copy_of_run.parent
    shutil.copytree(copy_of_run, out / ".hidden.partial")
    (out / "notes").mkdir()
    (out / "notes.txt").write_text("")
    assert [entry.run_id for entry in list_runs(out)] == ["first"]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda run: (run / "manifest.json").unlink(), "no manifest.json"),
        (lambda run: (run / "manifest.json").write_text("{"), "not readable JSON"),
        (lambda run: (run / "manifest.json").write_text('{"schema_version": 3}'), "newer version"),
        (lambda run: (run / "best_model.pt").unlink(), "best_model.pt: is missing"),
        (lambda run: (run / "metrics.json").write_text(""), "metrics.json: has 0 bytes"),
    ],
)
def test_a_damaged_run_is_listed_last_with_its_problem(
    copy_of_run: Path, damage: Callable[[Path], None], problem: str
) -> None:
    damage(Path(shutil.copytree(copy_of_run, copy_of_run.with_name("damaged"))))
    whole, damaged = list_runs(copy_of_run.parent)
    assert (whole.run_id, damaged.run_id) == ("first", "damaged")
    assert damaged.problem is not None
    assert problem in damaged.problem


def test_a_run_without_validation_has_no_figure_in_the_list(
    copy_of_run: Path, replace_file: Callable[[Path, str, bytes], None]
) -> None:
    replace_file(copy_of_run, "metrics.json", b'{"validation": null, "test": null}')
    (entry,) = list_runs(copy_of_run.parent)
    assert (entry.problem, entry.validation_auroc) == (None, None)


def test_a_run_is_found_by_id_and_by_folder(copy_of_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = copy_of_run.parent
    assert find_run("first", out) == copy_of_run
    assert find_run(str(copy_of_run), tmp_path / "elsewhere") == copy_of_run
    monkeypatch.chdir(out)
    assert find_run("first", tmp_path / "elsewhere") == Path("first")
    assert find_run("../runs/first", tmp_path / "elsewhere") == Path("../runs/first")


@pytest.mark.parametrize("name", ["frist", "", "..", ".", "a\0b", "x" * 5000, "-", "//", "nowhere/first"])
def test_a_run_that_is_not_there(copy_of_run: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(copy_of_run.parent)
    with pytest.raises(RunFolderError):
        from core.runs.store import read_run

        read_run(find_run(name, copy_of_run.parent))


def test_a_misspelt_id_brings_the_nearest(copy_of_run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no run 'frist' in .*first"):
        find_run("frist", copy_of_run.parent)
    with pytest.raises(RunFolderError, match=r"`python train\.py` makes one"):
        find_run("first", tmp_path / "empty")
    PartialRun.begin(copy_of_run.parent, "second", TrainConfig()).close()
    with pytest.raises(
        RunFolderError,
        match=rf"not finished .*: continue it with `python train\.py --resume second --out {copy_of_run.parent}`",
    ):
        find_run("second", copy_of_run.parent)


def test_the_command_to_resume_says_where_only_if_it_must(tmp_path: Path) -> None:
    assert resume_command(Path("runs"), "a") == "python train.py --resume a"
    assert resume_command(tmp_path / "my runs", "a") == f"python train.py --resume a --out '{tmp_path}/my runs'"


def test_figures_without_an_area_are_the_problem_of_one_run(
    copy_of_run: Path, replace_file: Callable[[Path, str, bytes], None]
) -> None:
    damaged = Path(shutil.copytree(copy_of_run, copy_of_run.with_name("damaged")))
    block = b'{"n": 1, "n_pos": 1, "n_patients": 1}'
    replace_file(damaged, "metrics.json", b'{"validation": ' + block + b', "test": null}')
    whole, other = list_runs(copy_of_run.parent)
    assert (whole.run_id, whole.problem) == ("first", None)
    assert other.problem is not None
    assert "validation.auroc is not there" in other.problem


def test_an_endless_name_is_not_repeated_whole(copy_of_run: Path) -> None:
    with pytest.raises(RunFolderError, match=r"no run 'x+\.\.\. in") as caught:
        find_run("x" * 10_000, copy_of_run.parent)
    assert str(caught.value).count("x") < 80
