"""Whether stated confidence holds, in simulated hospitals whose truth is known: of guarantees, and of every interval.

python benchmarks/coverage.py [--hospitals 1000] [--sizes 60 624 5000] [--quick] [--every-cell]

Each setting draws many hospitals: patients of one class each, with one image or one to five alike ones. Scores are
normal around +1.75 or -1.75, so the true sensitivity and specificity of any threshold are known in closed form. Every
share stands with the half width of its 95 % Monte Carlo interval.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.evaluation.guarantee import Guarantee, choose_guaranteed  # noqa: E402  (after the root is on the path)
from core.evaluation.one_image import one_image_a_patient  # noqa: E402
from core.evaluation.predictions import Predictions  # noqa: E402
from core.evaluation.sweep import threshold_sweep  # noqa: E402

SIZES = (60, 624, 5000)
PREVALENCES = (0.05, 0.3, 0.62)
MOST_IMAGES = (1, 5)
DISTANCE = 1.75
ALIKE = 0.7  # of the variance of scores within a class, what images of one patient share
ASKED = ({"sensitivity": "0.95"}, {"specificity": "0.90"}, {"sensitivity": "0.90", "specificity": "0.90"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One kind of hospital: its patients, the chance that one is ill, and the most images a patient has."""

    n_patients: int
    prevalence: float
    most_images: int


def true_sensitivity(threshold: float) -> float:
    """Of all ill patients' images, the share at or above ``threshold``."""
    return float(ndtr(DISTANCE - threshold))


def true_specificity(threshold: float) -> float:
    """Of all other images, the share below ``threshold``."""
    return float(ndtr(DISTANCE + threshold))


TRUTH: Mapping[str, Callable[[float], float]] = {"sensitivity": true_sensitivity, "specificity": true_specificity}


def hospital(rng: np.random.Generator, n_patients: int, prevalence: float, images_per_patient: int) -> Predictions:
    """The images of ``n_patients``, each ill with chance ``prevalence`` and with 1 to ``images_per_patient`` images.

    The number of a patient's images says nothing of their scores, so the truth is the same by image and by patient.
    """
    images = rng.integers(1, images_per_patient + 1, n_patients)
    ill = rng.random(n_patients) < prevalence
    patient = np.repeat(np.arange(n_patients), images)
    own = rng.normal(scale=math.sqrt(ALIKE), size=n_patients)[patient]
    logit = (
        np.where(ill[patient], DISTANCE, -DISTANCE) + own + rng.normal(scale=math.sqrt(1 - ALIKE), size=len(patient))
    )
    return Predictions(
        image_id=np.arange(len(patient)).astype(str).astype(object),
        patient_id=patient.astype(str).astype(object),
        y_true=ill[patient].astype(np.int8),
        logit=logit,
    )


def settings(sizes: tuple[int, ...]) -> Iterator[Setting]:
    for n_patients, prevalence, most_images in itertools.product(sizes, PREVALENCES, MOST_IMAGES):
        yield Setting(n_patients=n_patients, prevalence=prevalence, most_images=most_images)


def hospitals(setting: Setting, number: int) -> Iterator[Predictions]:
    """``number`` hospitals of one kind, the same every time."""
    rng = np.random.default_rng([setting.n_patients, round(1000 * setting.prevalence), setting.most_images])
    for _ in range(number):
        yield hospital(rng, setting.n_patients, setting.prevalence, setting.most_images)


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


def monte_carlo_error(share: np.ndarray, number: int) -> np.ndarray:
    """Half the width of the 95 % interval of a share of ``number`` simulations."""
    return 1.96 * np.sqrt(share * (1 - share) / number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--hospitals",
        type=int,
        default=1000,
        help="simulated a setting, half of them for intervals; from 5,000 patients on a fifth of that",
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--quick", action="store_true", help="forty hospitals of 624 patients: whether it runs at all")
    parser.add_argument("--every-cell", action="store_true", help="also print the coverage in each setting")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.hospitals, arguments.sizes = 40, [624]
    report_guarantees(arguments.hospitals, tuple(arguments.sizes))
    # Imported here, as they take their hospitals from this file.
    from benchmarks.coverage_intervals import coverage_of_intervals, report

    intervals = coverage_of_intervals(settings(tuple(arguments.sizes)), arguments.hospitals // 2)
    print()
    print(report(intervals, every_cell=arguments.every_cell))


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
