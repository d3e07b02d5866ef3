"""The demo fit with a stand-in for ``train.py`` that says what it was told and waits until it may end."""

import time

import pytest

from dashboard import demo

STAND_IN = """
import pathlib, sys, time
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
name = sys.argv[sys.argv.index("--resume") + 1]
(out / f".{name}.partial").mkdir(exist_ok=True)
with (out / "starts").open("a") as starts:
    starts.write(name + "\\n")
print("epoch 3 of 8, step 25 of 100, 42 s left", flush=True)
while not (out / "end").exists():
    time.sleep(0.02)
print("stopped", flush=True)
"""


@pytest.fixture
def out(tmp_path, monkeypatch):
    (tmp_path / "train.py").write_text(STAND_IN)
    monkeypatch.setattr(demo, "ROOT", tmp_path)
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
    until(lambda: demo.demo_fit(out).progress[1])
    fit = demo.demo_fit(out)
    assert fit.running
    assert fit.progress == (0.25, "epoch 3 of 8, step 25 of 100, 42 s left")
    assert fit.report == "", "progress is told apart from what is reported"
    assert demo.demo_fit(out).running, "looking does not take the lock away"
    assert (out / "starts").read_text().split() == [fit.run_id]


def test_goes_on_with_what_was_stopped(out):
    demo.start_demo(out)
    until(lambda: (out / "starts").exists())
    (out / "end").touch()
    until(lambda: not demo.demo_fit(out).running)
    stopped = demo.demo_fit(out)
    assert stopped.lines[-1] == "stopped"
    demo.start_demo(out)
    until(lambda: len((out / "starts").read_text().split()) == 2)
    assert (out / "starts").read_text().split() == [stopped.run_id] * 2


@pytest.mark.parametrize("line", ["", "epoch 1  loss 0.3", "<b>1 of 2, 3 s left</b>", "![x](y) 1 of 2, 3 s left"])
def test_only_progress_is_taken_for_progress(line):
    assert demo.DemoFit(run_id="x", running=True, lines=(line,)).progress == (0.0, "")
