"""Fits under way: what is read of them, and that they are asked to stop and never signalled."""

import dataclasses
import json
import math
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.config import TrainConfig
from core.errors import RunFolderError
from core.progress import Progress
from core.runs import under_way
from core.runs.store import PartialRun, list_runs
from core.runs.under_way import FitNote, ask_to_stop, fits_under_way

FIRST = {
    "epoch": 1,
    "train_loss": 0.5,
    "learning_rate": 1e-3,
    "seconds": 7.0,
    "val_auroc": 0.8125,
    "val_auprc": math.nan,
    "val_sensitivity_at_0.5": 0.5,
    "val_specificity_at_0.5": 0.75,
}
SECOND = FIRST | {"epoch": 2, "train_loss": 0.25, "val_auroc": 0.9375}
PROGRESS = Progress(label="epoch 3 of 8, step", done=25, total=100, seconds_left=42.5)


@pytest.fixture(autouse=True)
def every_note(monkeypatch):
    monkeypatch.setattr(under_way, "_SECONDS_BETWEEN_NOTES", 0.0)


@pytest.fixture
def partial(tmp_path: Path) -> PartialRun:
    return PartialRun.begin(tmp_path, "a", TrainConfig(epochs=8))


def test_nothing_is_under_way(tmp_path: Path):
    assert fits_under_way(tmp_path / "nowhere") == []
    (tmp_path / "whole").mkdir()
    (tmp_path / ".imported.partial").mkdir()  # without a note it is no fit
    assert fits_under_way(tmp_path) == []


def test_a_fit_is_read_while_it_goes_on(partial: PartialRun, tmp_path: Path):
    before = datetime.now(UTC)
    note = FitNote(partial.path)
    (fit,) = fits_under_way(tmp_path)
    assert (fit.run_id, fit.folder, fit.running, fit.asked_to_stop) == ("a", partial.path, True, False)
    assert (fit.process, fit.machine, fit.epochs) == (os.getpid(), platform.node(), 8)
    assert before <= fit.begun <= datetime.now(UTC)
    assert (fit.progress, len(fit.history)) == (None, 0)
    note.tell(PROGRESS)
    note.tell_epochs([FIRST, SECOND])
    (fit,) = fits_under_way(tmp_path)
    assert fit.progress == PROGRESS
    assert list(fit.history["epoch"]) == [1, 2]
    assert list(fit.history["val_auroc"]) == [0.8125, 0.9375]
    assert fit.history["val_auprc"].isna().all()
    assert list_runs(tmp_path) == [], "a fit is no run yet"


def test_the_first_is_noted_at_once_and_once_a_second_is_enough_then(partial: PartialRun, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(under_way, "_SECONDS_BETWEEN_NOTES", 1.0)
    now = [0.0]
    monkeypatch.setattr(under_way.time, "monotonic", lambda: now[0])
    note = FitNote(partial.path)
    later = dataclasses.replace(PROGRESS, done=PROGRESS.done + 1)
    for now[0], told, seen in ((0.1, PROGRESS, PROGRESS), (1.0, later, PROGRESS), (1.1, later, later)):
        note.tell(told)
        assert fits_under_way(tmp_path)[0].progress == seen


def test_a_killed_fit_is_seen_as_stopped_and_keeps_its_beginning(partial: PartialRun, tmp_path: Path):
    FitNote(partial.path).tell_epochs([FIRST])
    (begun,) = fits_under_way(tmp_path)
    partial.close()  # as its process ends
    (fit,) = fits_under_way(tmp_path)
    assert fit.running is False
    assert len(fit.history) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.partial"], "looking leaves nothing behind"
    (tmp_path / ".a.partial.lock").touch()  # as after kill -9
    assert fits_under_way(tmp_path)[0].running is False
    with PartialRun.resume(tmp_path, "a") as again:
        FitNote(again.path)
        (fit,) = fits_under_way(tmp_path)
        assert fit.running
        assert fit.begun == begun.begun
        assert json.loads((again.path / under_way.NOTE).read_text())["continued"] > begun.begun.isoformat()


def test_a_fit_that_is_asked_stops_at_its_next_step(partial: PartialRun, tmp_path: Path):
    note = FitNote(partial.path)
    note.tell(PROGRESS)
    (fit,) = fits_under_way(tmp_path)
    ask_to_stop(fit)
    assert fits_under_way(tmp_path)[0].asked_to_stop
    with pytest.raises(KeyboardInterrupt):
        note.tell(PROGRESS)
    partial.close()
    assert not fits_under_way(tmp_path)[0].asked_to_stop, "it has stopped"
    with pytest.raises(RunFolderError, match="a is not running any more"):
        ask_to_stop(fit)
    with PartialRun.resume(tmp_path, "a") as again:
        FitNote(again.path).tell(PROGRESS)  # an old request is not meant for who continues


def test_what_was_noted_is_no_part_of_the_run(ingredients, tmp_path: Path):
    partial = PartialRun.begin(tmp_path, "a", ingredients.config)
    note = FitNote(partial.path)
    note.tell(PROGRESS)
    note.tell_epochs([FIRST])
    (partial.path / under_way.STOP).touch()
    run = ingredients.finish(partial)
    assert fits_under_way(tmp_path) == []
    assert not {under_way.NOTE, under_way.STOP} & {path.name for path in run.iterdir()}
    assert len((run / "history.csv").read_text().splitlines()) == 1 + len(ingredients.history)


def test_notes_that_cannot_be_written_do_not_end_a_fit(partial: PartialRun, tmp_path: Path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    note = FitNote(partial.path)
    monkeypatch.setattr(under_way, "write_whole", full)
    monkeypatch.setattr(under_way, "write_history", full)
    note.tell(PROGRESS)
    note.tell_epochs([FIRST])
    assert fits_under_way(tmp_path)[0].progress is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"begun": "2026-01-01", "machine": "m", "process": 1}', "[" * 9999])
def test_a_note_that_nobody_wrote_is_left_out(partial: PartialRun, tmp_path: Path, text: str):
    (partial.path / under_way.NOTE).write_text(text)
    assert fits_under_way(tmp_path) == []


def test_where_no_locks_are_known_nobody_can_tell(partial: PartialRun, tmp_path: Path, monkeypatch):
    def no_locks(file: Path, patience: float = 0.0) -> None:
        raise OSError("no locks")

    FitNote(partial.path)
    monkeypatch.setattr("core.runs.folder_lock.locked", no_locks)
    assert fits_under_way(tmp_path)[0].running is None


def test_the_latest_stands_first(tmp_path: Path):
    for run_id in ("b", "a", "c"):
        FitNote(PartialRun.begin(tmp_path, run_id, TrainConfig(epochs=1)).path)
    assert [fit.run_id for fit in fits_under_way(tmp_path)] == ["c", "a", "b"]
