"""Jobs with a stand-in program that says what it was told and waits until it may end."""

import sys
import time

import pytest

from dashboard import job

STAND_IN = """
import pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
with (folder / "starts").open("a") as starts:
    starts.write("x")
print("scoring 25 of 100, 42 s left", flush=True)
while not (folder / "end").exists():
    time.sleep(0.02)
print("error: no more", flush=True)
"""


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Start the stand-in; the job's log."""
    monkeypatch.setattr("subprocess.Popen.__del__", lambda self: None)  # nobody waits for it, on purpose
    log = tmp_path / "cache" / "log"

    def start():
        job.start(log, [sys.executable, "-c", STAND_IN, str(tmp_path)], folder=tmp_path)
        return log

    yield start
    (tmp_path / "end").touch()
    until(lambda: job.look(log) is None or not job.look(log).running)


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_was_started(tmp_path):
    assert job.look(tmp_path / "log") is None
    job.stop(tmp_path / "log")


def test_runs_once_and_is_seen_by_all(started, tmp_path):
    for _ in range(3):
        log = started()
    until(lambda: job.look(log).progress[1])
    found = job.look(log)
    assert found.running
    assert found.progress == (0.25, "scoring 25 of 100, 42 s left")
    assert found.report == ""
    assert (tmp_path / "starts").read_text() == "x"


def test_says_why_it_ended(started, tmp_path):
    log = started()
    (tmp_path / "end").touch()
    until(lambda: not job.look(log).running)
    assert job.look(log).report == "error: no more"


def test_stops_and_starts_again(started, tmp_path):
    log = started()
    until(lambda: (tmp_path / "starts").exists())
    job.stop(log, patience=60)
    assert not job.look(log).running
    started()
    until(lambda: job.look(log).progress[1])
    assert job.look(log).running
    assert (tmp_path / "starts").read_text() == "xx"
