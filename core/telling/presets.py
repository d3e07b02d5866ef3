"""The buttons that put the threshold where a rule puts it, always on validation, or where somebody locked one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.evaluation.choosing.operating_point import (
    OperatingPoint,
    Unreachable,
    choose_best_f1,
    choose_with_floor,
    choose_youden,
)
from core.evaluation.sweep import ThresholdSweep
from core.runs.locked_points import LockedPoint
from core.telling import names


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """A rule with its threshold, a logit; None with a ``reason`` where validation cannot meet it.

    ``kind`` is "rule", "locked" for what somebody locked, or "current" for the threshold in use. ``floor`` is the x of
    "at least x", a decimal numeral; empty for rules without one. ``floors`` is all that is promised: rates, each with
    its x.
    """

    kind: str
    name: str
    label: str
    floor: str
    threshold: float | None
    reason: str
    floors: tuple[tuple[str, str], ...] = ()


def presets(validation: ThresholdSweep, floors: Mapping[str, str]) -> tuple[Preset, ...]:
    """Youden, a floor under specificity, a floor under sensitivity, best F1; ``floors`` gives x by rate."""
    specificity, sensitivity = (choose_with_floor(validation, rate, floors[rate]) for rate in floors)
    return (
        _preset("youden", names.RULES["youden"], choose_youden(validation)),
        _preset("specificity", "Specificity at least", specificity, floors["specificity"]),
        _preset("sensitivity", "Sensitivity at least", sensitivity, floors["sensitivity"]),
        _preset("best_f1", names.RULES["best_f1"], choose_best_f1(validation)),
    )


def locked_presets(points: Iterable[LockedPoint]) -> tuple[Preset, ...]:
    """A button for every locked threshold under the name it was given; the threshold is never moved to a score."""
    return tuple(
        Preset(
            kind="locked",
            name=f"locked {point.sequence}",
            label=f"Locked: {point.name}",
            floor="",
            threshold=point.threshold,
            reason="",
            floors=tuple(point.floors.items()),
        )
        for point in points
    )


def _preset(name: str, label: str, point: OperatingPoint | Unreachable, floor: str = "") -> Preset:
    threshold, reason = (None, point.reason) if isinstance(point, Unreachable) else (point.threshold, "")
    return Preset(
        kind="rule",
        name=name,
        label=label,
        floor=floor,
        threshold=threshold,
        reason=reason,
        floors=((name, floor),) if floor else (),
    )
