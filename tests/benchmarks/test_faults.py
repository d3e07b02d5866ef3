"""The short form of `make faults`, and that its parts notice what they are there to notice."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.faults import MARK, environment, planned, preloaded
from benchmarks.faults_flips import _tries
from benchmarks.faults_forked import Ended
from benchmarks.faults_tries import untrue

ROOT = Path(__file__).resolve().parents[2]


failing_operations = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("cc") is None,
    reason="the library that makes operations fail needs Linux and a C compiler",
)


@pytest.mark.long
@failing_operations
def test_what_is_said_is_what_is_on_the_disk():
    """A twentieth of all tries takes a minute on two idle cores."""
    command = [sys.executable, str(ROOT / "benchmarks" / "faults.py"), "--share", "0.05"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@failing_operations
def test_a_reading_fails_as_that_of_a_failing_disk_does(tmp_path: Path):
    """Also where the disk is full, which grants readings; one that fails once succeeds when it is repeated."""
    preloaded(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("content")
    code = f"""
import ctypes, errno, os
file = os.open({str(tmp_path / "folder" / "file")!r}, os.O_RDONLY)
ctypes.CDLL(None).faults_arm({os.fsencode(tmp_path / "folder")!r}, 1, errno.ENOSPC, 0)
try:
    os.read(file, 7)
except OSError as error:
    print(errno.errorcode[error.errno], os.read(file, 7).decode())
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert ended.stdout == "EIO content\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_flips_whose_process_dies_have_not_held(tmp_path: Path):
    file = tmp_path / "file"
    file.write_bytes(b"content")
    (tmp_path / "scratch").mkdir()

    def dies() -> str:
        os._exit(9)

    assert _tries(file, dies, 0, 3, tmp_path / "scratch") == [("process", "ended with status 9 and gave no answer")]
    assert [wrong for _, wrong in _tries(file, lambda: "x", 0, 3, tmp_path / "scratch")] == ["x"] * 3


def test_every_operation_fails_before_any_fails_twice():
    faults = planned(10, random.Random(0), most=1000)
    assert sorted(fault.at for fault in faults[:10]) == list(range(1, 11))
    assert len(set(faults)) == len(faults) == 60
    assert planned(10, random.Random(0), most=25) == faults[:25]


@pytest.mark.parametrize(
    ("status", "said", "state", "wrong"),
    [
        (0, "", "new", ""),
        (0, "", "old", "says that it is done"),
        (2, "error: x: cannot be written (the disk is full)", "old", ""),
        (2, "error: x: cannot be written (the disk is full)", "new", "new, and says"),
        (2, "error: x: is written, but the disk did not confirm it", "new", ""),
        (2, "error: x: is written, but the disk did not confirm it", "old", "old, and says"),
        (2, "error: x: whether it was written cannot be seen", "old", "says that it cannot be seen"),
        (2, "error: [Errno 28] No space left on device", "old", "words of Python"),
        (1, "no words", "old", "exit status 1"),
    ],
)
def test_words_are_held_against_the_state(status: int, said: str, state: str, wrong: str):
    found = untrue(Ended(status=0, said=said, answer=[status, 1, "write"]), state, sure=True)
    assert found.startswith(wrong) and bool(found) is bool(wrong)


def test_a_traceback_is_noticed():
    assert untrue(Ended(status=70, said="Traceback\nOSError: x", answer=None), "old", sure=True).startswith(
        "a traceback"
    )


def test_the_table_in_the_docs_has_no_failure():
    table = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8").partition(MARK)[2].strip()
    rows = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert rows and all(row.split("|")[4].strip() == "0" for row in rows)
