"""A validation set drawn from rows that have none: by patient, from a seed, whatever the order of the rows."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.errors import TableError
from core.evaluation.predictions import Texts


def drawn_for_validation(patient_id: Texts, *, share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Which of the images (n,) are drawn for validation: all those of ``share`` of the patients, at least of one.

    Raises :class:`TableError` where there are fewer than two patients, so that both sides cannot have one.
    """
    code, patients = pd.factorize(cast("Any", patient_id), sort=True)
    if len(patients) < 2:
        raise TableError(f"a validation set cannot be drawn from {len(patients)} patients; leave out validation_share")
    count = min(max(round(share * len(patients)), 1), len(patients) - 1)
    drawn = np.random.default_rng(seed).permutation(len(patients))[:count]
    return np.isin(code, drawn)
