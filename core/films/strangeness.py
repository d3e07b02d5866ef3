"""Is this a film that the network knows? Distance to the films of train, with a limit that validation sets.

The distance of a film is that of its penultimate features, each in units of its standard deviation over train, to the
tenth nearest of train (Sun, Ming, Zhu and Li, ICML 2022, who scale each film's features to length 1 instead; with that,
pages, noise and hands went unnoticed: docs/strangers.md). The limit is by split conformal prediction on one image of
each patient of validation (Vovk, Gammerman and Shafer 2005): of films exchangeable with them, at most 1 % on average
lie beyond it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.estimates.one_image import one_image_a_patient
from core.evaluation.predictions import Predictions
from core.films.features import Features, read_features
from core.runs.store import Run

ALARMS = "0.01"
"""The share of films like validation's that may be called strange, a decimal numeral."""
FEWEST_PATIENTS = math.ceil(1 / Fraction(ALARMS)) - 1
NEIGHBOURS = 10
_LEAST_SPREAD = np.float32(1e-3)  # a feature that no film of train has


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Acquaintance:
    """What a network knows: the ``points`` of train's features (n, d), in units ``spread`` (d,), and validation's
    distances, ascending.

    A film beyond ``limit`` is strange; where validation has too few patients it is NaN, for the ``reason``.
    """

    image_id: NDArray[np.str_]
    points: NDArray[np.float32]
    spread: NDArray[np.float32]
    validation: NDArray[np.float64]
    limit: float
    reason: str = ""

    def distance(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Of films by their features (m, d), to the tenth nearest film of train, (m,), at least 0."""
        apart = self._apart(features)
        k = min(NEIGHBOURS, len(self.points))
        if not k:
            return np.full(len(features), np.inf)
        tenth: NDArray[np.float64] = np.partition(apart, k - 1, axis=1)[:, k - 1]
        return tenth

    def as_strange(self, distance: float) -> float:
        """The conformal p-value: the share of validation's patients whose film is at least as strange, in (0, 1]."""
        beyond = len(self.validation) - int(np.searchsorted(self.validation, distance, side="left"))
        return (beyond + 1) / (len(self.validation) + 1)

    def nearest(self, features: NDArray[np.floating], most: int = 3) -> list[tuple[str, float]]:
        """The films of train nearest to one film (d,): image id and distance, the nearest first."""
        apart = self._apart(features[np.newaxis])[0]
        return [(str(self.image_id[row]), float(apart[row])) for row in np.argsort(apart, kind="stable")[:most]]

    def _apart(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Distances (m, n) to all films of train."""
        films = features.astype(np.float32) / self.spread
        squares = np.square(films).sum(axis=1)[:, np.newaxis] + np.square(self.points).sum(axis=1)
        apart: NDArray[np.float64] = np.sqrt(np.maximum(squares - 2 * films @ self.points.T, 0), dtype=np.float64)
        return apart


def acquaintance(run: Run) -> Acquaintance | None:
    """What the network of a run knows; None for a run that was made without features."""
    sets = read_features(run)
    if sets is None:
        return None
    train = sets["train"]
    values = train.values.astype(np.float32)
    spread = values.std(axis=0) + _LEAST_SPREAD
    rows = _one_a_patient(run.predictions("validation"))
    found = Acquaintance(
        image_id=train.image_id,
        points=values / spread,
        spread=spread,
        validation=np.empty(0),
        limit=math.nan,
        reason="" if len(rows) >= FEWEST_PATIENTS else too_few(len(rows)),
    )
    if "validation" not in sets or not len(rows) or not len(values):
        return found
    own = np.sort(found.distance(sets["validation"].of(run.predictions("validation").image_id[rows])))
    return replace(found, validation=own, limit=conformal_limit(own))


def conformal_limit(ascending: NDArray[np.float64]) -> float:
    """The distance beyond which a film is strange, of distances of independent films; NaN of too few of them."""
    rank = math.ceil((len(ascending) + 1) * (1 - Fraction(ALARMS)))
    return float(ascending[rank - 1]) if rank <= len(ascending) else math.nan


def too_few(patients: int) -> str:
    """Why there is no limit."""
    return (
        f"validation has {patients} patients, and an alarm in 100 such films cannot be set by fewer than "
        f"{FEWEST_PATIENTS}"
    )


def alarms(known: Acquaintance, predictions: Predictions, features: Features) -> Estimate:
    """The share of a set's images beyond the limit, with patients as clusters; undefined without a limit."""
    if math.isnan(known.limit):
        return Estimate.undefined(known.reason)
    beyond = known.distance(features.of(predictions.image_id)) > known.limit
    patient = predictions.patient_index
    hits, images = (np.bincount(patient[rows], minlength=predictions.n_patients) for rows in (beyond, beyond | True))
    return clustered_wilson(hits, images, reason="no images")


def _one_a_patient(validation: Predictions) -> NDArray[np.int64]:
    """Rows of one image of each patient, whatever its class."""
    return one_image_a_patient(replace(validation, y_true=np.zeros_like(validation.y_true)))
