"""How long a heat map takes against a single forward pass of the same network, on the CPU.

    python benchmarks/heat_maps.py [--rounds 9]

Both see one image that lies in memory, and prepare it. They take turns, so that a machine whose speed drifts is unfair
to neither; the figure is the median of the ratios. The network is not fitted: time does not depend on the weights.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

from core.explain.gradcam import LAYERS, METHODS, HeatMaps
from core.model.network import Preprocessing, build_network, load_checkpoint, prepare, save_checkpoint
from core.model.scorer import Scorer

SIZES = (64, 96, 224)
LIMIT = 2.5
"""Forward passes that a map of the last block may take."""


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(checkpoint: Path, size: int, rounds: int) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Median seconds of a map and of a forward pass, and the median of their ratios, for each method and layer."""
    heat_maps, (network, preprocessing, _) = HeatMaps(Scorer.load(checkpoint)), load_checkpoint(checkpoint)
    square = np.random.default_rng(0).integers(0, 256, (size, size), dtype=np.uint8)

    def forward() -> None:
        with torch.inference_mode():
            network(prepare(torch.from_numpy(square).unsqueeze(0), preprocessing)).item()

    choices = [(method, layer) for layer in LAYERS for method in METHODS]
    pairs: dict[tuple[str, str], list[tuple[float, float]]] = {choice: [] for choice in choices}
    for turn in range(rounds + 2):
        for method, layer in choices:
            made = seconds(partial(heat_maps, square, method=method, layer=layer))
            if turn >= 2:  # the first warm up
                pairs[method, layer].append((made, seconds(forward)))
    return {
        choice: (
            statistics.median(made for made, _ in found),
            statistics.median(passed for _, passed in found),
            statistics.median(made / passed for made, passed in found),
        )
        for choice, found in pairs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Heat maps against forward passes.")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    worst = dict.fromkeys(LAYERS, 0.0)
    print(f"{'pixels':>6}  {'layer':<7} {'method':<11} {'map':>9} {'forward':>9}  {'ratio':>5}")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            checkpoint = Path(folder) / f"{size}.pt"
            save_checkpoint(checkpoint, build_network(), Preprocessing(image_size=size))
            for (method, layer), (made, passed, ratio) in measure(checkpoint, size, options.rounds).items():
                name = METHODS[method]
                print(f"{size:>6}  {layer:<7} {name:<11} {1000 * made:6.1f} ms {1000 * passed:6.1f} ms  {ratio:5.2f}")
                worst[layer] = max(worst[layer], ratio)
    print("worst of each block: " + ", ".join(f"{layer} {ratio:.2f}" for layer, ratio in worst.items()))
    if worst["layer4"] > LIMIT:
        print(f"a map of the last block takes more than {LIMIT} forward passes", file=sys.stderr)
        raise SystemExit(1)


if __name__ == "__main__":
    main()
