"""The demo fit with a stand-in for ``train.py`` that says what it was told and waits until it may end."""

import time

import pytest

from dashboard import demo

STAND_IN = """
import pathlib, sys, time
from core.progress import Progress
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
name = sys.argv[sys.argv.index("--resume") + 1]
(out / f".{name}.partial").mkdir(exist_ok=True)
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
    monkeypatch.setattr(demo, "_MODULE", "stand_in")
    # The fit outlives the page on purpose: nobody waits for it.
    monkeypatch.setattr("subprocess.Popen.__del__", lambda self: None)
    folder = tmp_path / "runs"
    yield folder
    folder.mkdir(exist_ok=True)
    (folder / "end").touch()
    until(lambda: demo.demo_fit(folder) is None or not demo.demo_fit(folder).running)


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_was_started(out):
    assert demo.demo_fit(out) is None


def test_runs_once_however_often_it_is_started_and_looked_at(out):
    for _ in range(3):
        demo.start_demo(out)
    until(lambda: demo.demo_fit(out).progress)
    fit = demo.demo_fit(out)
    assert fit.running
    assert (fit.progress.share, str(fit.progress)) == (0.25, "epoch 3 of 8, step 25 of 100, 42 s left")
    assert fit.report == "", "progress is told apart from what is reported"
    assert demo.demo_fit(out).running, "looking does not take the lock away"
    assert fit.arguments == ("--out", str(out), "--resume", (out / "starts").read_text().strip())


def test_goes_on_with_what_was_stopped(out):
    demo.start_demo(out)
    until(lambda: (out / "starts").exists())
    (out / "end").touch()
    until(lambda: not demo.demo_fit(out).running)
    assert demo.demo_fit(out).report == "stopped"
    demo.start_demo(out)
    until(lambda: len((out / "starts").read_text().split()) == 2)
    first, second = (out / "starts").read_text().split()
    assert first == second
    assert first.startswith("phantom-")
    (out / f".{first}.partial").rmdir()
    until(lambda: not demo.demo_fit(out).running)
    assert demo._unfinished(out) is None, "what is whole, or gone, is not gone on with"
