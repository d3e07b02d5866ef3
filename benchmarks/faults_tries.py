"""One try: an operation in a forked process in which something fails, what was said, what stands, and a second try."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faults_forked import SAID, Ended, forked
from benchmarks.faults_operations import Operation, World, listing

KILLED = -1
"""In place of an error number: kill -9."""
UNCONFIRMED, UNSEEN = "did not confirm", "cannot be seen"
"""Words of the two messages that are no plain failure: done but perhaps not safe, and impossible to tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """The ``at``-th file operation fails with ``error``, and all after it where it is ``lasting``; 0 is none."""

    at: int = 0
    error: int = 0
    lasting: bool = False

    def __str__(self) -> str:
        if not self.at:
            return "no fault"
        name = "kill -9" if self.error == KILLED else errno.errorcode[self.error]
        return f"{name} at operation {self.at}{' and from then on' if self.lasting else ''}"


def faulted(operation: Operation, out: Path, fault: Fault, scratch: Path) -> Ended:
    """Do ``operation`` under ``fault``; the answer is [exit status, operations counted, the one that failed]."""
    library = ctypes.CDLL(None)
    library.faults_failed.restype = ctypes.c_char_p

    def work() -> list[Any]:
        library.faults_arm(os.fsencode(out), fault.at, fault.error, int(fault.lasting))
        try:
            status = operation.run(out)
            sys.stdout.flush()
        finally:
            library.faults_disarm()
        return [status, library.faults_seen(), library.faults_failed().decode()]

    return forked(work, scratch)


def undisturbed(operation: Operation, world: World, own: Path) -> tuple[int, set[str]]:
    """How many file operations there are to fail, and what lies there in the end. Raises where it fails by itself."""
    out = own / "out"
    own.mkdir(exist_ok=True)
    world.copy(operation, out)
    ended = faulted(operation, out, Fault(), own)
    if ended.status or ended.answer[0] or forked(lambda: operation.state(out), own).answer != "new":
        raise RuntimeError(f"{operation.name} fails without any fault: {ended.said}")
    return int(ended.answer[1]), listing(out)


def wrong_with(operation: Operation, world: World, own: Path, fault: Fault, ends: set[str]) -> str:
    """What did not hold in one try on a fresh folder in ``own``; empty where all of it did."""
    out = own / "out"
    world.copy(operation, out)
    before = listing(out)
    ended = faulted(operation, out, fault, own)
    return judged(operation, out, fault, ended, own, before=before, ends=ends)


def judged(
    operation: Operation,
    out: Path,
    fault: Fault,
    ended: Ended,
    scratch: Path,
    *,
    before: set[str],
    ends: set[str],
    mended: Callable[[], object] = lambda: None,
) -> str:
    """What did not hold after an operation that ``ended``; ``mended`` takes the cause away before the second try."""
    looked = forked(lambda: _judged(operation, out, fault, ended, scratch, before, ends, mended), scratch)
    return str(looked.answer) if looked.answer is not None else f"what cannot be read: {_last_line(looked.said)}"


def _judged(
    operation: Operation,
    out: Path,
    fault: Fault,
    ended: Ended,
    scratch: Path,
    before: set[str],
    ends: set[str],
    mended: Callable[[], object],
) -> str:
    killed = fault.error == KILLED and ended.status == -signal.SIGKILL
    state = operation.state(out)
    if wrong := "" if killed else untrue(ended, state, sure=not fault.lasting):
        return wrong
    if state not in ("old", "new"):
        return f"afterwards there is {state}"
    removal = ended.answer is not None and ended.answer[2] in ("unlink", "unlinkat", "rmdir")
    if not killed and not fault.lasting and not removal and (stray := _stray(out, before | ends, operation.may_leave)):
        return f"{state}, and left behind {stray}"
    mended()
    if state == "old" or operation.repeatable:
        if operation.run(out):
            sys.stderr.flush()
            return f"the second try fails: {_last_line((scratch / SAID).read_text(encoding='utf-8'))}"
        if (state := operation.state(out)) != "new":
            return f"after the second try there is {state}"
    left = _stray(out, ends, operation.may_stay if killed or fault.lasting else ())
    # An empty lock file that nobody holds: the next writer takes it over, and with it goes.
    left = [name for name in left if not (name.endswith(".lock") and (killed or fault.lasting or removal))]
    return f"in the end there is besides {left}" if left else ""


def untrue(ended: Ended, state: str, *, sure: bool) -> str:
    """What is wrong with what was said, given what stands; where the disk stays bad, it may say that it cannot tell."""
    if ended.status or ended.answer is None:
        return f"a traceback: {_last_line(ended.said)}"
    status, errors = ended.answer[0], [line for line in ended.said.splitlines() if line.startswith("error: ")]
    if "rrno" in ended.said or "Traceback" in ended.said:
        return f"words of Python: {_last_line(ended.said)}"
    if not status:
        return "" if state == "new" else f"says that it is done, and there is {state}"
    if status != 2 or len(errors) != 1:
        return f"exit status {status}: {_last_line(ended.said)}"
    if UNSEEN in errors[0]:
        return "" if not sure else f"says that it cannot be seen: {errors[0]}"
    if (UNCONFIRMED in errors[0]) != (state == "new"):
        return f"{state}, and says {errors[0]!r}"
    return ""


def _stray(out: Path, allowed: set[str], folders: tuple[str, ...] = ()) -> list[str]:
    """What lies there beside what is allowed, and beside what lies in ``folders``."""
    return sorted(
        name for name in listing(out) - allowed if not any(f"{name}/".startswith(f"{folder}/") for folder in folders)
    )


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "nothing")[:300]
