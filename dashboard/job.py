"""A program that a page starts, never twice at a time, and that goes on when the page is closed.

Its state lies on disk, so that a reload of the page, a second tab and a restart of the server all see the same one. The
program's own process, ``python -m dashboard.job LOG MODULE ARGUMENTS...``, has the lock beside its log while it lives.
"""

from __future__ import annotations

import io
import json
import os
import re
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.disk import NO_LINK, refusal
from core.file_lock import locked
from core.progress import AS_JSON, Progress, read_progress

_ROOT = Path(__file__).resolve().parent.parent
_LINES_SHOWN = 12
_PLAIN = re.compile(r"[a-z\d ,]*")
_HELD, _TAKEN = "held\n", "taken\n"
_PATIENCE = 20.0  # seconds; a turn takes an instant
_BESIDE_OTHERS = {"OMP_WAIT_POLICY": "PASSIVE"}
# Threads of torch that wait for each other sleep: by default they spin, and where the server, a browser or other work
# has the processor that the others need, a fit takes many times as long (benchmarks/beside_other_work.py).

if sys.platform == "win32":
    # A console of its own, and none to be seen: neither Ctrl-C nor the end of the server's reaches it.
    _CREATION_FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
else:
    _CREATION_FLAGS = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A program that was started: whether it runs, and the lines it wrote. The first tells what was started."""

    running: bool
    lines: tuple[str, ...]

    @property
    def process(self) -> int | None:
        """The number of its process; None before it is told."""
        return _started(self.lines[0])[0] if self.lines else None

    @property
    def arguments(self) -> tuple[str, ...]:
        """What its module was given."""
        return _started(self.lines[0])[1] if self.lines else ()

    @property
    def progress(self) -> Progress | None:
        """How far it is; None before it says so."""
        return next((found for line in reversed(self.lines) if (found := _progress(line)) is not None), None)

    @property
    def report(self) -> str:
        """The last lines that are meant for people."""
        own = [line for line in self.lines if _progress(line) is None and _started(line)[0] is None]
        return "\n".join(own[-_LINES_SHOWN:])


def start(log_file: Path, module: str, arguments: Sequence[str]) -> None:
    """Start ``python -m module arguments``, writing to ``log_file``; where a job of this log runs, nothing happens.

    Returns once it runs, so that whoever looks sees it. Raises OSError where it cannot run.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard.job", str(log_file.absolute()), module, *arguments],
        cwd=_ROOT,
        env=_BESIDE_OTHERS | os.environ | {AS_JSON: "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C at the server's terminal is not meant for it
        creationflags=_CREATION_FLAGS,
    )
    assert process.stdout is not None
    with process.stdout as told:
        answer = told.readline()
    if answer != _HELD:
        process.wait()
    if answer not in (_HELD, _TAKEN):
        raise OSError(answer.strip() or f"{log_file}: {module} could not be started")


def look(log_file: Path) -> Job | None:
    """The latest job of this log, or None where none was ever started."""
    if not log_file.is_file():
        return None
    running = _is_running(log_file)
    text = log_file.read_text(encoding="utf-8", errors="replace")
    lines = tuple(line.rstrip() for line in text.splitlines() if line.strip())
    return Job(running=running, lines=lines) if lines or running else None


def stop(log_file: Path, *, patience: float = 5.0) -> None:
    """End the job of this log, if it runs, and wait ``patience`` seconds until it has."""
    deadline, told = time.monotonic() + patience, False
    while (job := look(log_file)) is not None and job.running and time.monotonic() < deadline:
        if job.process is not None and not told:
            os.kill(job.process, signal.SIGTERM)  # the lock that it holds says that it is still the one
            told = True
        time.sleep(0.05)


def main(log: str, module: str, *arguments: str) -> None:
    """Be the job: take the lock of the log, write to it, and become ``module``. Tells whoever waits how that went."""
    log_file = Path(log)
    try:
        with _turn(log_file):
            lock = locked(_lock_file(log_file))  # as long as this function has not returned
        _write_to(log_file, arguments)
    except TimeoutError:
        print(_TAKEN, end="", flush=True)
        return
    except OSError as error:
        print(f"{log_file}: {module} could not be started: {refusal(error)}", flush=True)
        return
    sys.argv[1:] = arguments
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.flush()  # before anyone takes it for ended
        del lock


def _write_to(log_file: Path, arguments: Sequence[str]) -> None:
    """Begin the log anew, say so, and have it take what this process prints from now on."""
    descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_LINK, 0o666)
    with os.fdopen(descriptor, "w", encoding="utf-8") as log:
        log.write(json.dumps({"started": {"process": os.getpid(), "arguments": arguments}}) + "\n")
        log.flush()
        print(_HELD, end="", flush=True)
        for standard in (1, 2):
            os.dup2(log.fileno(), standard)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


@contextmanager
def _turn(log_file: Path) -> Iterator[None]:
    """One at a time tries for the lock: who looks has it for an instant, and must not be taken for a job."""
    turn = locked(log_file.with_name(f"{log_file.name}.turn"), patience=_PATIENCE)
    try:
        yield
    finally:
        turn.release()


def _lock_file(log_file: Path) -> Path:
    return log_file.with_name(f"{log_file.name}.lock")


def _is_running(log_file: Path) -> bool:
    """Whether a job has the lock. False where the file system knows no locks."""
    try:
        with _turn(log_file):
            locked(_lock_file(log_file)).release()
    except TimeoutError:
        return True
    except OSError:
        return False
    return False


def _progress(line: str) -> Progress | None:
    found = read_progress(line)
    # Its words are shown where markdown would be rendered.
    return found if found is not None and _PLAIN.fullmatch(found.label) else None


def _started(line: str) -> tuple[int | None, tuple[str, ...]]:
    """Process and arguments of the line that a log begins with; neither for any other line."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None, ()
    match found:
        case {"started": {"process": int(process), "arguments": [*arguments]}}:
            return process, tuple(map(str, arguments))
    return None, ()


if __name__ == "__main__":
    main(*sys.argv[1:])
