"""A disk that is full, and one that is read-only: a small file system in memory, where mounting is permitted."""

from __future__ import annotations

import errno
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.faults_operations import Operation, World, listing
from benchmarks.faults_tries import Fault, faulted, judged

SIZE = 48 * 1024
"""Kilobytes; with room for what the operations need."""
MOST_LEFT = 2048
"""Kilobytes left free on a full disk: from none to what the largest file needs."""

Tries = Callable[[Path], list[tuple[str, str]]]


def full_disk(operation: Operation, world: World, draw: random.Random, number: int, ends: set[str]) -> Tries:
    """``operation`` on a full disk, ``number`` times, with more and less left."""
    left = [0, *(int(2 ** draw.uniform(2, MOST_LEFT.bit_length() - 1)) for _ in range(number - 1))]
    return lambda own: [(f"{free} kB left", _full(operation, world, own, free, ends)) for free in left]


def read_only_disk(operation: Operation, world: World, ends: set[str]) -> Tries:
    """``operation`` on a disk that is read-only, once: nothing is drawn."""
    return lambda own: [("read-only", _read_only(operation, world, own, ends))]


def may_mount(place: Path) -> bool:
    """Whether this process may mount."""
    disk = place / "disk"
    disk.mkdir(exist_ok=True)
    if _mount("-t", "tmpfs", "-o", f"size={SIZE}k", "tmpfs", disk):
        return _unmount(disk)
    return False


def _full(operation: Operation, world: World, own: Path, free: int, ends: set[str]) -> str:
    disk = own / "disk"
    out, filler = disk / "out", disk / "filler"
    disk.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={SIZE}k", "tmpfs", disk)
    try:
        world.copy(operation, out)
        before = listing(out)
        with filler.open("wb") as file:
            for _ in range(max(0, shutil.disk_usage(disk).free // 1024 - free) // 4):
                file.write(bytes(4096))
        fault = Fault(error=errno.ENOSPC)
        ended = faulted(operation, out, fault, own)
        return judged(operation, out, fault, ended, own, before=before, ends=ends, mended=filler.unlink)
    finally:
        _unmount(disk)


def _read_only(operation: Operation, world: World, own: Path, ends: set[str]) -> str:
    disk = own / "disk"
    out = disk / "out"
    disk.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={SIZE}k", "tmpfs", disk)
    try:
        world.copy(operation, out)
        before = listing(out)
        _mount("-o", "remount,ro", disk)
        fault = Fault(error=errno.EROFS)
        ended = faulted(operation, out, fault, own)

        def mended() -> None:
            _mount("-o", "remount,rw", disk)

        return judged(operation, out, fault, ended, own, before=before, ends=ends, mended=mended)
    finally:
        _unmount(disk)


def _mount(*arguments: str | Path) -> bool:
    return subprocess.run(["mount", *map(str, arguments)], capture_output=True).returncode == 0


def _unmount(disk: Path) -> bool:
    return subprocess.run(["umount", str(disk)], capture_output=True).returncode == 0
