"""A fit under way, before there is a run and beside one that is open: its curve, and what stops or continues it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import TrainConfig
from core.progress import Progress
from core.runs import under_way
from core.runs.store import PartialRun
from core.runs.under_way import FitNote

ROW = {
    "epoch": 1,
    "train_loss": 0.5,
    "learning_rate": 1e-3,
    "seconds": 7.0,
    "val_auroc": 0.8125,
    "val_auprc": 0.8,
    "val_sensitivity_at_0.5": 0.5,
    "val_specificity_at_0.5": 0.75,
}


@pytest.fixture
def begin(monkeypatch) -> Iterator[Callable[[Path, str], PartialRun]]:
    """A fit with its first epoch done, held by this process until it is closed."""
    monkeypatch.setattr(under_way, "_SECONDS_BETWEEN_NOTES", 0.0)
    held = []

    def begin(out: Path, run_id: str) -> PartialRun:
        partial = PartialRun.begin(out, run_id, TrainConfig(epochs=8))
        held.append(partial)
        note = FitNote(partial.path)
        note.tell_epochs([ROW])
        note.tell(Progress(label="epoch 2 of 8, step", done=25, total=100, seconds_left=42.0))
        return partial

    yield begin
    for partial in held:
        partial.close()


def test_a_running_fit_is_seen_before_there_is_a_run_and_stopped(begin, open_dashboard, shown, tmp_path):
    partial = begin(tmp_path, "mine")
    app = open_dashboard(tmp_path)
    assert app.title[0].value == "No run yet"
    assert "A fit is running" in shown(app, "markdown")
    assert "mine: 1 of 8 epochs done. Now epoch 2 of 8, step 25 of 100, 42 s left." in shown(app, "html")
    (curve,) = app.get("plotly_chart")
    assert "1 epoch" in curve.proto.alt
    assert "validation AUROC from 0.813" in curve.proto.alt
    assert [button.key for button in app.button] == ["stop_mine", "start_demo"]
    app.button(key="stop_mine").click().run()
    assert (partial.path / under_way.STOP).exists()
    assert "A fit is stopping" in shown(app, "markdown")
    assert [button.key for button in app.button] == ["start_demo"]


def test_a_stopped_fit_goes_on_at_a_click(begin, open_dashboard, shown, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr("dashboard.fits.starting.resume", lambda *given: started.append(given))
    begin(tmp_path, "demo").close()
    app = open_dashboard(tmp_path)
    assert "A fit was stopped" in shown(app, "markdown")
    assert [button.key for button in app.button] == ["go_on_demo"], "no second demo is offered"
    app.button(key="go_on_demo").click().run()
    assert started == [(tmp_path, "demo")]


def test_why_a_fit_ended_is_said(begin, open_dashboard, shown, tmp_path):
    begin(tmp_path, "mine").close()
    (tmp_path / ".fits").mkdir()
    (tmp_path / ".fits" / "mine.log").write_text("error: the disk is full\n")
    assert "error: the disk is full" in shown(open_dashboard(tmp_path), "code")


def test_why_the_demo_could_not_begin_is_said(open_dashboard, shown, tmp_path):
    (tmp_path / ".fits").mkdir()
    (tmp_path / ".fits" / "demo.log").write_text("error: torch is missing\n")
    app = open_dashboard(tmp_path)
    assert "The demo fit ended before its run was whole" in shown(app, "markdown")
    assert "error: torch is missing" in shown(app, "code")
    assert [button.key for button in app.button] == ["start_demo"]


def test_a_fit_is_a_quiet_line_beside_a_run_that_is_open(begin, open_dashboard, shown, write_run, tmp_path):
    write_run(tmp_path, "whole")
    partial = begin(tmp_path, "mine")
    app = open_dashboard(tmp_path)
    assert "A fit is running: mine, epoch 2 of 8, step 25 of 100, 42 s left." in shown(app, "html")
    assert app.sidebar.button(key="stop_mine").label == "Stop it for now"
    partial.discard()
    app.run()
    assert "mine" not in shown(app, "html")
