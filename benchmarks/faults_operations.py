"""Every operation that writes, on the smallest data that it can be done with, and what it leaves when nothing fails."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torchvision.models import ResNet

import core.explain.gradcam
from benchmarks.faults_forked import forked
from core.__main__ import main as program
from core.command_line import guarded
from core.config import TrainConfig, resolve
from core.explain.pictures import Pictures
from core.model import network
from core.pipeline import train
from core.runs.decisions import read_decisions
from core.runs.hiding import open_run
from core.runs.locked_points import Signature, lock_point, locked_points
from core.runs.marks import Mark, read_marks, write_mark
from core.runs.store import read_run
from core.stress_test import kept_stress_test

assert core.explain.gradcam and Pictures  # imported once, before any try is forked

RUN, FITTED, IMPORTED, SITE = "run", "fitted", "imported", "north"


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One thing that the program does to a folder of runs.

    ``run`` does it and returns the exit status; ``state`` is ``old`` before, ``new`` after, and whatever else it finds
    in other words. ``begins_with`` says which folder it begins with: one with a run, or an empty one. ``may_leave``
    holds names that a failure may leave behind, because the next try goes on from them. ``may_stay`` holds one that may
    stay after it is done, where a process was killed or the disk stays bad. ``repeatable`` says that doing it twice is
    doing it once.
    """

    name: str
    run: Callable[[Path], int]
    state: Callable[[Path], str]
    begins_with: str = "run"
    may_leave: tuple[str, ...] = (".cache",)
    may_stay: tuple[str, ...] = ()
    repeatable: bool = True


