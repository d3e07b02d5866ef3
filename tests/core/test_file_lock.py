"""A lock is one holder's, and nobody's once that has ended, however it ended."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.file_lock import locked

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import os, sys, time
from pathlib import Path
from core.file_lock import locked
lock = locked(Path(sys.argv[1]))
worker = os.fork() if sys.argv[2] == "fork" else None
if worker != 0:
    print(worker or "held", flush=True)
time.sleep(600)
"""


def holder(file: Path, how: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(file), how]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_one_holder_at_a_time(tmp_path):
    first = locked(tmp_path / "lock")
    with pytest.raises(TimeoutError):
        locked(tmp_path / "lock")
    first.release()
    locked(tmp_path / "lock").release()


def test_a_lock_that_is_dropped_is_free(tmp_path):
    locked(tmp_path / "lock")
    locked(tmp_path / "lock").release()


def test_a_killed_process_holds_nothing(tmp_path):
    with holder(tmp_path / "lock", "alone") as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(TimeoutError):
            locked(tmp_path / "lock", patience=0.1)
        process.kill()
        process.wait()
        locked(tmp_path / "lock").release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_the_worker_of_a_killed_process_holds_nothing(tmp_path):
    with holder(tmp_path / "lock", "fork") as process:
        worker = int(process.stdout.readline())
        try:
            process.kill()
            process.wait()
            locked(tmp_path / "lock", patience=30).release()  # the worker may not have got to its own code yet
            os.kill(worker, 0)  # lives
        finally:
            os.kill(worker, 9)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_worker_that_ends_leaves_its_parent_the_lock(tmp_path):
    lock = locked(tmp_path / "lock")
    code = f"from pathlib import Path; from core.file_lock import locked; locked(Path({str(tmp_path / 'lock')!r}))"
    worker = os.fork()
    if worker == 0:
        del lock
        os._exit(0)
    os.waitpid(worker, 0)
    assert "Timeout" in subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stderr
    lock.release()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_told_from_a_lock_that_is_held(tmp_path, monkeypatch, number):
    fcntl = pytest.importorskip("fcntl")

    def no_locks(file: object, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        locked(tmp_path / "lock", patience=1)
    assert not isinstance(caught.value, TimeoutError)
