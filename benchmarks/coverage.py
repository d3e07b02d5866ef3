"""Whether stated confidence holds, in simulated hospitals of known truth: guarantees, intervals, test's two claims.

python benchmarks/coverage.py [--hospitals 1000] [--sizes 60 624 5000] [--only PART ...] [--quick] [--every-cell]

Each setting draws many hospitals: patients of one class each, with one image or one to five alike ones. Scores are
normal around +1.75 or -1.75, so the true sensitivity and specificity of any threshold are known in closed form. Every
share stands with the half width of its 95 % Monte Carlo interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.coverage_claims import claims, report_claims
from benchmarks.coverage_dominance import both_classes, dominance, widening
from benchmarks.coverage_hospitals import SIZES, TRUTH, Setting, hospitals, monte_carlo_error, settings
from benchmarks.coverage_intervals import coverage_of_intervals, coverage_of_pairs, report
from benchmarks.coverage_optimism import optimisms, report_optimism
from core.evaluation.choosing.guarantee import Guarantee, choose_guaranteed
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.sweep import threshold_sweep

PARTS = ("guarantees", "intervals", "paired", "clusters", "claims", "optimism")
ASKED = ({"sensitivity": "0.95"}, {"specificity": "0.90"}, {"sensitivity": "0.90", "specificity": "0.90"})


def guarantees(setting: Setting, number: int, confidence: float = 0.95) -> pd.DataFrame:
    """How often a guarantee is given, and how often a true rate then lies below its floor, of all hospitals."""
    given, broken = np.zeros(len(ASKED), dtype=np.int64), np.zeros(len(ASKED), dtype=np.int64)
    for predictions in hospitals(setting, number):
        sweep, rows = threshold_sweep(predictions), one_image_a_patient(predictions)
        for row, floors in enumerate(ASKED):
            found = choose_guaranteed(predictions, sweep, floors, confidence=confidence, rows=rows)
            if isinstance(found, Guarantee):
                threshold = found.point.threshold
                given[row] += 1
                broken[row] += any(TRUTH[rate](threshold) < float(floor) for rate, floor in floors.items())
    return pd.DataFrame(
        {
            "patients": setting.n_patients,
            "prevalence": setting.prevalence,
            "images": "1" if setting.most_images == 1 else f"1 to {setting.most_images}",
            "floors": [", ".join(f"{rate} {floor}" for rate, floor in floors.items()) for floors in ASKED],
            "hospitals": number,
            "given": given / number,
            "fails": broken / number,
            "±": monte_carlo_error(broken / number, number),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--hospitals",
        type=int,
        default=1000,
        help="simulated a setting, half of them for intervals; from 5,000 patients on a fifth of that",
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"of {', '.join(PARTS)}; else all")
    parser.add_argument("--quick", action="store_true", help="forty hospitals of 624 patients: whether it runs at all")
    parser.add_argument("--every-cell", action="store_true", help="also print the coverage in each setting")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.hospitals, arguments.sizes = 40, [624]
    number, sizes = arguments.hospitals, tuple(arguments.sizes)
    parts: dict[str, Callable[[], None]] = {
        "guarantees": lambda: report_guarantees(number, sizes),
        "intervals": lambda: report_intervals(number // 2, sizes, every_cell=arguments.every_cell),
        "paired": lambda: print(
            report(coverage_of_pairs(settings(sizes), number // 2), every_cell=arguments.every_cell)
        ),
        "clusters": lambda: report_clusters(number // 2),
        "claims": lambda: print(report_claims(claims(settings(sizes), number))),
        "optimism": lambda: print(report_optimism(optimisms(settings(sizes), number), every_cell=arguments.every_cell)),
    }
    for part in arguments.only or PARTS:
        parts[part]()
        print(flush=True)


def report_intervals(number: int, sizes: tuple[int, ...], *, every_cell: bool) -> None:
    print(report(coverage_of_intervals(settings(sizes), number), every_cell=every_cell))


def report_clusters(number: int) -> None:
    """Print coverage where one patient has many of the images, and where patients have images of both classes."""
    form = "{:.3f}".format
    print("One patient with a share of the images, among others of each class with 3 images each")
    print(dominance(number).to_string(index=False, float_format=form, na_rep="—"))
    print("\nPatients with two images of each class")
    print(both_classes(number).to_string(index=False, float_format=form))
    print("\nBy how many per cent ordinary clusters widen an interval, within (0, 1) and at 1")
    print(widening(max(number // 5, 2)).to_string(index=False, float_format="{:.1f}".format))


def report_guarantees(number: int, sizes: tuple[int, ...]) -> None:
    """Print how often guarantees are given and fail."""
    print("Guarantees at 95 % confidence: the share of hospitals where one is given, and where it fails (at most 0.05)")
    tables = [guarantees(setting, number // (5 if setting.n_patients >= 5000 else 1)) for setting in settings(sizes)]
    table = pd.concat(tables, ignore_index=True)
    print(table.to_string(index=False, float_format="{:.4f}".format))
    beyond = table[table["fails"] - table["±"] > 0.05]
    print(f"settings where more than 0.05 fail beyond Monte Carlo error: {len(beyond)} of {len(table)}")
    print(f"all together: {(table['fails'] * table['hospitals']).sum() / table['hospitals'].sum():.4f} fail")


if __name__ == "__main__":
    main()
