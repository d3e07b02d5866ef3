"""Small splits to compute with: any labels and logits, with patients of one or several images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]


def _make(y_true: Any, logit: Any, patient: Any = None) -> Predictions:
    n = len(y_true)
    patient = np.arange(n) if patient is None else np.asarray(patient)
    return Predictions(
        image_id=np.array([f"image{row}" for row in range(n)], dtype=object),
        patient_id=np.array([f"patient{number}" for number in patient], dtype=object),
        y_true=np.asarray(y_true),
        logit=np.asarray(logit),
    )


@pytest.fixture(scope="session")
def make() -> Make:
    """Predictions from labels, logits and patient numbers; without the last, one image a patient."""
    return _make


@pytest.fixture(scope="session")
def single() -> Predictions:
    """400 images of 400 patients, overlapping classes, some scores tied."""
    rng = np.random.default_rng(1)
    y_true = (rng.random(400) < 0.4).astype(int)
    return _make(y_true, np.round(rng.normal(size=400) + 1.5 * y_true - 0.5, 2))


@pytest.fixture(scope="session")
def clustered() -> Predictions:
    """600 patients of 1 to 5 images whose scores are alike; a sixth of the patients have images of both classes."""
    rng = np.random.default_rng(2)
    patient = np.repeat(np.arange(600), rng.integers(1, 6, 600))
    ill = (rng.random(600) < 0.45)[patient]
    mixed = (rng.random(600) < 1 / 6)[patient]
    y_true = np.where(mixed, rng.random(len(patient)) < 0.5, ill).astype(int)
    alike = rng.normal(size=600)[patient]
    logit = np.round(alike + 0.6 * rng.normal(size=len(patient)) + 1.8 * y_true - 0.7, 2)
    return _make(y_true, logit, patient)


@pytest.fixture(scope="session")
def dominated() -> Predictions:
    """60 patients of 1 to 3 images beside one with half of all images, which are of both classes."""
    rng = np.random.default_rng(3)
    patient = np.repeat(np.arange(60), rng.integers(1, 4, 60))
    patient = np.concatenate([patient, np.full(len(patient), 60)])
    ill = np.where(patient == 60, rng.random(len(patient)) < 0.5, (rng.random(61) < 0.5)[patient]).astype(int)
    return _make(ill, np.round(rng.normal(size=len(patient)) + 1.5 * ill - 0.75, 2), patient)


@pytest.fixture(scope="session")
def doubled() -> Callable[[Predictions], Predictions]:
    """The same split with every image twice, within its patient."""

    def of(split: Predictions) -> Predictions:
        return _make(*(np.repeat(values, 2) for values in (split.y_true, split.logit, split.patient_index)))

    return of
