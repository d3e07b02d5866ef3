"""What is said is what is on the disk: every file operation fails in turn, processes are killed, bits are flipped.

python benchmarks/faults.py [--seed 0] [--share 1] [--only import] [--workers 2]

Each try is a forked process before whose C library lies ``faults_preload.c``. It holds if the old state stands or the
new one, if that is what was said, in words for people, if a second try ends well, and if nothing stray is left. The
table goes into docs/faults.md; ``--share 0.05`` makes a twentieth of the tries in a minute and writes nothing. Exit
status 1 where anything failed. Needs Linux and a C compiler.
"""

from __future__ import annotations

import argparse
import errno
import gc
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent

if TYPE_CHECKING:
    from benchmarks.faults_operations import Operation, World
    from benchmarks.faults_tries import Fault

PRELOADED, LIBRARY = "FAULTS_PRELOADED", "faults.so"
DOCUMENT = ROOT / "docs" / "faults.md"
MARK = "<!-- made by make faults -->"
HEAD = "| what happens | tried | held | failed |\n|---|---|---|---|"
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
MOST, KILLS, FLIPS, DISKS = 240, 50, 300, 20
"""Tries a row: failing operations (more where there are more), kills, flips, fillings of a disk."""

Tries = Iterable[tuple[str, str]]
"""Which try it was, and what did not hold in it; empty where all did."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; ``tries`` makes its tries in a folder that no other row uses meanwhile."""

    what: str
    tries: Callable[[Path], Tries]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How a row went; ``failed`` says which try and what did not hold."""

    what: str
    number: int
    seconds: float
    failed: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"| {self.what} | {self.number} | {self.number - len(self.failed)} | {len(self.failed)} |"


def preloaded(place: Path) -> list[str]:
    """This program again, and the library that its C library comes after; raises where there is no compiler."""
    compile_it = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", str(place / LIBRARY)]
    subprocess.run([*compile_it, str(Path(__file__).with_name("faults_preload.c")), "-ldl"], check=True)
    return [sys.executable, *sys.argv]


def environment(place: Path) -> dict[str, str]:
    """One thread everywhere, as processes with several cannot be forked safely."""
    alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return os.environ | alone | {"LD_PRELOAD": str(place / LIBRARY), PRELOADED: str(place)}


def mounting() -> list[str]:
    """What to put before a program so that it may mount, which ends with it; empty where mounting is not permitted."""
    own = ["unshare", "--user", "--map-root-user", "--mount"]
    tried = subprocess.run([*own, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True)
    if tried.returncode:
        print("disks that are full or read-only are skipped: mounting is not permitted here", flush=True)
    return [] if tried.returncode else own


def rows(world: World, place: Path, seed: int, share: float) -> Iterator[Row]:
    """Every line of the table."""
    # Imported once the library lies before the C library: importing costs seconds.
    from benchmarks.faults_disks import full_disk, may_mount, read_only_disk
    from benchmarks.faults_flips import flips
    from benchmarks.faults_tries import KILLED, Fault, undisturbed, wrong_with

    mountable = may_mount(place)
    for operation in world.operations():
        draw, name = random.Random(f"{seed} {operation.name}"), operation.name
        number, ends = undisturbed(operation, world, place / "undisturbed")

        def tried(
            faults: list[Fault], operation: Operation = operation, ends: set[str] = ends
        ) -> Callable[[Path], Tries]:
            return lambda own: [(str(fault), wrong_with(operation, world, own, fault, ends)) for fault in faults]

        faults = planned(number, draw, most=part(max(MOST, number), share))
        yield Row(what=f"{name}: {number} file operations fail, once or from then on", tries=tried(faults))
        kills = [Fault(at=draw.randint(1, number), error=KILLED) for _ in range(part(KILLS, share))]
        yield Row(what=f"{name}: killed by kill -9", tries=tried(kills))
        if mountable:
            yield Row(what=f"{name}: full disk", tries=full_disk(operation, world, draw, part(DISKS, share), ends))
            yield Row(what=f"{name}: read-only disk", tries=read_only_disk(operation, world, ends))
    for name, tries in flips(world, seed, part(FLIPS, share)):
        yield Row(what=f"{name}: one bit flipped", tries=tries)


def part(number: int, share: float) -> int:
    """That share of the tries, three at least."""
    return max(3, round(number * share))


def planned(number: int, draw: random.Random, *, most: int) -> list[Fault]:
    """Which of ``number`` operations fails how: every one of them before any a second time, ``most`` at most."""
    from benchmarks.faults_tries import Fault

    ways = [(error, lasting) for error in ERRORS for lasting in (False, True)]
    orders = [(at, draw.sample(ways, len(ways))) for at in draw.sample(range(1, number + 1), number)]
    rounds = [(at, order[turn]) for turn in range(len(ways)) for at, order in orders]
    return [Fault(at=at, error=error, lasting=lasting) for at, (error, lasting) in rounds[:most]]


def results(asked: list[Row], place: Path, workers: int) -> Iterator[Result]:
    """Every row in its order, ``workers`` at a time; each in a process of its own, forked from this one."""
    global _asked
    _asked = [(row, place / f"row {number}") for number, row in enumerate(asked)]
    with get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        yield from pool.imap(_result, range(len(_asked)), chunksize=1)


_asked: list[tuple[Row, Path]] = []


def _result(number: int) -> Result:
    row, own = _asked[number]
    own.mkdir()
    started = time.monotonic()
    tries = list(row.tries(own))
    failed = [(which, wrong) for which, wrong in tries if wrong]
    return Result(what=row.what, number=len(tries), seconds=time.monotonic() - started, failed=failed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0, help="of the tries; writes no table below 1")
    parser.add_argument("--only", default="", help="rows that begin so; writes no table")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    if PRELOADED not in os.environ:
        with tempfile.TemporaryDirectory(prefix="faults-") as place:
            return subprocess.run([*mounting(), *preloaded(Path(place))], env=environment(Path(place))).returncode
    from benchmarks.faults_operations import World

    started, place = time.monotonic(), Path(os.environ[PRELOADED])
    world = World(place / "world")
    asked = [row for row in rows(world, place, arguments.seed, arguments.share) if row.what.startswith(arguments.only)]
    gc.freeze()  # what is there now is never looked through again, and so not copied into every process
    print(HEAD, flush=True)
    table: list[Result] = []
    for result in results(asked, place, arguments.workers):
        print(result, f"{result.seconds:.1f} s", flush=True)
        for which, wrong in result.failed:
            print(f"    {which}: {wrong}", flush=True)
        table.append(result)
    failed, number = sum(len(result.failed) for result in table), sum(result.number for result in table)
    summary = f"{number:,} tries, {failed} failed; seed {arguments.seed}."
    print(f"{summary} {(time.monotonic() - started) / 60:.1f} minutes")
    if arguments.share >= 1 and not arguments.only:
        before = DOCUMENT.read_text(encoding="utf-8").partition(MARK)[0]
        text = "\n".join([MARK, "", HEAD, *map(str, table), "", summary])
        DOCUMENT.write_text(f"{before}{text}\n", encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
