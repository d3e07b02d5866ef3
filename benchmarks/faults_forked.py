"""Work in a process of its own that may die of it: forked, so that nothing has to be imported again."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAID = "said"
"""The file, in the folder of a try, with what its process prints."""

_PATIENCE = 240.0
"""Seconds, after which a process is killed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a process ended: exit status (negative: a signal), what it printed, and what it gave back."""

    status: int
    said: str
    answer: Any


def forked(work: Callable[[], Any], scratch: Path, *, patience: float = _PATIENCE) -> Ended:
    """Do ``work`` in a process of its own; its answer must fit into JSON."""
    said, answer = scratch / SAID, scratch / "answer"
    said.write_bytes(b"")
    answer.unlink(missing_ok=True)
    sys.stdout.flush()
    child = os.fork()
    if not child:
        status = 70
        try:
            descriptor = os.open(said, os.O_WRONLY | os.O_APPEND)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            os.chdir(scratch)
            answer.write_text(json.dumps(work()), encoding="utf-8")
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    deadline = time.monotonic() + patience
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    found = json.loads(answer.read_text(encoding="utf-8")) if answer.exists() and answer.stat().st_size else None
    return Ended(
        status=os.waitstatus_to_exitcode(ended[1]),
        said=said.read_text(encoding="utf-8", errors="replace"),
        answer=found,
    )
