"""Jobs with a stand-in program that says what it was told and waits until it may end."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.progress import AS_JSON, Progress
from dashboard import job

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = """
import os, pathlib, sys, time
from core.progress import Progress, read_progress
folder = pathlib.Path(sys.argv[1])
with (folder / "starts").open("a") as starts:
    starts.write("x")
print(Progress(label="scoring", done=25, total=100, seconds_left=42.0).to_json(), flush=True)
while not (folder / "end").exists():
    time.sleep(0.02)
print("Käfer \\udc80 " + os.environ["PROGRESS_AS_JSON"] + " " + os.environ["OMP_WAIT_POLICY"], flush=True)
sys.exit("error: no more")
"""


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Start the stand-in; the job's log."""
    monkeypatch.setattr("subprocess.Popen.__del__", lambda self: None)  # nobody waits for it, on purpose
    (tmp_path / "stand_in.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    log = tmp_path / "cache" / "log"

    def start():
        job.start(log, "stand_in", [str(tmp_path)])
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
    assert list(tmp_path.iterdir()) == []


def test_runs_once_and_is_seen_by_all(started, tmp_path):
    for _ in range(3):
        log = started()
        assert job.look(log).running
    until(lambda: job.look(log).progress)
    found = job.look(log)
    assert found.running
    assert found.progress.share == 0.25
    assert str(found.progress) == "scoring 25 of 100, 42 s left"
    assert found.progress.time_left == "42 s left"
    assert found.arguments == (str(tmp_path),)
    assert found.report == ""
    assert (tmp_path / "starts").read_text() == "x"


def test_many_who_start_and_look_at_once_get_one_job(started, tmp_path):
    """By threads and by other processes, which is what two servers are."""
    code = f"from pathlib import Path; from dashboard import job; job.start(Path({str(tmp_path / 'cache' / 'log')!r}), "
    code += f"'stand_in', [{str(tmp_path)!r}])"
    others = [subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT) for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(lambda _: job.look(started()).running, range(8)))
    assert [other.wait() for other in others] == [0, 0, 0]
    assert all(seen)
    until((tmp_path / "starts").exists)
    assert (tmp_path / "starts").read_text() == "x"


def test_a_job_waits_for_its_turn_and_not_for_who_only_looks(started, tmp_path):
    """Somebody looks all the time: no start is lost to it."""
    (tmp_path / "end").touch()
    with ThreadPoolExecutor(1) as pool:
        for turn in range(1, 4):
            looking = pool.submit(lambda: [job.look(tmp_path / "cache" / "log") for _ in range(600)])
            log = started()
            until(lambda log=log: not job.look(log).running)
            looking.result()
            assert (tmp_path / "starts").read_text() == "x" * turn


def test_looking_does_not_hinder_looking(started, tmp_path):
    log = started()
    (tmp_path / "end").touch()
    until(lambda: not job.look(log).running)
    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(lambda _: job.look(log).running, range(200)))


def test_says_why_it_ended(started, tmp_path):
    log = started()
    (tmp_path / "end").touch()
    until(lambda: not job.look(log).running)
    assert job.look(log).report == "Käfer \\udc80 1 PASSIVE\nerror: no more"


def test_stops_and_starts_again(started, tmp_path):
    log = started()
    until(lambda: (tmp_path / "starts").exists())
    job.stop(log, patience=60)
    assert not job.look(log).running
    started()
    until(lambda: job.look(log).progress)
    assert job.look(log).running
    assert (tmp_path / "starts").read_text() == "xx"


def test_a_killed_job_runs_no_more(started, tmp_path):
    log = started()
    os.kill(job.look(log).process, getattr(signal, "SIGKILL", signal.SIGTERM))
    until(lambda: not job.look(log).running)
    assert started() == log
    assert job.look(log).running


@pytest.mark.skipif(not hasattr(os, "getpgid"), reason="no process groups here")
def test_ctrl_c_at_the_server_is_not_meant_for_the_job(started):
    assert os.getpgid(job.look(started()).process) != os.getpgid(0)


def test_what_cannot_be_started_is_said(tmp_path):
    (tmp_path / "log").mkdir()
    with pytest.raises(OSError, match=r"log: core could not be started: a folder stands where a file should be"):
        job.start(tmp_path / "log", "core", ["report"])


def test_a_file_system_without_locks_shows_no_job(tmp_path, monkeypatch):
    def no_locks(file, patience=0.0):
        raise OSError("no locks")

    (tmp_path / "log").write_text("error: of a file\n")
    monkeypatch.setattr(job, "locked", no_locks)
    assert job.look(tmp_path / "log") == job.Job(running=False, lines=("error: of a file",))


HOSTILE = ("<b>x</b>", "![x](y)", "*x*")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "epoch 1  loss 0.3",
        "scoring 25 of 100, 42 s left",
        "[" * 100_000,
        '{"progress": 3}',
        '{"progress": {"label": "x", "done": "1", "total": 2, "seconds_left": 3.0}}',
        '{"progress": {"label": "x", "done": 1, "total": 2, "seconds_left": Infinity}}',
        *(Progress(label=label, done=1, total=2, seconds_left=3.0).to_json() for label in HOSTILE),
    ],
)
def test_only_progress_is_taken_for_progress(line):
    found = job.Job(running=True, lines=(line,))
    assert found.progress is None
    assert found.report == line


def test_its_own_lines_are_data():
    told = Progress(label="epoch 3 of 8, step", done=1200, total=4000, seconds_left=185.2)
    first = json.dumps({"started": {"process": 7, "arguments": ["--out", "a b"]}})
    found = job.Job(running=True, lines=(first, "loss 0.3", told.to_json(), "loss 0.2"))
    assert (found.process, found.arguments, found.progress) == (7, ("--out", "a b"), told)
    assert str(told) == "epoch 3 of 8, step 1,200 of 4,000, 3 min 05 s left"
    assert found.report == "loss 0.3\nloss 0.2"
    assert AS_JSON == "PROGRESS_AS_JSON"
