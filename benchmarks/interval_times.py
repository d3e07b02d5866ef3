"""How long the intervals of a page take against the plain way, 2,000 resamples of patients, in one run.

    python benchmarks/interval_times.py [--sizes 624 100000] [--delong 1000000]

Support and thresholds are resampled by us too, in products of sums by patient; areas, rates and calibration
have limits in closed form. The plain way is a Python loop over resamples that picks the rows of the drawn patients and
asks scikit-learn; it is timed on a few resamples and scaled to 2,000 (for DeLong, on the kernel of all pairs of fewer
images and scaled by their number). Processor seconds stand beside those of the clock, which tells little on a busy
machine. Each size has two images a patient and five subgroup levels.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import expit
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve

from core.evaluation.calibration.change import calibration_changes
from core.evaluation.calibration.recalibration import calibration_intercept, calibration_line
from core.evaluation.calibration.reliability import adaptive_calibration_error, expected_calibration_error
from core.evaluation.choosing.operating_point import FLOORS, choose_with_floor, just_meeting_floor
from core.evaluation.choosing.threshold_interval import threshold_interval
from core.evaluation.comparing.delivery import deliveries
from core.evaluation.comparing.levels import levels_of
from core.evaluation.comparing.prior_shift import inferred_prevalence
from core.evaluation.comparing.subgroups import calibration_errors_by_level, subgroups
from core.evaluation.estimates.bootstrap import RESAMPLES
from core.evaluation.estimates.discrimination import auprc, auroc
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import threshold_sweep
from core.evaluation.worth.utility import GRID, decision_curve

T = 1.4
LIMITS = {624: 0.3, 100_000: 10.0}
DELONG_LIMIT = 1.5
PLAIN_SECONDS = 3.0
KERNEL = 4_000

Statistic = Callable[[np.ndarray], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[624, 100_000])
    parser.add_argument("--delong", type=int, default=1_000_000)
    arguments = parser.parse_args()
    print(f"{'page':<34}{'images':>10}{'seconds':>10}{'processor':>11}{'limit':>8}{'plain way':>13}{'faster':>9}")
    for n in arguments.sizes:
        split = made(n)
        for page, (ours, plain) in pages(split).items():
            line(page, n, timed(ours), LIMITS.get(n), plain_seconds(split, plain))
    split = made(arguments.delong)
    line("DeLong by patient", split.n, timed(lambda: auroc(split)), DELONG_LIMIT, plain_delong(split))


def made(n: int) -> Predictions:
    """Predictions like a fair model's, two images a patient."""
    rng = np.random.default_rng(7)
    patient = np.arange(n) // 2
    y_true = (rng.random(patient[-1] + 1) < 0.62)[patient].astype(np.int8)
    names = np.array([f"{number}" for number in range(n)], dtype=object)
    return Predictions(
        image_id=names,
        patient_id=names[patient],
        y_true=y_true,
        logit=rng.normal(size=patient[-1] + 1)[patient] + rng.normal(3.0 * y_true - 1.5),
        subgroups={"level": rng.choice(np.array([*"abcde"], dtype=object), n)},
    )


def pages(split: Predictions) -> dict[str, tuple[Callable[[], object], Statistic]]:
    """Every figure of a page by our way, and of given rows by the plain one."""
    levels, sweep = levels_of(split.subgroups["level"]), threshold_sweep(split)
    floor, just = (partial(find, rate="sensitivity", floor="0.95") for find in (choose_with_floor, just_meeting_floor))

    def by_level() -> None:
        subgroups(split, "level", threshold=0.0, temperature=T)
        calibration_errors_by_level(split, levels, T)

    return {
        "Overview: AUROC, AUPRC": (lambda: (auroc(split), auprc(split)), lambda rows: areas(split, rows)),
        "Calibration: 6 measures, 2 scales": (
            lambda: calibration_changes(split, temperature=T),
            lambda rows: [measures(split.y_true[rows], split.logit[rows] / t) for t in (1.0, T)],
        ),
        "Utility: decision curves": (
            lambda: decision_curve(split, {"calibrated": T, "raw": 1.0}),
            lambda rows: [worth(split.y_true[rows], expit(split.logit[rows] / t)) for t in (1.0, T)],
        ),
        "Subgroups: 5 levels, 5 figures": (by_level, lambda rows: levels_plainly(split, levels.index, rows)),
        "Delivery: support, prevalence": (
            lambda: (deliveries(sweep, split, 0.0, FLOORS), inferred_prevalence(split, split, T)),
            lambda rows: delivered_plainly(split.y_true[rows], split.logit[rows]),
        ),
        "Find: the threshold's own range": (
            lambda: threshold_interval(split, floor, smooth=True, just_met=just),
            lambda rows: roc_curve(split.y_true[rows], split.logit[rows]),
        ),
    }


