"""One bit of one file flipped at a time: damage is noticed, and a cache gives what it gave before."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.faults_operations import RUN, World
from benchmarks.faults_tries import forked
from core.dataset import load_dataset
from core.errors import WorkbenchError
from core.runs.decisions import read_decisions
from core.runs.hiding import open_run
from core.runs.marks import missing_marks, read_marks
from core.runs.store import read_run
from core.stress_test import kept_stress_test

Check = Callable[[], str]
"""What did not hold with the file as it is now; empty where all did."""
Tries = Callable[[Path], list[tuple[str, str]]]


_PATIENCE = 10.0
"""Seconds for one flip, on a machine that is busy with other work."""


def flips(world: World, seed: int, number: int) -> Iterator[tuple[str, Tries]]:
    """For every file of a run and of the caches its name, and what makes ``number`` tries."""

    def made(name: str, check: Callable[[Path], Check]) -> tuple[str, Tries]:
        def tries(own: Path) -> list[tuple[str, str]]:
            out = own / "out"
            shutil.copytree(world.templates["used"], out)
            (path,) = out.glob(name)
            return _tries(path, check(out), seed, number, own)

        return name, tries

    run = world.templates["used"] / RUN
    for path in sorted(path for path in run.iterdir() if path.is_file()):
        yield made(f"{RUN}/{path.name}", _READERS.get(path.name, _run_noticed))
    yield made(f"{RUN}/cache/stress/*.logits", _stress_test_lost)
    yield made(".cache/pixels/*.sqlite", _pixels_made_again)
    yield made(".cache/pixels/*.u8", _pixels_made_again)


def _run_noticed(out: Path) -> Check:
    return lambda: _noticed(lambda: read_run(out / RUN))


def _marks_noticed(out: Path) -> Check:
    as_it_was = read_marks(out / RUN)

    def check() -> str:
        try:
            found = read_marks(out / RUN)
        except WorkbenchError:
            return ""
        noticed = any(mark.edited for mark in found.values()) or missing_marks(out / RUN)
        # "faLse" is read as "false": spreadsheets write flags in letters of their own.
        return "" if noticed or found == as_it_was else "other marks are read"

    return check


def _log_noticed(out: Path) -> Check:
    def check() -> str:
        log = read_decisions(out / RUN)
        return "" if log.altered or log.torn else "reads as whole"

    return check


_READERS = {"decisions.jsonl": _log_noticed, "marks.csv": _marks_noticed}


def _stress_test_lost(out: Path) -> Check:
    run = open_run(out / RUN)
    whole = kept_stress_test(run)
    assert whole is not None

    def check() -> str:
        found = kept_stress_test(run)
        return "" if found is None or np.array_equal(found.logits, whole.logits) else "other logits are read"

    return check


def _pixels_made_again(out: Path) -> Check:
    pixels, copy = out / ".cache" / "pixels", out / "copy"
    shutil.copytree(pixels, copy)
    as_it_was: list[str] = []

    def check() -> str:
        try:
            return "" if _decoded(out) == as_it_was[0] else "other images are read"
        finally:
            shutil.rmtree(pixels)
            shutil.copytree(copy, pixels)

    as_it_was.append(forked(lambda: _decoded(out), out).answer)
    return check


def _tries(path: Path, check: Check, seed: int, number: int, scratch: Path) -> list[tuple[str, str]]:
    """``number`` bits drawn by ``seed``, each flipped alone; all of one file in one process."""
    whole, draw = path.read_bytes(), random.Random(f"{seed} {path.name}")

    def work() -> list[tuple[str, str]]:
        found = []
        for _ in range(number):
            byte, bit = draw.randrange(len(whole)), draw.randrange(8)
            damaged = bytearray(whole)
            damaged[byte] ^= 1 << bit
            path.write_bytes(damaged)
            try:
                wrong = check()
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
            found.append((f"byte {byte}, bit {bit}", wrong))
        path.write_bytes(whole)
        return found

    ended = forked(work, scratch, patience=_PATIENCE * max(number, 10))
    if ended.answer is None:
        return [("process", ended.said or f"ended with status {ended.status} and gave no answer")]
    return [(at, wrong) for at, wrong in ended.answer]


def _noticed(read: Callable[[], object]) -> str:
    try:
        read()
    except WorkbenchError as error:
        return "words of Python" if "rrno" in str(error) else ""
    return "opens silently"


def _decoded(out: Path) -> str:
    """A hash of all images that a fit would see, and of what it would record of them."""
    dataset = load_dataset(read_run(out / RUN).config, out)
    digest = hashlib.sha256(np.ascontiguousarray(dataset.decoded.pixels[dataset.decoded.rows]).tobytes())
    digest.update(dataset.records().to_csv().encode())
    return digest.hexdigest()
