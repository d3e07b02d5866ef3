"""The figures of a set without the images that it may share with the data of the fit, and of those alone."""

from __future__ import annotations

from dataclasses import dataclass

from core.evaluation.estimates.discrimination import Mask, auroc
from core.evaluation.estimates.intervals import Estimate
from core.evaluation.predictions import Predictions


@dataclass(frozen=True, kw_only=True, slots=True)
class Parted:
    """A set in two: ``images`` of ``patients`` that are shared, the AUROC of all, of the ``rest`` and of the
    ``shared``; undefined where a part has no images of a class."""

    images: int
    patients: int
    all: Estimate
    rest: Estimate
    shared: Estimate


def part(predictions: Predictions, shared: Mask) -> Parted:
    """``predictions`` parted by ``shared`` (n,), each part with its area and interval, patients as clusters."""
    own = predictions.where(shared)
    return Parted(
        images=own.n,
        patients=own.n_patients,
        all=auroc(predictions),
        rest=auroc(predictions.where(~shared)),
        shared=auroc(own),
    )
