"""Simulated hospitals that try floors, and studies of a stated size: how often a guarantee is false, and given.

    python benchmarks/floors_tried.py

Both in seconds, from order statistics and binomial numbers: no images are made, as the tests see ranks alone.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from core.evaluation.choosing.cases_needed import allowed_misses
from core.evaluation.choosing.every_floor import FLOORS, confidence_of_each
from core.evaluation.choosing.patients_needed import POWERS, fewest_hits, patients_for_power

HOSPITALS, STUDIES, CONFIDENCE = 2000, 20_000, 0.95
TRIED = {"one, 0.90": ("0.90",), "five, 0.80 to 0.98": ("0.80", "0.85", "0.90", "0.95", "0.98"), "all": FLOORS}


def false_guarantees(patients: int, hospitals: int = HOSPITALS, seed: int = 0) -> pd.DataFrame:
    """Per cent of hospitals where some guarantee is false, asked once each and tried freely; one row a list of floors.

    Each hospital has ``patients`` of the class. Of each, what is drawn is the share of the class with a lower score.
    """
    below = np.sort(np.random.default_rng(seed).random((hospitals, patients)), axis=1)
    levels = {"asked once each": CONFIDENCE, "tried freely": confidence_of_each(patients, CONFIDENCE)}
    rows = []
    for called, floors in TRIED.items():
        row: dict[str, object] = {"patients": patients, "floors": called}
        for name, own in levels.items():
            false = np.zeros(hospitals, dtype=bool)
            for floor in floors:
                misses = int(allowed_misses(np.array([patients]), floor, own)[0])
                if misses >= 0:  # the threshold is the next score, and misses all below it
                    false |= below[:, misses] > 1 - float(floor)
            row[name] = 100 * false.mean()
        rows.append(row)
    return pd.DataFrame(rows)


def passing(rate: float, floor: str, studies: int = STUDIES, seed: int = 0) -> pd.DataFrame:
    """Per cent of studies that guarantee ``floor`` where the true rate is ``rate``; one row a size.

    The first size is the smallest at which the observed rate would just pass, the others those for each power.
    """
    sizes = np.arange(1, 100_000)
    just = int(sizes[np.floor(rate * sizes) >= fewest_hits(sizes, floor, CONFIDENCE)][0])
    named = {"the observed rate just passes": just}
    for power in POWERS:
        named[f"power {power}"] = patients_for_power(rate, floor, confidence=CONFIDENCE, power=float(power)) or 0
    rng = np.random.default_rng(seed)
    rows = [
        (rate, name, size, 100 * np.mean(rng.binomial(size, rate, studies) >= fewest_hits(size, floor, CONFIDENCE)))
        for name, size in named.items()
    ]
    return pd.DataFrame(rows, columns=["true rate", "size for", "patients", "pass"])


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    print(f"Hospitals of {HOSPITALS:,} with some false guarantee, at {CONFIDENCE:.0%}, per cent")
    print(pd.concat([false_guarantees(patients) for patients in (63, 146, 500)]).round(1).to_string(index=False))
    print(f"\nStudies of {STUDIES:,} that guarantee 0.95 at {CONFIDENCE:.0%}, per cent")
    print(
        pd.concat([passing(rate, "0.95") for rate in (0.96, 0.97, 0.98, 0.99)])
        .round({"pass": 1})
        .to_string(index=False)
    )


if __name__ == "__main__":
    main()
