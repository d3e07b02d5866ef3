"""Fits that a page starts, with a stand-in for ``train.py`` that says what it was told and waits until it may end."""

import sys
import time
from pathlib import Path

import pytest

from dashboard.fits import starting

STAND_IN = """
import pathlib, sys, time
from core.progress import Progress
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
name = sys.argv[sys.argv.index("--resume") + 1]
with (out / "starts").open("a") as starts:
    starts.write(name + "\\n")
print(Progress(label="epoch 3 of 8, step", done=25, total=100, seconds_left=42.0).to_json(), flush=True)
while not (out / "end").exists():
    time.sleep(0.02)
print("stopped", flush=True)
"""


@pytest.fixture
def out(tmp_path, monkeypatch):
    (tmp_path / "stand_in.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(starting, "_MODULE", "stand_in")
    # The fit outlives the page on purpose: nobody waits for it.
    monkeypatch.setattr("subprocess.Popen.__del__", lambda self: None)
    folder = tmp_path / "runs"
    yield folder
    folder.mkdir(exist_ok=True)
    (folder / "end").touch()
    for run_id in ("demo", "other"):
        until(lambda run_id=run_id: not running(folder, run_id))


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def running(out, run_id):
    job = starting.started(out, run_id)
    return job is not None and job.running


def test_nothing_was_started(out):
    assert starting.started(out, "demo") is None


def test_runs_once_however_often_it_is_started_and_looked_at(out):
    for _ in range(3):
        starting.start_demo(out)
    until(lambda: starting.started(out, "demo").progress)
    job = starting.started(out, "demo")
    assert job.running
    assert str(job.progress) == "epoch 3 of 8, step 25 of 100, 42 s left"
    assert job.arguments == ("--out", str(out), "--resume", "demo")
    assert (out / "starts").read_text() == "demo\n"
    starting.resume(out, "other")
    until(lambda: starting.started(out, "other").progress)
    assert starting.started(out, "demo").running, "another fit has a job of its own"


def test_goes_on_with_what_was_stopped(out):
    starting.start_demo(out)
    until(lambda: (out / "starts").exists())
    (out / "end").touch()
    until(lambda: not running(out, "demo"))
    assert starting.started(out, "demo").report == "stopped"
    starting.start_demo(out)
    until(lambda: (out / "starts").read_text() == "demo\ndemo\n")


def test_the_name_of_the_demo_is_free(tmp_path: Path):
    assert starting.demo_id(tmp_path) == "demo"
    (tmp_path / ".demo.partial").mkdir()  # begun: it is gone on with
    assert starting.demo_id(tmp_path) == "demo"
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo-2").mkdir()
    assert starting.demo_id(tmp_path) == "demo-3"


def test_the_command_starts_it_unless_its_run_is_there(out, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["starting", "--out", str(out)])
    starting.main()
    assert "has started" in capsys.readouterr().out
    until(lambda: (out / "starts").exists())
    (out / "end").touch()
    until(lambda: not running(out, "demo"))
    (out / "demo").mkdir()
    starting.main()
    assert capsys.readouterr().out == ""
    assert (out / "starts").read_text() == "demo\n"
