"""How often the prediction for the next hospital holds its true rate, in simulated hospitals of known truth.

    python benchmarks/coverage_sites.py [--draws 400]

True rates are normal on the logit, with standard deviation tau between hospitals. The patients of the class that a
hospital has are lognormal in number, from 20 to 5,000; every second hospital has one to four images a patient, whose
errors correlate by 0.4. Each draw is judged by the chance that one more hospital lies within its limits, which is known
in closed form.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtr

from core.evaluation.estimates.clusters import effective_size
from core.evaluation.estimates.random_effects import logit_and_variance, random_effects
from core.evaluation.estimates.uncertain_spread import cautious_limits

HOSPITALS = (3, 4, 5, 10, 20)
TAUS = (0.0, 0.1, 0.2, 0.35, 0.5, 1.0)
KINDS = ((0.90, 150), (0.90, 600), (0.97, 600), (0.97, 150))
"""The rate of the middle hospital, and the patients of the class that it has."""
FEWEST, MOST, UNEQUAL = 20, 5000, 0.8
"""The range of patients of the class, and the standard deviation of their number's logarithm."""
IMAGES, ALIKE = 4, 0.4
ERRORS = 5
"""Expected in the middle hospital; coverage is judged where there are more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """What is seen in ``draws`` collections of k hospitals: rates and effective sizes, (k, draws)."""

    rate: np.ndarray
    size: np.ndarray


def draw(rng: np.random.Generator, k: int, draws: int, rate: float, tau: float, patients: int) -> Drawn:
    """``draws`` collections of ``k`` hospitals, every second of them with several images a patient."""
    number = np.exp(rng.normal(np.log(patients), UNEQUAL, (k, draws))).round().clip(FEWEST, MOST).astype(np.int64)
    truth = expit(rng.normal(logit(rate), tau, (k, draws)))
    hits, size = rng.binomial(number, truth) / number, number.astype(np.float64)
    for row in range(0, k, 2):
        hits[row], size[row] = _of_clusters(rng, number[row], truth[row])
    return Drawn(rate=hits, size=size)


def _of_clusters(rng: np.random.Generator, number: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rates and effective sizes of hospitals with one to :data:`IMAGES` images a patient, (draws,)."""
    hospital = np.repeat(np.arange(len(number)), number)
    n = rng.integers(1, IMAGES + 1, len(hospital))
    prior = (1 - ALIKE) / ALIKE
    x = rng.binomial(n, rng.beta(prior * truth[hospital], prior * (1 - truth[hospital])))
    sums = [np.bincount(hospital, weights=of).astype(np.int64) for of in (x, n, x * x, x * n, n * n)]
    return sums[0] / sums[1], effective_size(*sums)


def held(low: np.ndarray, high: np.ndarray, middle: float, tau: float) -> np.ndarray:
    """The chance that a hospital whose logit is normal lies within limits (draws,); 1 or 0 without tau."""
    if not tau:
        return ((low <= middle) & (middle <= high)).astype(np.float64)
    return np.asarray(ndtr((high - middle) / tau) - ndtr((low - middle) / tau))


def coverages(draws: int) -> pd.DataFrame:
    """One row a kind of hospitals, in per cent: ``metafor``'s limits, the ``cautious`` ones, and those of the ``mean``.

    ``error`` is the typical standard error of one hospital's logit, ``few`` the share of hospitals with under five
    errors. ``±`` is half the width of the 95 % Monte Carlo interval, the larger one of both limits.
    """
    return pd.DataFrame(_rows(draws))


def _rows(draws: int) -> Iterator[dict[str, float]]:
    for (rate, patients), k, tau in itertools.product(KINDS, HOSPITALS, TAUS):
        rng = np.random.default_rng([round(100 * rate), patients, k, round(100 * tau)])
        seen = draw(rng, k, draws, rate, tau, patients)
        middle = float(logit(rate))
        own, variance = logit_and_variance(seen.rate, seen.size)
        found = random_effects(own, variance)
        plain = held(found.prediction_low, found.prediction_high, middle, tau)
        cautious = held(*cautious_limits(seen.rate, seen.size), middle, tau)
        yield {
            "rate": rate,
            "patients": patients,
            "k": k,
            "tau": tau,
            "error": float(np.sqrt(np.median(variance))),
            "few": 100 * float(np.mean((1 - seen.rate) * seen.size < ERRORS - 1e-9)),
            "metafor": 100 * float(plain.mean()),
            "cautious": 100 * float(cautious.mean()),
            "mean": 100 * float(held(found.low, found.high, middle, 0.0).mean()),
            "±": 100 * 1.96 * float(max(plain.std(), cautious.std())) / math.sqrt(draws),
        }


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of five hospitals or more with at least :data:`ERRORS` errors expected in the middle one."""
    return table[(table["k"] >= 5) & ((1 - table["rate"]) * table["patients"] >= ERRORS)]


def beyond(table: pd.DataFrame, limits: str) -> pd.DataFrame:
    """Of :func:`judged` rows, those that leave what is asked by more than Monte Carlo error: at least 93 %, and at most
    97 % where tau is at least the error of one hospital."""
    rows = judged(table)
    over = (rows["tau"] >= rows["error"]) & (rows[limits] - rows["±"] > 97)
    return rows[(rows[limits] + rows["±"] < 93) | over]


def report(table: pd.DataFrame) -> str:
    """The table of :func:`coverages`, as ``docs/coverage.md`` has it, and how many rows leave what is asked.

    A cell is the coverage of metafor's limits and of the cautious ones; ``±`` is their largest Monte Carlo error.
    """
    taus = sorted(table["tau"].unique())
    head = f"| rate, patients | error | k | {' | '.join(f'tau {tau:g}' for tau in taus)} | ± | mean, lowest |"
    lines = [head, "|---|" + "---:|" * (head.count("|") - 2)]
    for (rate, patients, k), rows in table.groupby(["rate", "patients", "k"], sort=False):
        cells = " | ".join(f"{row['metafor']:.1f}, {row['cautious']:.1f}" for row in rows.to_dict("records"))
        error, of_draws, mean = rows["error"].median(), rows["±"].max(), rows["mean"].min()
        lines.append(
            f"| {100 * rate:.0f} %, {patients:,} | {error:.2f} | {k} | {cells} | {of_draws:.1f} | {mean:.1f} |"
        )
    for limits in ("metafor", "cautious"):
        rows = judged(table)[limits]
        lines.append(
            f"{limits}: {len(beyond(table, limits))} of {len(rows)} settings leave what is asked by more than Monte "
            f"Carlo error; {rows.min():.1f} to {rows.max():.1f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=400, help="collections of hospitals a setting")
    print(report(coverages(parser.parse_args().draws)))


if __name__ == "__main__":
    main()
