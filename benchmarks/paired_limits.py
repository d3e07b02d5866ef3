"""The paired interval of AUROC against one of both areas' limits on the logit, where hospitals are small.

python -m benchmarks.paired_limits [--hospitals 250] [--sizes 60 250 624]

Two models of the same patients, that truly differ and that are alike, as in ``coverage_paired``. The other limits are
put together from those of both areas (MOVER; Zou and Donner 2008) with the correlation that DeLong's variances say.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from scipy.special import ndtr

from benchmarks.coverage_hospitals import DISTANCE, hospitals, settings
from benchmarks.coverage_paired import WEAKER, second_model
from core.evaluation.comparing.paired_areas import difference_of_areas
from core.evaluation.estimates.discrimination import (
    area_by_image,
    area_by_patient,
    area_variance,
    auroc,
    images_by_class,
)
from core.evaluation.predictions import Predictions


def on_logit(a: Predictions, b: Predictions) -> tuple[float, float]:
    """Limits of the difference of two areas of the same images from each one's own."""
    positive, images, one, other = a.y_true == 1, images_by_class(a), auroc(a), auroc(b)
    parts = [
        [*area_by_patient(positive, own.logit, a.patient_index, a.n_patients)[1:], *area_by_image(positive, own.logit)]
        for own in (a, b)
    ]
    apart = [mine - its for mine, its in zip(*parts, strict=True)]
    of_a, of_b, of_difference = (area_variance(images, *part)[0] for part in (*parts, apart))
    product = math.sqrt(of_a * of_b)
    r = min(max((of_a + of_b - of_difference) / 2 / product, -1.0), 1.0) if product else 0.0

    def reach(x: float, y: float) -> float:
        return math.sqrt(max(x * x + y * y - 2 * r * x * y, 0.0))

    value = one.value - other.value
    low = value - reach(one.value - one.low, other.high - other.value)
    return low, value + reach(one.high - one.value, other.value - other.low)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hospitals", type=int, default=250)
    parser.add_argument("--sizes", type=int, nargs="+", default=[60, 250, 624])
    arguments = parser.parse_args()
    print("Patients, share ill, images, hospitals with limits; share in which each holds the truth, in per cent")
    for setting in settings(tuple(arguments.sizes)):
        for name, distance in (("differ", WEAKER), ("alike", DISTANCE)):
            truth = float(ndtr(math.sqrt(2) * DISTANCE) - ndtr(math.sqrt(2) * distance))
            rng, held = np.random.default_rng([setting.n_patients, setting.most_images]), []
            for first in hospitals(setting, arguments.hospitals):
                second = second_model(first, distance, rng)
                published = difference_of_areas(first, second)[0]
                if not math.isnan(published.low):
                    limits = (published.low, published.high), on_logit(first, second)
                    held.append([low <= truth <= high for low, high in limits])
            delong, mover = 100 * np.mean(held, axis=0)
            print(
                f"{setting.n_patients:6} {setting.prevalence:5} 1 to {setting.most_images} {len(held):5}  {name:6} "
                f"DeLong {delong:5.1f}  on the logit {mover:5.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
