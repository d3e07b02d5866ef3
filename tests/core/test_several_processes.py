"""The main job by torchrun: the run of one process, and a stop in any of its processes costs an epoch at most."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.runs.reading import Run
from core.runs.store import read_run

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 4
pytestmark = [pytest.mark.long, pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")]


@pytest.fixture(scope="module")
def faint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundred and twenty children, two images each, whose class shows faintly, so that no fit is without errors."""
    folder, draw = tmp_path_factory.mktemp("data") / "faint", np.random.default_rng(0)
    for child in range(120):
        split, name = ("test" if child >= 60 else "train"), ("PNEUMONIA" if child % 2 else "NORMAL")
        (folder / split / name).mkdir(parents=True, exist_ok=True)
        for number in range(2):
            image = draw.integers(0, 200, (48, 40))
            image[10:28, 8:24] += int(draw.normal(45 * (child % 2), 15))
            cv2.imwrite(str(folder / split / name / f"{child}-{number}.png"), np.clip(image, 0, 255).astype(np.uint8))
    return folder


def start(processes: int, data: Path, out: Path, *, seed: int = 0, threads: int = 1) -> subprocess.Popen[str]:
    """The real program, with ``--resume a``, by torchrun where there are several processes."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(processes)]
    command = [*(torchrun if processes > 1 else [sys.executable]), str(ROOT / "train.py"), "--resume", "a"]
    command += ["--data", str(data), "--out", str(out), "--weights", "none", "--image-size", "32", "--batch-size", "8"]
    command += ["--epochs", str(EPOCHS), "--seed", str(seed), "--device", "cpu"]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def fitted(processes: int, data: Path, out: Path, *, seed: int = 0, threads: int = 1) -> tuple[Run, str]:
    """The run, and what was printed."""
    printed, errors = start(processes, data, out, seed=seed, threads=threads).communicate()
    assert (out / "a").is_dir(), errors
    return read_run(out / "a"), printed


@pytest.fixture(scope="module")
def by_one(faint: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Three seeds, and the first once more by two threads: what rounding alone does to one process."""
    fits = [(0, 1), (1, 1), (2, 1), (0, 2)]
    return [fitted(1, faint, tmp_path_factory.mktemp("one"), seed=seed, threads=n)[0] for seed, n in fits]


@pytest.fixture(scope="module")
def by_two(faint: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, str]:
    """By two processes that nobody stopped."""
    return fitted(2, faint, tmp_path_factory.mktemp("two"))


def check_alike(run: Run, by_one: list[Run]) -> None:
    """The run of one process: its files, its images, its schedule, and an AUROC as near as that of another seed or
    rounding."""
    one = by_one[0]
    assert {f.name for f in run.folder.iterdir()} == {f.name for f in one.folder.iterdir()}
    assert run.manifest["files"].keys() == one.manifest["files"].keys()
    assert run.manifest["data"] == one.manifest["data"]
    assert run.records.equals(one.records)
    assert list(run.history["epoch"]) == list(range(1, EPOCHS + 1))
    assert run.history["learning_rate"].to_list() == one.history["learning_rate"].to_list()
    ours, *seeds = (r.metrics["test"]["auroc"]["value"] for r in (run, *by_one))
    assert 0.8 < min(seeds) < max(seeds) < 1
    assert abs(ours - seeds[0]) <= max(max(seeds) - min(seeds), 0.01)  # these can be alike by chance
    assert {file.name for file in run.folder.parent.iterdir()} == {"a", ".cache"}


def test_two_processes_fit_the_run_of_one_and_the_first_alone_prints(faint, by_one, by_two):
    run, printed = by_two
    check_alike(run, by_one)
    for epoch in range(1, EPOCHS + 1):
        assert printed.count(f"epoch   {epoch}  loss") == 1
    assert printed.count("data: ") == 1
    assert "nothing to resume" in start(2, faint, run.folder.parent).communicate()[0]


def worker(job: subprocess.Popen[str], rank: int) -> int:
    """The number of the process of that rank that torchrun started."""

    def environment(process: str) -> Iterator[str]:
        yield from Path(f"/proc/{process}/environ").read_text().split("\0")

    children = Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split()
    return next(int(process) for process in children if f"RANK={rank}" in environment(process))


@pytest.mark.parametrize("resumed_by", [1, 2])
@pytest.mark.parametrize("killed", [0, 1])
def test_a_killed_process_ends_the_job_which_one_or_two_go_on_with(faint, by_one, by_two, tmp_path, killed, resumed_by):
    job = start(2, faint, tmp_path)
    assert job.stdout is not None
    assert any(line.startswith("epoch   1  loss") for line in job.stdout)
    first = json.loads((tmp_path / ".a.partial" / "under_way.json").read_text())["process"]
    assert first == worker(job, 0)
    begun = time.monotonic()
    os.kill(worker(job, killed), signal.SIGKILL)
    _, errors = job.communicate()
    assert time.monotonic() - begun < 30
    assert job.returncode != 0
    (said,) = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert said == (
        "error: one of the 2 processes of this fit ended, or all were told to, so it was stopped; continue with "
        f"`python train.py --resume a --out {tmp_path}`, by one process or by torchrun"
    )
    assert "Exception ignored" not in errors
    run, printed = fitted(resumed_by, faint, tmp_path)
    assert "run a is continued" in printed
    assert "epoch   1  loss" not in printed
    check_alike(run, by_one)
    if resumed_by == 2:
        assert run.predictions("test").logit.tolist() == by_two[0].predictions("test").logit.tolist()


def test_a_mistake_is_said_once_and_leaves_no_folder(tmp_path):
    job = start(2, tmp_path / "nothing", tmp_path / "runs")
    _, errors = job.communicate()
    (said,) = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert said.startswith(f"error: {tmp_path / 'nothing'}: no such folder")
    assert not list((tmp_path / "runs").glob(".*partial"))
