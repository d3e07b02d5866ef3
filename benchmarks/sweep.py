"""How much processor time the sweep takes, beside scikit-learn's curves and beside one sort, in one run.

    python benchmarks/sweep.py [--sizes 100000 1000000] [--pairs 10]

With one image a patient the sweep stands against what gives the same counts, `roc_curve` and `precision_recall_curve`
of scikit-learn without dropping points; the limit is half of their time. With three images a patient, where it adds
sums by patient, it stands against `np.argsort(-logit, kind="stable")`; the limit is four. "and every size" works out
the effective sizes and correlation at every score as well, which pages ask for at some thousand positions only. Both of
a pair are timed in turn, and each comes first in every other pair; the ratio is the median over pairs, with the least
and the most.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from core.evaluation.predictions import Predictions
from core.evaluation.sweep import RATES, threshold_sweep

Work = Callable[[Predictions], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--pairs", type=int, default=10)
    arguments = parser.parse_args()
    print(f"{'images':>10}  {'':<56}{'seconds':>9}{'ratio':>8}{'from':>8}{'to':>7}{'limit':>7}")
    for n in arguments.sizes:
        single, several = made(n, 1), made(n, 3)
        line(n, "one a patient / scikit-learn's ROC and PR", single, threshold_sweep, curves, arguments.pairs, "0.5")
        line(n, "three a patient / one sort", several, threshold_sweep, sort, arguments.pairs, "4")
        line(n, "three a patient, and every size / one sort", several, every_size, sort, arguments.pairs, "")


def line(n: int, name: str, split: Predictions, ours: Work, other: Work, pairs: int, limit: str) -> None:
    seconds = in_turn(partial(ours, split), partial(other, split), pairs)
    ratios = seconds[:, 0] / seconds[:, 1]
    print(
        f"{n:>10,}  {name:<56}{np.median(seconds[:, 0]):>9.4f}{np.median(ratios):>8.2f}{ratios.min():>8.2f}"
        f"{ratios.max():>7.2f}{limit:>7}",
        flush=True,
    )


def made(n: int, images: int) -> Predictions:
    """Predictions like a fair model's, on average so many ``images`` a patient, in no order."""
    rng = np.random.default_rng(7)
    patient = np.arange(n) if images == 1 else rng.integers(n // images, size=n)
    y_true = (rng.random(n) < 0.62).astype(np.int8)
    names = np.arange(n).astype(str).astype(object)
    return Predictions(image_id=names, patient_id=names[patient], y_true=y_true, logit=rng.normal(3.0 * y_true - 1.5))


def every_size(split: Predictions) -> None:
    sweep = threshold_sweep(split)
    rows = np.arange(len(sweep.threshold))
    for rate in RATES:
        sweep.effective(rate, rows)
    sweep.correlation(rows)


def curves(split: Predictions) -> None:
    roc_curve(split.y_true, split.logit, drop_intermediate=False)
    precision_recall_curve(split.y_true, split.logit)


def sort(split: Predictions) -> None:
    np.argsort(-split.logit, kind="stable")


def in_turn(one: Callable[[], object], other: Callable[[], object], pairs: int) -> np.ndarray:
    """Processor seconds of both, (pairs, 2), the first to run alternating."""
    one(), other()
    found = np.empty((pairs, 2))
    for pair in range(pairs):
        for which in (0, 1) if pair % 2 == 0 else (1, 0):
            began = time.process_time()
            (one, other)[which]()
            found[pair, which] = time.process_time() - began
    return found


if __name__ == "__main__":
    main()
