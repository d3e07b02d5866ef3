"""Progress: time left in words, one redrawn line on a terminal, few lines in a log, data for programs."""

import json
import sys

import pytest

from core import progress
from core.progress import ProgressLine, duration, read_progress


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7620, "2 h 07 min")],
)
def test_duration(seconds, words):
    assert duration(seconds) == words


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_log_gets_few_lines(clock, capsys):
    line = ProgressLine(label="decoding", started=0, shown=0)
    for done in range(1, 101):
        clock[0] += 1
        line(done, 100)
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 6
    assert shown[0] == "decoding 15 of 100, 1 min 25 s left"


def test_another_program_gets_data_at_the_same_pace(clock, capsys, monkeypatch):
    monkeypatch.setenv(progress.AS_JSON, "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    line = ProgressLine(label="decoding", started=0, shown=0)
    for done in range(1, 101):
        clock[0] += 1
        line(done, 100)
    line.close()
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 6
    assert json.loads(shown[0]) == {
        "progress": {"label": "decoding", "done": 15, "total": 100, "seconds_left": pytest.approx(85)}
    }
    assert str(read_progress(shown[0])) == "decoding 15 of 100, 1 min 25 s left"


def test_a_terminal_gets_one_line_that_is_cleared(clock, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    line = ProgressLine(label="decoding", started=0, shown=0)
    for done in (1, 2):
        clock[0] += 1
        line(done, 2)
    line.close()
    shown = capsys.readouterr().out
    assert "\n" not in shown
    assert shown.rstrip(" \r").endswith("decoding 2 of 2, 0 s left")
