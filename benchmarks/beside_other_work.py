"""How long a step of the demo fit takes alone and beside other work, by how torch's threads wait for each other.

    python benchmarks/beside_other_work.py [--busy 0 1 2] [--seconds 6] [--rounds 3] [--spins 10000 100000]

They meet many times a step. Who waits spins, which is quickest on a machine with nothing else to do, and keeps the
processor from the one that is waited for on any other. Compared are what the library does of itself (it spins 300,000
times, then sleeps), shorter spins (GOMP_SPINCOUNT), and waiting asleep (OMP_WAIT_POLICY=PASSIVE). The ways take turns;
a figure is the median of the rounds, and the ratio the median of the rounds' ratios to what the library does alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time


def steps(seconds: float) -> None:
    """Fit on noise for so long, and print the seconds of a step; the first two warm up."""
    import numpy as np
    import torch

    from core.config import TrainConfig, resolve
    from core.model.fit import Examples, Fit

    rng, begun = np.random.default_rng(0), [0.0]
    pixels = rng.integers(0, 256, (1600, 64, 64), dtype=np.uint8)
    examples = Examples(pixels=pixels, rows=np.arange(1600), label=rng.integers(0, 2, 1600).astype(np.int8))

    def look(done: int, total: int) -> None:
        now = time.perf_counter()
        if done <= 2:
            begun[0] = now
        elif now - begun[0] >= seconds or done == total:
            print((now - begun[0]) / (done - 2), flush=True)
            raise KeyboardInterrupt

    fit = Fit(config=resolve(TrainConfig(device="cpu")), device=torch.device("cpu"), steps=1130)
    try:
        fit.run_epoch(examples, look)
    except KeyboardInterrupt:
        return


def measured(way: dict[str, str], busy: int, seconds: float) -> float:
    """Seconds of a step beside so many processes that do nothing but use a processor."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    command = [sys.executable, __file__, "--steps-only", "--seconds", str(seconds)]
    try:
        return float(subprocess.run(command, env=os.environ | way, check=True, capture_output=True).stdout)
    finally:
        for other in others:
            other.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description="A step of the fit beside other work, by how threads wait.")
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--spins", nargs="*", default=["10000", "100000"])
    parser.add_argument("--steps-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.steps_only:
        steps(options.seconds)
        return
    ways = {"of itself": {}, "asleep": {"OMP_WAIT_POLICY": "PASSIVE"}}
    ways |= {f"{spins} spins": {"GOMP_SPINCOUNT": spins} for spins in options.spins}
    alone: list[float] = []
    for busy in options.busy:
        rounds = []
        for number in range(options.rounds):
            order = list(ways) if number % 2 == 0 else list(ways)[::-1]
            rounds.append({name: measured(ways[name], busy, options.seconds) for name in order})
        alone = alone or [took["of itself"] for took in rounds]
        for name in ways:
            took = [own[name] for own in rounds]
            share = statistics.median(first / own for first, own in zip(alone, took, strict=True))
            print(f"{busy} busy, {name:>14}: {statistics.median(took):.3f} s a step, {share:.2f} of the speed alone")


if __name__ == "__main__":
    main()