class Small(ResNet):
    """A ResNet with a sixteenth of the channels, so that a checkpoint has kilobytes; everything else is the same."""

    def __init__(self, num_classes: int) -> None:
        super().__init__(_BLOCK, [1, 1, 1, 1])
        self.fc = nn.Linear(32, num_classes)

    def _make_layer(self, block, planes, *rest, **options):  # type: ignore[no-untyped-def]
        return super()._make_layer(block, planes // 16, *rest, **options)


_BLOCK = type(network.resnet18().layer1[0])


class World:
    """The data, the file and the finished runs that operations begin with, in ``place``."""

    def __init__(self, place: Path) -> None:
        network.resnet18 = Small  # type: ignore[assignment]
        # oneDNN's convolutions write past their memory where channels come last and are as few as Small's (torch 2.14,
        # with AVX2): the fit then dies of a corrupted heap, at times only once it has said that it is done.
        torch.backends.mkldnn.enabled = False  # type: ignore[attr-defined]
        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        self.place, self.data, self.table = place, place / "data", place / "predictions.csv"
        self.templates = {name: place / name for name in ("empty", "run", "used")}
        _write_images(self.data)
        _write_predictions(self.table)
        self.templates["empty"].mkdir()
        ended = forked(self._make_runs, place)
        if ended.status:
            raise RuntimeError(ended.said)

    def _make_runs(self) -> None:
        """The run that most operations begin with, whose test is hidden, and one that was used."""
        out, used = self.templates["run"], self.templates["used"]
        train(self.config(out, RUN))
        write_mark(out / RUN, _mark(0))
        (out / RUN / "overlays").mkdir()
        (out / RUN / "overlays" / "older.jpg").write_bytes(b"older")
        shutil.copytree(out, used)
        _lock(used)
        program(["stress", RUN, "--out", str(used)])

    def config(self, out: Path, name: str) -> TrainConfig:
        settings = {"weights": "none", "image_size": 32, "epochs": 2, "batch_size": 8, "device": "cpu"}
        return resolve(TrainConfig(data=str(self.data), out=str(out), name=name, hide_test=True, **settings))

    def copy(self, operation: Operation, out: Path) -> None:
        """A fresh folder of runs for ``operation``."""
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(self.templates[operation.begins_with], out)

    def operations(self) -> tuple[Operation, ...]:
        imported = ["import", str(self.table), "--name", IMPORTED, "--out"]
        return (
            Operation(
                name="fit, writing a run",
                run=lambda out: guarded(lambda: train(self.config(out, FITTED), resume=FITTED) and None),
                state=lambda out: _state_of_run(out / FITTED, images=48),
                begins_with="empty",
                may_leave=(".cache", f".{FITTED}.partial"),
            ),
            Operation(
                name="import",
                run=lambda out: program([*imported, str(out)]),
                state=lambda out: _state_of_run(out / IMPORTED, images=40),
                begins_with="empty",
                repeatable=False,
            ),
            Operation(
                name="site",
                run=lambda out: program(["import", str(self.table), "--into", RUN, "--site", SITE, "--out", str(out)]),
                state=_state_of_sites,
                may_leave=(".cache", f"{RUN}/sites"),
                may_stay=(f"{RUN}/sites/.{SITE}.partial",),  # it is read where it lies
                repeatable=False,
            ),
            Operation(name="lock", run=_lock, state=_state_of_lock, repeatable=False),
            Operation(name="mark", run=_write_mark, state=_state_of_marks),
            Operation(
                name="overlays",
                run=lambda out: program(["overlays", RUN, "--out", str(out)]),
                state=_state_of_overlays,
                may_leave=(".cache", f"{RUN}/cache/overlays"),
            ),
            Operation(
                name="stress test",
                run=lambda out: program(["stress", RUN, "--out", str(out)]),
                state=lambda out: "old" if kept_stress_test(open_run(out / RUN)) is None else "new",
            ),
        )


def listing(out: Path) -> set[str]:
    """Every file and folder under ``out``; names that are drawn, or made from content, are told as ``#``."""
    return {re.sub(r"[0-9a-f]{16,}", "#", str(path.relative_to(out))) for path in out.rglob("*")}


def _state_of_run(folder: Path, *, images: int) -> str:
    if not folder.exists():
        return "old"
    return "new" if len(read_run(folder).records) == images else "another run"


def _state_of_sites(out: Path) -> str:
    run = read_run(out / RUN)
    if run.sites.problems:
        return f"a damaged site: {run.sites.problems}"
    return (
        "new"
        if list(run.sites.whole) == [SITE] and run.site(SITE).n == 40
        else "old"
        if not run.sites.whole
        else "another"
    )


def _lock(out: Path) -> int:
    signature = Signature(name="Triage", rule="sensitivity of at least 0.95", who="A. Reader", why="to try it")
    return guarded(lambda: lock_point(open_run(out / RUN), 0.25, signature) and None)


def _state_of_lock(out: Path) -> str:
    log = read_decisions(out / RUN)
    stamps = [point.stamp for point in locked_points(log)]
    if log.altered:
        return "an altered log"
    return "old" if not log.events else "new" if stamps == ["pre-specified"] else f"locked as {stamps}"


def _mark(number: int) -> Mark:
    return Mark(
        finding="",
        evaluation_set="test",
        image_id=f"image {number}",
        label_error=True,
        poor_image=False,
        ambiguous=False,
        note="as it was" * 50,
        reviewer="A. Reader",
        marked="2026-01-01T00:00:00+00:00",
    )


def _write_mark(out: Path) -> int:
    return guarded(lambda: write_mark(out / RUN, _mark(1)))


def _state_of_marks(out: Path) -> str:
    marks = list(read_marks(out / RUN).values())
    return "old" if marks == [_mark(0)] else "new" if marks == [_mark(0), _mark(1)] else f"{len(marks)} marks"


def _state_of_overlays(out: Path) -> str:
    """None at all is an old state too: a kill between the two renames costs pictures that are made again."""
    names = sorted(path.name for path in (out / RUN / "overlays").glob("*"))
    if names in ([], ["older.jpg"]):
        return "old"
    whole = [name for name in names if name.endswith(".jpg") and cv2.imread(str(out / RUN / "overlays" / name)) is None]
    return "new" if "overlays.csv" in names and len(names) > 2 and not whole else f"a part: {names}"


def _write_images(folder: Path) -> None:
    """Twenty-four children, two images each; positives have a bright patch."""
    draw = np.random.default_rng(0)
    for child in range(24):
        split, positive = ("test" if child >= 16 else "train"), child % 2 == 1
        place = folder / split / ("PNEUMONIA" if positive else "NORMAL")
        place.mkdir(parents=True, exist_ok=True)
        for number in range(2):
            image = draw.integers(0, 140, (48, 40), dtype=np.uint8)
            image[10:28, 8:24] += 90 * positive
            name = f"person{child}_bacteria_{number}.png" if positive else f"IM-{child:04d}-{number:04d}.png"
            cv2.imwrite(str(place / name), image)


def _write_predictions(file: Path) -> None:
    draw = np.random.default_rng(1)
    rows = [
        f"image {i},{i % 2},{draw.normal(2 * (i % 2) - 1):.6f},{'validation' if i < 20 else 'test'}" for i in range(40)
    ]
    file.write_text("\n".join(["image_id,y_true,logit,split", *rows]) + "\n", encoding="utf-8")