def areas(split: Predictions, rows: np.ndarray) -> tuple[float, float]:
    y_true, logit = split.y_true[rows], split.logit[rows]
    return roc_auc_score(y_true, logit), average_precision_score(y_true, logit)


def measures(y_true: np.ndarray, logit: np.ndarray) -> list[float]:
    p = expit(logit)
    errors = expected_calibration_error(y_true, p), adaptive_calibration_error(y_true, p)
    line = calibration_intercept(y_true, logit), calibration_line(y_true, logit)[1]
    return [log_loss(y_true, p), brier_score_loss(y_true, p), *errors, *line]


def worth(y_true: np.ndarray, p: np.ndarray) -> list[float]:
    found = []
    for p_t in GRID:
        treated = p >= p_t
        found.append((treated & (y_true == 1)).mean() - (treated & (y_true == 0)).mean() * p_t / (1 - p_t))
    return found


def delivered_plainly(y_true: np.ndarray, logit: np.ndarray) -> list[float]:
    """Both rates at 0, and expectation maximisation of the prevalence (Saerens et al. 2002), twenty steps."""
    p, share = expit(logit / T), y_true.mean()
    q = share
    for _ in range(20):
        odds = q / (1 - q) * (1 - share) / share * p / (1 - p)
        q = (odds / (1 + odds)).mean()
    return [(logit >= 0)[y_true == 1].mean(), (logit < 0)[y_true == 0].mean(), q]


def levels_plainly(split: Predictions, level: np.ndarray, rows: np.ndarray) -> list[float]:
    found = []
    for number in range(level.max() + 1):
        chosen = rows[level[rows] == number]
        y_true, logit = split.y_true[chosen], split.logit[chosen]
        p = expit(logit / T)
        rates = ((logit >= 0)[y_true == 1].mean(), (logit < 0)[y_true == 0].mean())
        errors = (p - y_true).mean(), expected_calibration_error(y_true, p)
        found += [*rates, roc_auc_score(y_true, logit), *errors]
    return found


def plain_seconds(split: Predictions, statistic: Statistic) -> float:
    """Seconds for all resamples, from as many as fit into a few seconds."""
    rng = np.random.default_rng(0)
    order = np.argsort(split.patient_index, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(split.patient_index))[:-1])
    began, done = time.perf_counter(), 0
    while done < 2 or time.perf_counter() - began < PLAIN_SECONDS:
        statistic(np.concatenate([rows_of[number] for number in rng.integers(len(rows_of), size=len(rows_of))]))
        done += 1
    return (time.perf_counter() - began) / done * RESAMPLES


def plain_delong(split: Predictions) -> float:
    """Seconds for the kernel of every positive and every negative, scaled from few images by the number of pairs."""
    part = slice(KERNEL)
    positive, logit = split.y_true[part] == 1, split.logit[part]
    began = time.perf_counter()
    pos, neg = logit[positive], logit[~positive]
    psi = (pos[:, None] > neg) + 0.5 * (pos[:, None] == neg)
    for axis, label in ((1, positive), (0, ~positive)):
        np.bincount(split.patient_index[part][label], weights=psi.mean(axis=axis))
    return (time.perf_counter() - began) * (split.n / KERNEL) ** 2


def timed(compute: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of the processor, the best of three."""
    clock, processor = [], []
    for _ in range(3):
        began, worked = time.perf_counter(), time.process_time()
        compute()
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
    return min(clock), min(processor)


def line(page: str, n: int, ours: tuple[float, float], limit: float | None, plain: float) -> None:
    seconds, processor = ours
    told = "" if limit is None else f"{limit:g}{'' if seconds < limit else ' !'}"
    print(
        f"{page:<34}{n:>10,}{seconds:>10.3f}{processor:>11.3f}{told:>8}{plain:>11,.0f} s{plain / seconds:>8,.0f}x",
        flush=True,
    )


if __name__ == "__main__":
    main()
