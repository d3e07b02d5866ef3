"""What a reader of the page Compare chooses."""

from __future__ import annotations

import json

from dashboard.state import Choice

MOST_ALARMS = 1000.0


def _alarms(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.1 <= value <= MOST_ALARMS else None


def _names(text: str) -> tuple[str, ...] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(found, list) and all(isinstance(name, str) for name in found)
    return tuple(found) if whole else None


OTHER = Choice[str]("with", "compare_with", of_run=True, of_selection=True)
"""The run that is B."""
OWN_POINT = Choice[str]("at", "compare_at", of_run=True, of_selection=True)
OTHER_POINT = Choice[str]("with_at", "compare_with_at", of_run=True, of_selection=True)
"""At which threshold A and B are, by the names of :func:`core.runs.compare.points_of`."""
ALARMS = Choice[float]("alarms_a_miss", "compare_alarms", read=_alarms, write=repr)
"""How many false alarms one missed child is worth."""
SIDE = Choice[str]("right", "compare_side", of_selection=True)
"""Who alone is right on the images listed: "a" or "b"."""
FURTHER = Choice[tuple[str, ...]](
    "also", "compare_also", read=_names, write=lambda names: json.dumps(names, separators=(",", ":")), of_run=True
)
"""Further runs whose pairs are tested with this one."""
