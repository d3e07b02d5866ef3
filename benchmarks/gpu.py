"""What a run says on the GPU that fitted it, against the same network on the CPU, and how fast.

    python benchmarks/gpu.py RUN [--out runs] [--images 523]

Differences are the largest of all images, of logits, or of heat maps in [0, 1]. "Left alone" is what CUDA's libraries
do of themselves: they round the factors of a convolution to ten bits.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch

from core.dataset import load_dataset
from core.explain.gradcam import METHODS, HeatMaps
from core.model.scorer import Scorer
from core.run_scorer import run_scorer
from core.runs.store import read_run

ON_CPU, MAPS = 200, 20


def seconds(work: Callable[[], object]) -> float:
    """Of the second call; what the device was given is done by then, as all that is measured ends in numpy."""
    work()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description="A run's network on the GPU against the CPU.")
    parser.add_argument("run")
    parser.add_argument("--out", type=Path, default=Path("runs"))
    parser.add_argument("--images", type=int, default=523, help="of test")
    options = parser.parse_args()
    run = read_run(options.out / options.run)
    here, images = run_scorer(run), load_dataset(run.config, options.out).examples("test")
    if here.device.type != "cuda":
        raise SystemExit(
            f"error: the network of {options.run} is asked on {here.device.type}: no GPU, or not fitted on it"
        )
    assert run.checkpoint is not None
    cpu = Scorer.load(run.checkpoint)
    pixels, rows = images.pixels, images.rows[: options.images]
    logit, on_cpu = here.logits(pixels, rows), cpu.logits(pixels, rows[:ON_CPU])
    shuffled = np.random.default_rng(0).permutation(len(rows))
    alone = [here.logits(pixels, rows[i : i + 1])[0] for i in range(20)]
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {run.config.image_size} px, {len(rows)} images")
    print(f"logits, asked twice: {np.abs(here.logits(pixels, rows) - logit).max():.1e}")
    print(f"logits, in other company: {np.abs(here.logits(pixels, rows[shuffled]) - logit[shuffled]).max():.1e}")
    print(f"logits, alone: {np.abs(np.array(alone) - logit[:20]).max():.1e}")
    print(f"logits, against the CPU: {np.abs(logit[:ON_CPU] - on_cpu).max():.1e}")
    print(f"images/s: {len(rows) / seconds(lambda: here.logits(pixels, rows)):.0f}")
    with patch("core.model.scorer.full_precision", lambda device: nullcontext()):
        print(f"logits, left alone, against the CPU: {np.abs(here.logits(pixels, rows[:ON_CPU]) - on_cpu).max():.1e}")
        print(f"images/s, left alone: {len(rows) / seconds(lambda: here.logits(pixels, rows)):.0f}")
    squares = [np.asarray(pixels[row]) for row in rows[:MAPS]]
    for method in METHODS:
        maps, theirs = HeatMaps(here), HeatMaps(cpu)
        took = seconds(lambda maps=maps, method=method: [maps(square, method=method) for square in squares])
        apart = max(np.abs(maps(s, method=method) - theirs(s, method=method)).max() for s in squares)
        print(f"{method}: {1000 * took / len(squares):.1f} ms a map, against the CPU {apart:.1e}")


if __name__ == "__main__":
    main()
