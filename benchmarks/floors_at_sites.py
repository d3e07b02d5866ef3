"""Floors asked of several hospitals: how often "at every chosen site" is false, and how often the next one keeps it.

    python benchmarks/floors_at_sites.py

Scores of ill patients are normal, and so are the middles of hospitals around 1.5. Thresholds are those of a fine grid,
so that all collections are one computation; the tests of the search itself use real scores.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import logit, ndtr, ndtri

from core.evaluation.choosing.patients_needed import fewest_hits
from core.evaluation.estimates.random_effects import logit_and_variance, random_effects

MIDDLE, FLOOR, CONFIDENCE, COLLECTIONS = 1.5, "0.85", 0.95, 1000
SETTINGS = (
    (3, 0.0, 0.0, 100),
    (3, 0.0, 1.5, 100),
    (10, 0.0, 1.5, 600),
    (3, 0.3, 0.0, 100),
    (5, 0.0, 0.0, 100),
    (5, 0.3, 0.0, 100),
    (5, 0.3, 0.0, 600),
    (10, 0.3, 0.0, 100),
    (10, 0.3, 0.0, 600),
)
"""Hospitals, the standard deviation of their middles, by how much the first lies below, and the ill patients of the
middle one; the rest have from half to twice as many."""
GRID = np.linspace(-2.5, 1.5, 161)


def floors(collections: int = COLLECTIONS) -> pd.DataFrame:
    """One row a setting, in per cent of collections.

    ``every false``: of all, those where the threshold of every site breaks the floor at one; ``given``: where there is
    one. ``next keeps``: the chance that one more hospital keeps the floor at the threshold chosen for it by the lower
    limit, of those where there is one (``next given``).
    """
    rows = []
    for k, spread, worse, patients in SETTINGS:
        rng = np.random.default_rng([k, round(100 * spread), round(100 * worse), patients])
        number = (np.linspace(0.5, 2.0, k) * patients).round().astype(np.int64)
        middle = rng.normal(MIDDLE, spread, (k, collections))
        middle[0] -= worse
        hits = np.stack([_hits(rng, n, of) for n, of in zip(number.tolist(), middle, strict=True)])
        needed = fewest_hits(number, FLOOR, CONFIDENCE)[:, None, None]
        every = _strictest((hits >= needed).all(axis=0))
        false = ndtr(middle.min(axis=0) - GRID[every]) < float(FLOOR)
        row: dict[str, float] = {
            "hospitals": k,
            "spread": spread,
            "worse": worse,
            "patients": patients,
            "given": 100 * float(np.mean(every >= 0)),
            "every false": 100 * float(np.mean(false & (every >= 0))),
        }
        rows.append(row if worse else row | _of_next(hits, number, spread))
    return pd.DataFrame(rows)


def _hits(rng: np.random.Generator, patients: int, middle: np.ndarray) -> np.ndarray:
    """How many of a hospital's ill patients score at or above each threshold, (thresholds, collections)."""
    score = np.sort(rng.normal(middle[:, None], 1.0, (len(middle), patients)), axis=1)
    return np.stack([patients - np.searchsorted(own, GRID) for own in score], axis=1)


def _strictest(passes: np.ndarray) -> np.ndarray:
    """The last row of (thresholds, collections) that passes, -1 where none does."""
    last = len(passes) - 1 - passes[::-1].argmax(axis=0)
    return np.where(passes.any(axis=0), last, -1)


def _of_next(hits: np.ndarray, number: np.ndarray, spread: float) -> dict[str, float]:
    k, shape = len(hits), hits.shape[1:]
    size = np.broadcast_to(number[:, None], (k, hits[0].size)).astype(np.float64)
    rate = hits.reshape(k, -1) / size
    limit = random_effects(*logit_and_variance(rate, size)).prediction_low
    chosen = _strictest(limit.reshape(shape) >= logit(float(FLOOR)))
    given = chosen >= 0
    # One more hospital keeps the floor where its middle lies so far above the threshold.
    margin = MIDDLE - GRID[chosen] - ndtri(float(FLOOR))
    kept = ndtr(margin / spread) if spread else (margin >= 0).astype(np.float64)
    keeps = 100 * float(kept[given].mean()) if given.any() else float("nan")
    return {"next given": 100 * float(np.mean(given)), "next keeps": keeps}


if __name__ == "__main__":
    print(f"Sensitivity of at least {FLOOR}, {COLLECTIONS:,} collections of hospitals a row, per cent")
    print(floors().round(1).to_string(index=False, na_rep="—"))
