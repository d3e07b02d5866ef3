"""How far one figure lies from another of other images, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.evaluation.estimates.intervals import LEVEL, Estimate, newcombe_difference


def gap(validation: Mapping[str, Any] | Estimate, test: Mapping[str, Any] | Estimate) -> Estimate:
    """How far test falls from what validation promised, test - validation, by Newcombe's interval.

    Takes estimates as objects or as the run folder holds them. Undefined where either is.
    """
    return newcombe_difference(_estimate(test), _estimate(validation))


def apart(difference: Estimate) -> bool:
    """Whether the interval of a difference excludes 0; false where it is undefined."""
    return difference.low > 0 or difference.high < 0


def level_of_each(count: int) -> float:
    """The level of each of ``count`` intervals at which all of them hold together in at least 95 % of cases, however
    they depend on each other (Bonferroni; Dunn 1961). 0.95 for one or none."""
    return LEVEL if count < 2 else 1 - (1 - LEVEL) / count


def _estimate(figure: Mapping[str, Any] | Estimate) -> Estimate:
    return figure if isinstance(figure, Estimate) else Estimate.from_dict(figure)
