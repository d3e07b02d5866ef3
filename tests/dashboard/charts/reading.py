"""Reading numbers back from a figure, as plotly draws them."""

from __future__ import annotations

from typing import Any


def ends(values: Any, bars: Any) -> list[tuple[float, float, float]]:
    """Value, low and high of each dot of a trace, by its error bars along the axis of ``values``."""
    assert bars.type == "data" and bars.symmetric is False, "or both sides would be as long as the upper one"
    pairs = zip(values, bars.arrayminus, bars.array, strict=True)
    return [(value, value - down, value + up) for value, down, up in pairs]
