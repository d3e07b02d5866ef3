"""Runs small enough to count by hand. Validation and test share nothing: no score, no size, no prevalence.

Scores of validation are whole, those of test end in a half, so that a threshold tells where it was chosen. At the
temperature of 2 no calibrated probability but that of 0 is a raw one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from core.config import TrainConfig
from core.evaluation.predictions import Predictions
from core.runs.store import Run

MakeRun = Callable[..., Run]
Patient = tuple[str, int, Sequence[float], str | None]
"""Name, label, the logits of the images, and the site."""

VALIDATION: tuple[Patient, ...] = (
    ("a", 0, (-6, -5), "north"),
    ("b", 0, (-5, -3), "north"),
    ("c", 0, (-4,), "south"),
    ("d", 0, (-3, -2), "south"),
    ("e", 0, (-2, -1), "south"),
    ("f", 0, (-1,), None),
    ("g", 0, (0, 1), "north"),
    ("h", 0, (2,), "south"),
    ("i", 0, (4,), "south"),
    ("i", 1, (5,), "south"),
    ("j", 1, (-2, 1), "north"),
    ("k", 1, (3,), "south"),
    ("l", 1, (6, 7), "north"),
)
"""20 images, 6 of them positive, of 12 patients; one has images of both classes."""

TEST: tuple[Patient, ...] = (
    ("m", 0, (-4.5, -3.5), "south"),
    ("n", 0, (-2.5,), "north"),
    ("o", 0, (-1.5, -0.5), "north"),
    ("p", 0, (0.5,), "south"),
    ("q", 0, (0.5, 1.5), "south"),
    ("r", 0, (2.5,), "north"),
    ("s", 0, (3.5,), "north"),
    ("s", 1, (4.5,), "north"),
    ("t", 0, (5.5,), "south"),
    ("u", 0, (-3.5,), "east"),
    ("v", 1, (-1.5, 0.5), "north"),
    ("w", 1, (1.5,), "south"),
    ("x", 1, (2.5, 2.5, 3.5), "south"),
    ("y", 1, (3.5,), "north"),
    ("z", 1, (4.5, 5.5), "south"),
    ("aa", 1, (5.5,), "north"),
    ("bb", 1, (6.5, 6.5), "south"),
    ("cc", 1, (7.5,), "east"),
    ("dd", 1, (7.5, 8.5, 8.5), "north"),
    ("ee", 1, (9.5,), "south"),
)
"""30 images, 18 of them positive, of 19 patients."""


def split_of(patients: Sequence[Patient], prefix: str) -> Predictions:
    """One image after the other, in the order of the table."""
    rows = [(name, label, logit, site) for name, label, logits, site in patients for logit in logits]
    patient, label, logit, site = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Predictions(
        image_id=np.array([f"{prefix}{row:02d}" for row in range(len(rows))], dtype=object),
        patient_id=np.array(patient, dtype=object),
        y_true=np.array(label, dtype=np.int8),
        logit=np.array(logit, dtype=np.float64),
        subgroups={"site": np.array(site, dtype=object)},
    )


@pytest.fixture
def make_run(tmp_path_factory: pytest.TempPathFactory) -> MakeRun:
    """A run of hand-made splits in a folder of its own; without a ``temperature`` it has no calibrated scale."""

    def make(
        validation: Predictions | None = None, test: Predictions | None = None, temperature: float | None = 2.0
    ) -> Run:
        folder = tmp_path_factory.mktemp("run")
        splits = {
            "validation": split_of(VALIDATION, "v") if validation is None else validation,
            "test": split_of(TEST, "t") if test is None else test,
        }
        records = [
            pd.DataFrame({"image_id": split.image_id, "patient_id": split.patient_id, "split": name})
            for name, split in splits.items()
        ]
        train = pd.DataFrame({"image_id": ["r0", "r1", "r2"], "patient_id": ["A", "A", "B"], "split": "train"})
        return Run(
            run_id=folder.name,
            folder=folder,
            manifest={},
            config=TrainConfig(),
            records=pd.concat([*records, train], ignore_index=True),
            evaluation_sets=splits,
            calibration=None if temperature is None else {"temperature": {"value": temperature}},
            operating_points=None,
            metrics={},
            history=None,
            skipped=None,
            checkpoint=None,
        )

    return make


@pytest.fixture
def counted(make_run: MakeRun) -> Run:
    """The run of :data:`VALIDATION` and :data:`TEST` at a temperature of 2."""
    return make_run()


@pytest.fixture
def exchanged(make_run: MakeRun) -> Run:
    """Another run: the splits have changed places, and the temperature is 0.5."""
    return make_run(split_of(TEST, "v"), split_of(VALIDATION, "t"), temperature=0.5)
