"""What is said after a write failed follows what is on the disk: done, not done, or not to be seen."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core import disk
from core.errors import RunFolderError, UnconfirmedError
from core.runs import decisions, sealing
from core.runs.after_failure import after_failure, read_again
from core.runs.decisions import append_decisions, read_decisions
from core.runs.importer import import_predictions
from core.runs.marks import Mark, read_marks, write_mark
from core.runs.partial import IMPORT
from core.runs.store import PartialRun, find_run, read_run

FULL = OSError(errno.ENOSPC, "No space left on device")
MARK = Mark(
    finding="",
    evaluation_set="test",
    image_id="a",
    label_error=True,
    poor_image=False,
    ambiguous=False,
    note="",
    reviewer="",
    marked="2026-01-01",
)


def refusing(error: OSError = FULL) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise error

    return refuse


def a_table(folder: Path) -> Path:
    file = folder / "p.csv"
    file.write_text("image_id,y_true,logit\na,0,1\nb,1,2\n", encoding="utf-8")
    return file


def test_the_three_things_that_can_be_said(tmp_path: Path):
    def said(stands: Callable[[], bool]) -> RunFolderError:
        return after_failure(tmp_path, FULL, stands=stands, remedy="make room")

    assert type(said(lambda: True)) is UnconfirmedError
    assert "did not confirm" in str(said(lambda: True))
    assert str(said(lambda: False)) == f"{tmp_path}: cannot be written (the disk is full); make room"
    for error in (FULL, RunFolderError("damaged")):
        assert "cannot be seen" in str(said(lambda error=error: refusing(error)()))


def test_a_run_that_cannot_be_read_just_after_it_was_written_is_not_to_be_made_again(tmp_path: Path):
    with pytest.raises(UnconfirmedError, match=r"is written, but the disk did not confirm .*permission"):
        read_again(tmp_path, refusing(RunFolderError("cannot be read (permission is denied)")))
    assert read_again(tmp_path, str) == str(tmp_path)


def test_a_lock_that_the_disk_did_not_confirm_is_not_called_a_failure(
    copy_of_run: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(decisions, "sync", refusing())
    with pytest.raises(UnconfirmedError, match="do not repeat it"):
        append_decisions(copy_of_run, lambda log: [("noted", {})])
    assert len(read_decisions(copy_of_run).events) == 1


def test_a_line_that_the_disk_took_half_of_is_taken_back(copy_of_run: Path, monkeypatch: pytest.MonkeyPatch):
    append_decisions(copy_of_run, lambda log: [("noted", {})])
    before, write = (copy_of_run / "decisions.jsonl").read_bytes(), os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, text: write(descriptor, text[: len(text) // 2]))
        with pytest.raises(RunFolderError, match=r"cannot be written \(the disk is full\)") as failed:
            append_decisions(copy_of_run, lambda log: [("locked", {}), ("revealed", {})])
    assert type(failed.value) is RunFolderError
    assert (copy_of_run / "decisions.jsonl").read_bytes() == before


def test_what_was_added_is_told_though_the_disk_can_no_longer_be_read(
    copy_of_run: Path, monkeypatch: pytest.MonkeyPatch
):
    looked = iter([read_decisions(copy_of_run)])
    monkeypatch.setattr(decisions, "read_decisions", lambda folder: next(looked))
    (event,) = append_decisions(copy_of_run, lambda log: [("noted", {"a": 1})])
    assert (event.event, dict(event.fields), event.sequence) == ("noted", {"a": 1}, 1)


def test_a_mark_that_the_disk_did_not_confirm_stands_and_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sync = disk.sync
    monkeypatch.setattr(disk, "sync", lambda path: refusing()() if path.is_dir() else sync(path))
    with pytest.raises(UnconfirmedError):
        write_mark(tmp_path, MARK)
    assert [mark.image_id for mark in read_marks(tmp_path).values()] == ["a"]


def test_an_import_that_the_disk_did_not_confirm_stands_and_is_said_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sync = sealing.sync
    monkeypatch.setattr(sealing, "sync", lambda path: refusing()() if path == tmp_path / "runs" else sync(path))
    with pytest.raises(UnconfirmedError, match="is written and can be read"):
        import_predictions(a_table(tmp_path), name="a", out=tmp_path / "runs")
    assert len(read_run(tmp_path / "runs" / "a").records) == 2
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["a"]


def test_a_disk_that_is_full_at_the_first_file_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(disk, "sync", refusing())
        with pytest.raises(RunFolderError, match="the disk is full"):
            import_predictions(a_table(tmp_path), name="a", out=tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []
    import_predictions(a_table(tmp_path), name="a", out=tmp_path / "runs")


def test_what_a_killed_import_left_is_named_and_cleared_by_the_next(tmp_path: Path, ingredients):
    out, file = tmp_path / "runs", a_table(tmp_path)
    with PartialRun.begin(out, "a", ingredients.config, command=IMPORT) as partial:
        (partial.path / "records.parquet").write_bytes(b"half")
    for tried in (lambda: PartialRun.resume(out, "a"), lambda: find_run("a", out)):
        with pytest.raises(RunFolderError, match=r"an import that was not finished .*`python -m core import FILE"):
            tried()
    assert read_run(import_predictions(file, name="a", out=out)).run_id == "a"
    assert [path.name for path in out.iterdir()] == ["a"]


def test_an_import_leaves_a_fit_that_can_be_continued(tmp_path: Path, ingredients):
    PartialRun.begin(tmp_path, "a", ingredients.config).close()
    with pytest.raises(RunFolderError, match=r"continue it with `python train\.py --resume a"):
        import_predictions(a_table(tmp_path), name="a", out=tmp_path)
    PartialRun.resume(tmp_path, "a").close()


def test_an_import_that_runs_is_not_cleared_away(tmp_path: Path, ingredients):
    with PartialRun.begin(tmp_path, "a", ingredients.config, command=IMPORT) as partial:
        with pytest.raises(RunFolderError, match="another process is writing"):
            import_predictions(a_table(tmp_path), name="a", out=tmp_path)
        assert (partial.path / "config.json").exists()


def test_settings_of_older_programs_tell_fit_and_import_apart(tmp_path: Path):
    for name, epochs, match in (("a", "null", "an import that"), ("b", "3", None)):
        (tmp_path / f".{name}.partial").mkdir()
        (tmp_path / f".{name}.partial" / "config.json").write_text(f'{{"epochs": {epochs}}}', encoding="utf-8")
        if match is None:
            PartialRun.resume(tmp_path, name).close()
        else:
            with pytest.raises(RunFolderError, match=match):
                PartialRun.resume(tmp_path, name)


def test_links_that_lead_out_of_a_run_are_refused_and_the_run_may_be_one(copy_of_run: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes((copy_of_run / "history.csv").read_bytes())
    (tmp_path / "linked").symlink_to(copy_of_run)
    read_run(tmp_path / "linked")
    for name in ("history.csv", "marks.csv", "decisions.jsonl"):
        (copy_of_run / name).unlink(missing_ok=True)
        (copy_of_run / name).symlink_to(elsewhere)
    for tried in (
        lambda: read_run(copy_of_run),
        lambda: write_mark(copy_of_run, MARK),
        lambda: append_decisions(copy_of_run, lambda log: [("noted", {})]),
    ):
        before = elsewhere.read_bytes()
        with pytest.raises(RunFolderError, match="leads out"):
            tried()
        assert elsewhere.read_bytes() == before


def test_a_partial_folder_that_is_a_link_is_never_cleared(tmp_path: Path, ingredients):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_bytes(b"x")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ".a.partial").symlink_to(tmp_path / "precious")
    with pytest.raises(RunFolderError, match="is a link"):
        PartialRun.begin(tmp_path / "runs", "a", ingredients.config)
    assert (tmp_path / "precious" / "file").exists()
