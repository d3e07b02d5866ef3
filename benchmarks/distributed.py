"""What several processes cost and bring: a fit by torchrun, scoring by Ray, and what to expect of more.

    python benchmarks/distributed.py [--steps 30] [--run RUN --images DIR] [--picture docs/pictures/distributed.svg]

Every process has one thread and a share of 16 images of 64 px a step. A step's figure is the fastest of ``--steps``,
because neighbours on the machine only ever add time. What 8 and 64 processes would do is computed from these parts and
was not measured:

    step(N) = step of one process on 16 images + random numbers of 16 (N - 1) more + exchange of two x 2 (N - 1) / N

as each process draws the random numbers of the whole batch, and a ring of N sends 2 (N - 1) / N times the gradients.
With ``--run`` the images of ``--images`` are scored by one process and by Ray, a part of them and all, so that the time
to start and the time an image can be told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARE, SIZE = 16, 64
MANY = (1, 2, 4, 8, 16, 32, 64)


def fastest(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest of so many calls."""
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def fit_steps(steps: int) -> None:
    """Print the seconds of a step on a share of 16 images, and of the random numbers of one image."""
    import numpy as np
    import torch

    from core.config import TrainConfig, resolve
    from core.model.augment import Augmentation, augment
    from core.model.distributed import processes_of_this_fit
    from core.model.fit import Fit

    torch.set_num_threads(1)
    with processes_of_this_fit() as processes:
        state = Fit(config=resolve(TrainConfig()), device=torch.device("cpu"), steps=steps, processes=processes)
        images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (SHARE, SIZE, SIZE), dtype=np.uint8))
        label, of = (torch.arange(SHARE) % 2).float(), SHARE * processes.count
        generator, share = torch.Generator().manual_seed(0), processes.share(of)

        def augmented(of: int) -> torch.Tensor:
            return augment(images, Augmentation(), generator, share=share, of=of)

        def step() -> None:
            state.step(augmented(of), label, 1e-4, of=of)

        state.network.train()
        step()
        found = {"step": fastest(step, steps)}
        if processes.count == 1:
            few, many = (fastest(lambda of=of: augmented(of), steps) for of in (SHARE, 17 * SHARE))
            found["draw"] = (many - few) / (16 * SHARE)
        if processes.is_first:
            print(json.dumps(found))


def printed(command: list[str]) -> dict[str, float]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.stderr)
    return {key: float(value) for key, value in json.loads(done.stdout.splitlines()[-1]).items()}


def measured_fit(steps: int) -> dict[str, float]:
    """Seconds: a step of one process, a step of two, the random numbers of one image, and what exchanging costs two."""
    work = [__file__, "--work", "fit", "--steps", str(steps)]
    one = printed([sys.executable, *work])
    two = printed([sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", *work])
    exchange = max(0.0, two["step"] - one["step"] - SHARE * one["draw"])
    return {"one": one["step"], "two": two["step"], "draw": one["draw"], "exchange": exchange}


def expected(found: dict[str, float], count: int) -> float:
    """Images a second of so many processes, by the module's formula."""
    others = SHARE * (count - 1) * found["draw"]
    return SHARE * count / (found["one"] + others + found["exchange"] * 2 * (count - 1) / count)


def measured_scoring(run: Path, images: Path, engine: str) -> tuple[float, float]:
    """Seconds to start, and images a second from then on."""
    files = sorted(file for file in images.rglob("*") if file.is_file())
    times = []
    for count in (len(files) // 4, len(files)):
        with tempfile.TemporaryDirectory() as scratch:
            own, folder = Path(scratch) / "runs" / run.name, Path(scratch) / "images"
            shutil.copytree(run, own, ignore=shutil.ignore_patterns("cache"))
            folder.mkdir()
            for number, file in enumerate(files[:count]):
                shutil.copyfile(file, folder / f"{number:06}{file.suffix}")
            command = [sys.executable, "-m", "core", "score", str(own), str(folder), "--odd", "keep"]
            command += ["--engine", engine, "--to", str(Path(scratch) / "scores")]
            begun = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
            times.append(time.perf_counter() - begun)
    an_image = (times[1] - times[0]) / (len(files) - len(files) // 4)
    if an_image <= 0:
        raise SystemExit(f"{engine}: {times[0]:.0f} and {times[1]:.0f} s do not tell the start apart; give more images")
    return times[1] - len(files) * an_image, 1 / an_image


def draw(found: dict[str, float], file: Path) -> None:
    """The picture: two measured points, and a line of what is computed from them."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    one = SHARE / found["one"]
    axes.plot(MANY, [one * count for count in MANY], ":", color="#888888", label="as many times faster as processes")
    axes.plot(
        MANY, [expected(found, count) for count in MANY], "--", color="#b35900", label="extrapolated, not measured"
    )
    axes.plot(
        [1, 2], [one, 2 * SHARE / found["two"]], "o", color="#1f4e9c", label="measured, CPU and gloo, one machine"
    )
    axes.set(xscale="log", yscale="log", xlabel="processes, 16 images of 64 px each a step", ylabel="images a second")
    axes.set_xticks(MANY, [str(count) for count in MANY])
    axes.minorticks_off()
    axes.set_title("A fit by several processes: extrapolation from the parts of a step")
    axes.legend(frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.set_canvas(FigureCanvasSVG(figure))
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--work", choices=["fit"])
    options = parser.parse_args()
    if options.work:
        fit_steps(options.steps)
        return
    found = measured_fit(options.steps)
    print(f"a step of 16 images by one process {found['one'] * 1e3:.0f} ms, {SHARE / found['one']:.0f} images/s")
    print(f"a step of 32 images by two {found['two'] * 1e3:.0f} ms, {2 * SHARE / found['two']:.0f} images/s")
    print(
        f"  of it, exchange {found['exchange'] * 1e3:.0f} ms; random numbers of an image {found['draw'] * 1e3:.3f} ms"
    )
    for count in (8, 64):
        print(f"extrapolated, {count} processes: {expected(found, count):.0f} images/s")
    if options.picture:
        draw(found, options.picture)
    if options.run:
        for engine in ("local", "ray"):
            start, rate = measured_scoring(options.run, options.images, engine)
            print(f"scoring, {engine}: {start:.1f} s to start, then {rate:.0f} images/s", flush=True)


if __name__ == "__main__":
    main()
