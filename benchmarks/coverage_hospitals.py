"""Simulated hospitals whose truth is known in closed form.

Scores are normal around +1.75 or -1.75; patients are of one class each, with one image or one to five alike ones.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from core.evaluation.predictions import Predictions

SIZES = (60, 624, 5000)
PREVALENCES = (0.05, 0.3, 0.62)
MOST_IMAGES = (1, 5)
DISTANCE = 1.75
ALIKE = 0.7  # of the variance of scores within a class, what images of one patient share


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One kind of hospital: its patients, the chance that one is ill, and the most images a patient has."""

    n_patients: int
    prevalence: float
    most_images: int

    @property
    def worth(self) -> float:
        """How many patients with equally many images one patient counts for (Kish 1965): mean^2 / mean square of 1 to
        ``most_images``."""
        images = np.arange(1, self.most_images + 1)
        return float(images.mean() ** 2 / np.square(images).mean())


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


def monte_carlo_error(share: np.ndarray, number: int) -> np.ndarray:
    """Half the width of the 95 % interval of a share of ``number`` simulations."""
    return 1.96 * np.sqrt(share * (1 - share) / number)
