"""Scores by Ray's workers: those of one process, to the last bit, whoever dies; `make test-ray` installs Ray."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from core.score_by_ray import score_by_ray

ROOT = Path(__file__).resolve().parents[2]
IMAGES = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place, draw = tmp_path_factory.mktemp("images"), np.random.default_rng(2)
    for number in range(IMAGES):
        cv2.imwrite(str(place / f"{number:03}.png"), draw.integers(0, 256, (90, 70), dtype=np.uint8))
    return place


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, write_run_with_images) -> Path:
    return write_run_with_images(tmp_path_factory.mktemp("runs"), "a")


def command(run: Path, folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "core", "score", str(run), str(folder), "--odd", "keep", *options]


@pytest.mark.long
def test_without_ray_it_is_said_how_it_is_installed(run: Path, folder: Path, tmp_path: Path):
    blocked = tmp_path / "blocked" / "ray"
    blocked.mkdir(parents=True)
    (blocked / "__init__.py").write_text("raise ImportError('not here')")
    path = os.pathsep.join([str(blocked.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        command(run, folder, "--engine", "ray", "--to", str(tmp_path / "to")),
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: --engine ray needs Ray, which is not installed (not here): pip install -r requirements-ray.txt"
    ]


@pytest.mark.parametrize(
    "options",
    [[], ["--to", "x", "--odd", "judge"], ["--to", "x", "--labels", "t.csv"], ["--to", "x", "--finding", "f"]],
)
def test_what_a_cluster_cannot_do_is_refused(run: Path, folder: Path, options, capsys):
    from core.__main__ import main

    assert main(command(run, folder, "--engine", "ray", *options)[3:]) == 2
    assert "needs --to FOLDER and --odd keep, and no --labels, --finding or --leave-out" in capsys.readouterr().err


def workers() -> list[int]:
    """The processes of this machine that score."""
    lines = {int(place.parent.name): place.read_bytes() for place in Path("/proc").glob("[0-9]*/cmdline")}
    return sorted(number for number, line in lines.items() if line.startswith(b"ray::MapWorker"))


def test_two_workers_one_of_them_killed_give_the_scores_of_one_process(run: Path, folder: Path, tmp_path: Path):
    pytest.importorskip("ray", reason="Ray is not installed; `make test-ray` installs it and runs this test")
    if sys.platform != "linux":
        pytest.skip("workers are found in /proc")
    parts, whole = tmp_path / "parts", tmp_path / "whole.parquet"
    subprocess.run(command(run, folder, "--to", str(whole)), check=True, cwd=ROOT)
    environment = {key: value for key, value in os.environ.items() if key != "RAY_ADDRESS"}
    with subprocess.Popen(
        command(run, folder, "--engine", "ray", "--to", str(parts)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
        env=environment,
    ) as job:
        while not list(parts.glob("part-*")) and job.poll() is None:
            time.sleep(0.01)
        at_work, done = workers(), len(list(parts.glob("part-*")))
        assert at_work, "no worker was found"
        os.kill(at_work[0], signal.SIGKILL)
        printed, errors = job.communicate()
    assert job.returncode == 0, errors
    assert 0 < done < len(list(parts.glob("part-*"))), "killed in the middle"
    assert f"{IMAGES:,} images in " in printed
    ours = pq.read_table(parts).to_pandas().sort_values("image_id", ignore_index=True)
    theirs = pq.read_table(whole).to_pandas().sort_values("image_id", ignore_index=True)
    assert ours["image_id"].tolist() == theirs["image_id"].tolist()
    assert (ours[["logit", "probability"]] == theirs[["logit", "probability"]]).all(axis=None)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Ray sets options of its own that it calls old
def test_what_is_done_is_not_done_again(run: Path, tmp_path: Path):
    pytest.importorskip("ray", reason="Ray is not installed; `make test-ray` installs it and runs this test")
    from core.part_scores import ImagesToScore, Parts, PartScorer
    from core.run_scorer import run_scorer
    from core.runs.store import read_run

    opened = read_run(run)
    paths = tuple(f"test/{number:03}.jpeg" for number in range(1, 9))
    images = ImagesToScore(root=str(run.parent / "data"), paths=paths)
    parts = Parts(tmp_path / "to", images, "abc")
    parts.write(0, PartScorer(scorers={opened.finding: run_scorer(opened)}, root=images.root).scores(paths))
    told: list[tuple[int, int]] = []
    score_by_ray(opened, parts, lambda done, total: told.append((done, total)))
    assert told == [(8, 8)], "and no cluster was started for it"
