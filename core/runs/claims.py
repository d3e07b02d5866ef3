"""What a run's test says of its operating points: of their promises, and whether it differs from validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.evaluation.choosing.operating_point import FLOORS, OperatingPoint, choose_with_floor
from core.evaluation.choosing.optimism import choices, optimism, optimism_by_threshold
from core.evaluation.comparing.delivery import judgement_at
from core.evaluation.comparing.difference_from_validation import Difference, differences
from core.evaluation.comparing.promise import Judgement
from core.evaluation.sweep import threshold_sweep
from core.runs.reading import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """Two claims that are never mixed: ``judgements`` of the promised rate, by the name of its operating point, and
    ``differences`` of both rates from validation, by threshold and rate."""

    judgements: Mapping[str, Judgement]
    differences: Mapping[float, Mapping[str, Difference]]


def claims(run: Run) -> Claims:
    """Both claims, empty where validation or test has no images that may be seen."""
    splits = [run.predictions(split) for split in ("validation", "test")]
    if not all(split.n for split in splits):
        return Claims(judgements={}, differences={})
    validation, test = (threshold_sweep(split) for split in splits)
    judgements = {
        point.name: judgement_at(test, point.threshold, rate, floor)
        for rate, floor in FLOORS.items()
        if isinstance(point := choose_with_floor(validation, rate, floor), OperatingPoint)
    }
    rules = choices(FLOORS)
    added = optimism_by_threshold(validation, rules, optimism(splits[0], rules))
    return Claims(judgements=judgements, differences=differences(validation, test, added))
