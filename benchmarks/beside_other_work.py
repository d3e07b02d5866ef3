"""How long a step of the demo fit takes beside other work: threads that spin while they wait, and ones that sleep.

    python benchmarks/beside_other_work.py [--busy 2] [--seconds 8]

torch's threads meet many times a step. By default who waits spins for a while, which is quickest on a machine with
nothing else to do, and keeps the processor from the one that is waited for on any other. Jobs that a page starts wait
asleep (OMP_WAIT_POLICY=PASSIVE), as a server and a browser always run beside them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

POLICIES = ("default", "PASSIVE")


def steps(seconds: float) -> None:
    """Fit on noise for so long, and print wall clock and processor seconds of a step; the first two warm up."""
    import numpy as np
    import torch

    from core.config import TrainConfig, resolve
    from core.model.fit import Examples, Fit

    rng, begun = np.random.default_rng(0), [0.0, 0.0]
    pixels = rng.integers(0, 256, (1600, 64, 64), dtype=np.uint8)
    examples = Examples(pixels=pixels, rows=np.arange(1600), label=rng.integers(0, 2, 1600).astype(np.int8))

    def look(done: int, total: int) -> None:
        now = [time.perf_counter(), time.process_time()]
        if done <= 2:
            begun[:] = now
        elif now[0] - begun[0] >= seconds or done == total:
            each = [(at - start) / (done - 2) for at, start in zip(now, begun, strict=True)]
            print(f"{each[0]:.3f} s a step, {each[1]:.3f} of them of processors, {done - 2} steps", flush=True)
            raise KeyboardInterrupt

    fit = Fit(config=resolve(TrainConfig(device="cpu")), device=torch.device("cpu"), steps=1130)
    try:
        fit.run_epoch(examples, look)
    except KeyboardInterrupt:
        return


def main() -> None:
    parser = argparse.ArgumentParser(description="A step of the fit beside other work, by how threads wait.")
    parser.add_argument("--busy", type=int, default=2, help="processes that do nothing but use a processor")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--steps-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.steps_only:
        steps(options.seconds)
        return
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(options.busy)]
    try:
        for policy in POLICIES:
            chosen = {} if policy == "default" else {"OMP_WAIT_POLICY": policy}
            command = [sys.executable, __file__, "--steps-only", "--seconds", str(options.seconds)]
            print(f"{policy:>8}, {options.busy} busy beside it: ", end="", flush=True)
            subprocess.run(command, env=os.environ | chosen, check=True)
    finally:
        for other in others:
            other.kill()


if __name__ == "__main__":
    main()
