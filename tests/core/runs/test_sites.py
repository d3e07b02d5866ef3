"""Sites of a run: imported, added, hidden, damaged, taken away."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import ImportFileError, RunFolderError, UnconfirmedError
from core.runs import decisions, site_writing
from core.runs.hiding import open_run
from core.runs.importer import import_predictions, import_sites
from core.runs.locked_points import Signature, lock_point
from core.runs.store import Run, list_runs, read_run

SIGNATURE = Signature(name="a", rule="b", who="c", why="d")


def _table(split: str, n: int, *, unknown: int = 0, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng([seed, n])
    truth = np.arange(n) % 2
    return pd.DataFrame(
        {
            "image_id": [f"i{i}" if split not in ("validation", "test") else f"{split}-{i}" for i in range(n)],
            "patient_id": [f"p{i // 3}" for i in range(n)],
            "y_true": ["" if i < unknown else str(truth[i]) for i in range(n)],
            "logit": rng.normal(2.0 * truth - 1, 1),
            "split": split,
            "sex": np.where(np.arange(n) % 4 < 2, "F", ""),
            "date": [f"2024-01-{i % 28 + 1:02d}" for i in range(n)],
        }
    )


def _file(folder: Path, *parts: pd.DataFrame, name: str = "file.csv") -> Path:
    pd.concat(parts).to_csv(folder / name, index=False)
    return folder / name


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = _file(tmp_path, _table("validation", 40), _table("test", 30))
    return import_predictions(file, name="own", out=tmp_path / "runs")


def _added(run: Path, *parts: pd.DataFrame, site: str | None = None) -> Run:
    import_sites(_file(run.parent.parent, *parts, name="more.csv"), read_run(run), site=site)
    return read_run(run)


def test_other_values_of_split_are_sites_of_the_new_run(tmp_path: Path) -> None:
    north = _table("north", 24, unknown=5)
    file = _file(tmp_path, north, _table("val", 40), _table("test", 30), _table("South.2", 12), _table("train", 9))
    run = read_run(import_predictions(file, name="a", out=tmp_path / "runs"))
    assert run.sets == ("validation", "test", "north", "South.2")
    site = run.site("north")
    assert (site.n, site.n_unlabelled, site.n_patients) == (24, 5, 8)
    np.testing.assert_array_equal(site.logit, north["logit"])
    assert list(site.image_id) == list(north["image_id"])
    assert list(site.labelled.image_id) == list(north["image_id"][5:])
    assert run.predictions("north") is site.labelled
    assert [level or "" for level in site.subgroups["sex"]] == list(north["sex"])
    assert site.date[0] == np.datetime64("2024-01-01")
    assert "9 cells of column split are train, so the rows were left out (first: row 108)" in " ".join(
        run.manifest["data"]["changed_in_reading"]
    )
    assert run.metrics["test"]["n"] == 30


def test_the_same_id_at_two_sites_is_two_images_and_twice_at_one_is_refused(tmp_path: Path, own: Path) -> None:
    run = _added(own, _table("north", 6), _table("south", 6))
    assert list(run.site("north").image_id) == list(run.site("south").image_id)
    with pytest.raises(ImportFileError, match="image_id 'i0' stands in row 2 already"):
        _added(own, _table("east", 4), _table("east", 4))


def test_a_site_is_added_without_touching_what_was_sealed_and_is_in_the_log(own: Path) -> None:
    before = {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}
    run = _added(own, _table("north", 20), site="Nord")
    assert {path: path.read_bytes() for path in before} == before
    assert run.sets == ("validation", "test", "Nord")
    event = decisions.read_decisions(own).events[-1]
    assert (event.event, event.fields["hidden"], event.fields["sites"]["Nord"]["images"]) == ("site added", False, 20)
    source = run.sites.whole["Nord"].manifest["source"]
    assert source["name"] == "more.csv"
    assert "all rows were taken as those of site Nord, whatever their split (north 20)" in source["changed_in_reading"]
    assert list_runs(own.parent)[0].problem is None


def test_sites_of_one_file_are_one_line_of_the_log(own: Path) -> None:
    run = _added(own, _table("north", 6), _table("south", 8))
    assert run.sets[2:] == ("north", "south")
    (event,) = decisions.read_decisions(own).events
    assert {name: told["images"] for name, told in event.fields["sites"].items()} == {"north": 6, "south": 8}


def test_where_one_site_cannot_be_written_none_is_added(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json = site_writing.write_json

    def full(path: Path, value: object) -> None:
        if "south" in str(path):
            raise OSError(28, "No space left on device", str(path))
        write_json(path, value)

    monkeypatch.setattr(site_writing, "write_json", full)
    with pytest.raises(RunFolderError, match=r"the disk is full.*nothing was added"):
        _added(own, _table("north", 6), _table("south", 8))
    assert read_run(own).sets == ("validation", "test")
    monkeypatch.undo()
    assert _added(own, _table("north", 6), _table("south", 8)).sets[2:] == ("north", "south")


def test_a_line_of_the_log_that_tells_of_one_site_is_read(own: Path) -> None:
    """As programs wrote it that added one site at a time."""
    _added(own, _table("north", 6), site="north")
    told = decisions.read_decisions(own).events[-1].fields["sites"]["north"]
    (own / "decisions.jsonl").unlink()
    decisions.append_decisions(own, lambda _: [("site added", {"site": "north", "hidden": False, **told})])
    assert read_run(own).sets[2:] == ("north",)


def test_a_run_that_was_made_before_there_were_sites_has_none(own: Path) -> None:
    manifest = json.loads((own / "manifest.json").read_text())
    assert manifest["data"].pop("sites") == {}
    run = read_run(own)
    assert (run.sets, dict(run.sites.problems)) == (("validation", "test"), {})


def test_a_site_without_any_truth(own: Path) -> None:
    run = _added(own, _table("north", 20, unknown=20), site="north")
    assert (run.sets[-1], run.labelled_sets) == ("north", ("validation", "test"))
    assert (run.site("north").n, run.predictions("north").n) == (20, 0)


@pytest.mark.parametrize("site", ["test", "North", "no way", "north"])
def test_names_that_no_site_can_have_are_refused_and_nothing_is_added(own: Path, site: str) -> None:
    _added(own, _table("x", 5), site="north")
    before = sorted(own.rglob("*"))
    with pytest.raises(RunFolderError, match="site name"):
        _added(own, _table("x", 5), site=site)
    assert sorted(own.rglob("*")) == before


def test_rows_of_validation_and_test_are_no_site_unless_it_is_said(own: Path) -> None:
    with pytest.raises(ImportFileError, match="has rows of validation and test, and a run keeps those"):
        _added(own, _table("validation", 5), _table("test", 5), _table("north", 5))
    run = _added(own, _table("validation", 5), _table("test", 5), _table("train", 5), site="north")
    assert run.site("north").n == 10


def test_a_run_that_hides_test_hides_its_sites_until_a_threshold_is_locked(tmp_path: Path) -> None:
    file = _file(tmp_path, _table("validation", 40), _table("test", 30), _table("north", 9))
    folder = import_predictions(file, name="a", out=tmp_path / "runs", hide_test=True)
    _added(folder, _table("south", 9), site="south")
    assert decisions.read_decisions(folder).events[-1].fields["hidden"] is True
    hidden = open_run(folder)
    assert (hidden.hidden, hidden.sets) == (True, ("validation",))
    with pytest.raises(KeyError):
        hidden.predictions("north")
    assert lock_point(hidden, 0.0, SIGNATURE).stamp == "pre-specified"
    assert open_run(folder).sets == ("validation", "test", "north", "south")


def _byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda site: _byte(site / "predictions.parquet"), "SHA-256 differs"),
        (lambda site: _byte(site / "manifest.json"), "manifest.json"),
        (lambda site: (site / "records.parquet").unlink(), "is missing"),
        (lambda site: (site / "manifest.json").unlink(), "is not whole"),
        (shutil.rmtree, "is not whole"),
        (lambda site: site.rename(site.with_name("other")), "is not whole"),
    ],
)
def test_a_damaged_site_is_named_and_the_rest_of_the_run_opens(
    own: Path, damage: Callable[[Path], object], why: str
) -> None:
    _added(own, _table("north", 9), site="north")
    _added(own, _table("south", 9), site="south")
    damage(own / "sites" / "north")
    run = read_run(own)
    assert run.sets == ("validation", "test", "south")
    assert why in run.sites.problems["north"]


def test_a_folder_that_nobody_added_is_no_site(own: Path) -> None:
    _added(own, _table("north", 9), site="north")
    shutil.copytree(own / "sites" / "north", own / "sites" / "copy")
    run = read_run(own)
    assert run.sets == ("validation", "test", "north")
    assert "is that of the site 'north'" in run.sites.problems["copy"]


def test_a_log_that_takes_no_line_takes_no_site(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RunFolderError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(site_writing, "append_decisions", full)
        with pytest.raises(RunFolderError, match="full"):
            _added(own, _table("x", 9), site="north")
    assert read_run(own).sets == ("validation", "test")
    assert [path.name for path in (own / "sites").iterdir()] == [".north.partial"], "which the next attempt clears"
    assert _added(own, _table("x", 9), site="north").sets[-1] == "north"


@pytest.mark.parametrize("step", ["write_table", "write_json", "append_decisions"])
def test_what_a_killed_import_left_is_named_and_cleared_by_the_next(
    own: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(site_writing, step, killed)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            _added(own, _table("x", 9), site="north")
    assert read_run(own).sets == ("validation", "test")
    assert _added(own, _table("x", 9), site="north").sets[-1] == "north"
    assert [path.name for path in (own / "sites").iterdir()] == ["north"]


def test_a_site_that_the_log_knows_stands_wherever_it_was_stopped(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(site_writing, "put_in_place", killed)
        with pytest.raises(Killed):
            _added(own, _table("x", 9), site="north")
    run = read_run(own)
    assert (run.sets[-1], run.site("north").n, dict(run.sites.problems)) == ("north", 9, {})
    with pytest.raises(RunFolderError, match="already"):
        _added(own, _table("x", 9), site="north")
    assert _added(own, _table("x", 9), site="south").sets[-2:] == ("north", "south")
    assert sorted(path.name for path in (own / "sites").iterdir()) == ["north", "south"]


def test_a_site_is_put_in_its_place_though_the_disk_refuses_once(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = iter([OSError(errno.EIO, "x")])
    put = site_writing.put_in_place

    def once(partial: Path, place: Path) -> None:
        for error in refused:
            raise error
        put(partial, place)

    monkeypatch.setattr(site_writing, "put_in_place", once)
    assert _added(own, _table("x", 9), site="north").site("north").n == 9
    assert [path.name for path in (own / "sites").iterdir()] == ["north"]


def test_a_site_whose_line_the_disk_did_not_confirm_stands_in_its_place(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: Path) -> None:
        raise OSError(errno.EIO, "x")

    with monkeypatch.context() as patch:
        patch.setattr(decisions, "sync", failing)
        with pytest.raises(UnconfirmedError, match="did not confirm"):
            _added(own, _table("x", 9), site="north")
    assert [path.name for path in (own / "sites").iterdir()] == ["north"]
    assert read_run(own).site("north").n == 9


def test_dates_of_the_runs_own_images_are_kept(own: Path) -> None:
    kept = pd.read_parquet(own / "predictions.parquet")
    assert str(kept["date"].iloc[1]) == "2024-01-02"
    assert "date" not in read_run(own).predictions("test").subgroups


def test_all_sites_together_are_a_set_of_their_own_where_there_are_several(own: Path) -> None:
    run = _added(own, _table("north", 8), site="north")
    with pytest.raises(KeyError):
        run.predictions("all")
    run = _added(own, _table("south", 6, unknown=2), site="south")
    assert run.predictions("all").n == 8 + 4
    assert run.predictions("all") is run.predictions("all")
    assert "all" not in run.sets


def test_no_link_leads_out_of_the_run(tmp_path: Path, own: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    _added(own, _table("x", 9), site="north")
    (own / "sites").rename(elsewhere)
    (own / "sites").symlink_to(elsewhere)
    assert "north: is a link that leads out" in read_run(own).sites.problems["north"]
    with pytest.raises(RunFolderError, match="sites: is a link that leads out"):
        _added(own, _table("x", 9), site="south")
    assert [path.name for path in elsewhere.iterdir()] == ["north"]
    (own / "sites").unlink()
    (own / "sites").mkdir()
    (own / "sites" / "north").symlink_to(elsewhere / "north")
    assert "north: is a link that leads out" in read_run(own).sites.problems["north"]
