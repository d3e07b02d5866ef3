"""How far one figure lies from another of other images, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.evaluation.estimates.intervals import Estimate, newcombe_difference


def gap(validation: Mapping[str, Any] | Estimate, test: Mapping[str, Any] | Estimate) -> Estimate:
    """How far test falls from what validation promised, test - validation, by Newcombe's interval.

    Takes estimates as objects or as the run folder holds them. Undefined where either is.
    """
    return newcombe_difference(_estimate(test), _estimate(validation))


def apart(difference: Estimate) -> bool:
    """Whether the interval of a difference excludes 0; false where it is undefined."""
    return difference.low > 0 or difference.high < 0


def _estimate(figure: Mapping[str, Any] | Estimate) -> Estimate:
    return figure if isinstance(figure, Estimate) else Estimate.from_dict(figure)
