"""The same work by this project and by the packages that people would take instead, in one run.

    make bench        (python -m benchmarks.peers --write, in an environment that has requirements-bench.txt)

A new threshold is what a server does for it: explainerdashboard counts anew and draws the four pictures that show it,
ours gives every rate with its interval, as the browser moves the mark on its own.

Processor seconds; both of a pair in turn, each first in every other pair; the ratio is the median over pairs, with the
least and the most. MAPIE's controller and our guarantee choose a threshold on 600 images of each simulated hospital
that keeps a sensitivity of 0.95 with 95 % confidence; the truth at that threshold is known from the hospital.
"""

from __future__ import annotations

import argparse
import logging
import math
import re
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from confidenceinterval import roc_auc_score as area_with_interval
from dcurves import dca
from explainerdashboard import ClassifierExplainer
from mapie.risk_control import BinaryClassificationController
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve, roc_curve

from core.evaluation.choosing.guarantee import Guarantee, choose_guaranteed
from core.evaluation.choosing.operating_point import rates
from core.evaluation.estimates.discrimination import auroc
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.utility import GRID, decision_curve

README = Path(__file__).resolve().parents[1] / "README.md"
PLACE = re.compile(r"(?<=<!-- make bench -->\n).*?(?=<!-- / -->)", re.DOTALL)
MEAN, SPREAD = 1.6, 1.5
FLOOR = "0.95"


class Line(NamedTuple):
    work: str
    peer: str
    n: int
    ours: float
    ratios: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--hospitals", type=int, default=500)
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    table = compared(arguments.images, arguments.pairs) + bought(arguments.hospitals)
    print(table)
    if arguments.write:
        README.write_text(PLACE.sub(lambda _: table, README.read_text(encoding="utf-8")), encoding="utf-8")


def hospital(rng: np.random.Generator, n: int) -> Predictions:
    ill = (rng.random(n) < 0.3).astype(np.int8)
    names = np.arange(n).astype(str).astype(object)
    logit = rng.normal(np.where(ill == 1, MEAN, -MEAN), SPREAD)
    return Predictions(image_id=names, patient_id=names, y_true=ill, logit=logit)


def compared(n: int, pairs: int) -> str:
    images, few = hospital(np.random.default_rng(7), n), hospital(np.random.default_rng(8), 600)
    p = expit(images.logit)
    frame = pd.DataFrame({"y": images.y_true, "model": p})

    def curves() -> None:
        roc_curve(images.y_true, images.logit, drop_intermediate=False)
        precision_recall_curve(images.y_true, images.logit)

    explainer, sweep = explained(images), threshold_sweep(images)
    cutoffs = cycle(np.arange(20, 81) / 100)

    def explain() -> None:
        cutoff = next(cutoffs)
        explainer.metrics(cutoff=cutoff)
        for picture in ("confusion_matrix", "roc_auc", "pr_auc", "precision"):
            getattr(explainer, f"plot_{picture}")(cutoff=cutoff)

    lines = [
        line(
            "AUROC with its interval",
            "confidenceinterval",
            n,
            pairs,
            lambda: auroc(images),
            lambda: area_with_interval(images.y_true, p),
        ),
        line("counts at every score", "scikit-learn's ROC and PR", n, pairs, lambda: threshold_sweep(images), curves),
        line(
            "decision curve; ours with its band",
            "dcurves, without one",
            n,
            pairs,
            lambda: decision_curve(images, {"raw": 1.0}),
            lambda: dca(data=frame, outcome="y", modelnames=["model"], thresholds=GRID),
        ),
        line("a new threshold", "explainerdashboard", n, pairs, lambda: rates(sweep, logit(next(cutoffs))), explain),
        line(
            "a guaranteed threshold", "MAPIE, 100 thresholds", 600, pairs, lambda: ours_at(few), lambda: mapies_at(few)
        ),
    ]
    head = "| work | peer | images | ours | peer's time / ours | least to most |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| {one.work} | {one.peer} | {one.n:,} | {one.ours:.4f} s | {np.median(one.ratios):.2f} | "
        f"{one.ratios.min():.2f} to {one.ratios.max():.2f} |\n"
        for one in lines
    )


def explained(images: Predictions) -> ClassifierExplainer:
    """What explainerdashboard shows of a model whose probabilities are the images' own."""
    columns = pd.DataFrame({"logit": images.logit, "none": 0.0})
    model = LogisticRegression().fit(columns, images.y_true)
    model.coef_[:], model.intercept_[:] = [[1.0, 0.0]], 0.0
    return ClassifierExplainer(model, columns, pd.Series(images.y_true), labels=["without", "with"])


def line(work: str, peer: str, n: int, pairs: int, ours: Callable[[], object], theirs: Callable[[], object]) -> Line:
    ours(), theirs()
    seconds = np.empty((pairs, 2))
    for pair in range(pairs):
        for which in (0, 1) if pair % 2 == 0 else (1, 0):
            began = time.process_time()
            (ours, theirs)[which]()
            seconds[pair, which] = time.process_time() - began
    return Line(work, peer, n, float(np.median(seconds[:, 0])), seconds[:, 1] / seconds[:, 0])


def ours_at(images: Predictions) -> float:
    found = choose_guaranteed(images, threshold_sweep(images), {"sensitivity": FLOOR}, confidence=0.95)
    return found.point.threshold if isinstance(found, Guarantee) else math.nan


def mapies_at(images: Predictions) -> float:
    def probabilities(logit: np.ndarray) -> np.ndarray:
        p = expit(np.asarray(logit)[:, 0])
        return np.stack([1 - p, p], axis=1)

    controller = BinaryClassificationController(
        probabilities, risk="recall", target_level=float(FLOOR), confidence_level=0.95
    )
    controller.calibrate(images.logit[:, None], images.y_true)
    best = controller.best_predict_param
    return math.nan if best is None else float(np.log(best / (1 - best))) if best > 0 else -math.inf


def bought(hospitals: int) -> str:
    """The share of hospitals in which each gives a threshold, the specificity it has there, and how often it misses."""
    rng, found = np.random.default_rng(9), np.empty((hospitals, 2))
    for number in range(hospitals):
        images = hospital(rng, 600)
        found[number] = ours_at(images), mapies_at(images)
    rows = [
        "\n| guarantee of sensitivity 0.95 | hospitals with a threshold | specificity there | floor missed |\n",
        "|---|---|---|---|\n",
    ]
    both = ~np.isnan(found).any(axis=1)
    for name, threshold in zip(("ours", "MAPIE"), found.T, strict=True):
        known = ~np.isnan(threshold)
        missed = norm.sf(threshold[known], MEAN, SPREAD) < float(FLOOR)
        specificity = norm.cdf(threshold[both], -MEAN, SPREAD)
        rows.append(
            f"| {name} | {known.sum()} of {hospitals} | {specificity.mean():.3f} | {missed.mean():.3f} of them |\n"
        )
    return "".join(rows)


if __name__ == "__main__":
    main()
