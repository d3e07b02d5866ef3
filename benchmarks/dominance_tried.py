"""Other limits of a mean beside one patient with many alike films: CR2 with Bell and McCaffrey's degrees of freedom.

    python benchmarks/dominance_tried.py [--hospitals 1000]

The mean is the Brier score, in the hospitals of ``coverage_dominance.py`` and in ordinary ones, where limits should
hardly widen. Every way has the skewness taken off and a variance of at least that of single images, as pages have it.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from benchmarks.coverage_dominance import EVEN, OTHERS, Dominated
from benchmarks.coverage_hospitals import hospital, monte_carlo_error
from benchmarks.coverage_truth import Population
from core.evaluation.calibration.probability import probability
from core.evaluation.estimates.clusters import kish
from core.evaluation.estimates.intervals import LEVEL
from core.evaluation.estimates.linearised import Linearised, linearised_mean, unskewed
from core.evaluation.predictions import FloatArray, Predictions

Way = Callable[[FloatArray, FloatArray], tuple[float, float]]
"""From the shares of images (m,) and what each patient adds (m,) to a variance and its degrees of freedom."""
SHARES = (0.0, 0.2, 0.3, 0.5)
"""With more, G is below 3, where no interval is shown."""

ORDINARY = (60, 624)
"""Patients of the hospitals where nobody has many of the images."""


def by_kish(share: FloatArray, added: FloatArray) -> tuple[float, float]:
    """As pages have it: corrected for G patients, with G - 1 degrees of freedom."""
    clusters = 1 / float(share @ share)
    return float(added @ added) * clusters / (clusters - 1), clusters - 1


def of_strangers(share: FloatArray, added: FloatArray) -> tuple[float, float]:
    """CR2 for images as independent as those of strangers (Bell and McCaffrey 2002)."""
    return _adjusted(added, 1 - share, np.diag(share) - np.outer(share, share))


def of_alike(share: FloatArray, added: FloatArray) -> tuple[float, float]:
    """CR2 for images of one patient that are the same."""
    square = share @ share
    # Of patient i what is added is share_i (u_i - sum share_j u_j), each u with variance 1.
    covariance = np.diag(share**2) - np.outer(share**2, share) - np.outer(share, share**2)
    covariance += square * np.outer(share, share)
    return _adjusted(added, np.diag(covariance) / share**2, covariance)


def _adjusted(added: FloatArray, factor: FloatArray, covariance: FloatArray) -> tuple[float, float]:
    """The sum of squares over the share of its expectation that each has, and Satterthwaite's degrees of freedom."""
    matrix = covariance / np.sqrt(np.outer(factor, factor))
    return float((added**2 / factor).sum()), float(np.trace(matrix) ** 2 / np.square(matrix).sum())


WAYS: dict[str, Way] = {"as pages": by_kish, "CR2, strangers": of_strangers, "CR2, alike": of_alike}


def limits(split: Predictions, way: Way) -> tuple[float, float]:
    """Of the Brier score; its variance as ``way`` has it, else as :meth:`Linearised.skewed`."""
    p = probability(split.logit)
    found = linearised_mean(np.square(p - split.y_true), split.patient_index)
    variance, freedom = way(found.images / split.n, found.added)
    error = math.sqrt(max(variance, float(found.terms @ found.terms) * split.n / (split.n - 1)))
    skewness, z = _skewness(found), float(stdtrit(freedom, 0.5 + LEVEL / 2))
    low, high = (found.centre - error * unskewed(end, skewness) for end in (z, -z))
    return max(min(low, found.value), 0.0), min(max(high, found.value), 1.0)


def _skewness(found: Linearised) -> float:
    added = found.added
    return float((added**3).sum()) / float(added @ added) ** 1.5


def coverage(number: int) -> pd.DataFrame:
    """Per cent of ``number`` hospitals of each kind whose Brier score each way's limits hold, and their mean width."""
    true, rows = Population(EVEN).calibration(1.0)["brier"], []
    for catch_all, share, others in itertools.product((True, False), SHARES, OTHERS):
        kind = Dominated(share=share, others=others, catch_all=catch_all)
        rng = np.random.default_rng([catch_all, round(10 * share), others])
        splits = [kind.draw(rng) for _ in range(number)]
        row: dict[str, object] = {
            "largest": "catch-all" if catch_all else "one child",
            "share": round(100 * share),
            "others": others,
            "G": kish(np.bincount(splits[0].patient_index)),
        }
        for name, way in WAYS.items():
            ends = np.array([limits(split, way) for split in splits])
            row[name] = 100 * np.mean((ends[:, 0] <= true) & (true <= ends[:, 1]))
            row[f"width, {name}"] = np.ptp(ends, axis=1).mean()
        rows.append(row)
    return pd.DataFrame(rows)


def widening(number: int) -> pd.DataFrame:
    """How much wider than pages' limits CR2's are in ordinary hospitals, 1 to 5 alike images a patient, per cent."""
    rows = []
    for patients in ORDINARY:
        rng = np.random.default_rng([6, patients])
        splits = [hospital(rng, patients, EVEN, 5) for _ in range(number)]
        width = {name: np.array([np.ptp(limits(split, way)) for split in splits]) for name, way in WAYS.items()}
        plain = width.pop("as pages")
        rows.append({"patients": patients, **{name: 100 * np.mean(own / plain - 1) for name, own in width.items()}})
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hospitals", type=int, default=1000, help="of each kind")
    number = parser.parse_args().hospitals
    error = 100 * float(monte_carlo_error(np.float64(0.95), number))
    print(f"Coverage of 95 % limits of the Brier score, per cent (± {error:.1f} at 95), and their mean width")
    print(coverage(number).to_string(index=False, float_format="{:.3f}".format))
    print("\nBy how many per cent limits are wider than pages' in ordinary hospitals")
    print(widening(max(number // 20, 2)).to_string(index=False, float_format="{:.2f}".format))


if __name__ == "__main__":
    main()
