"""The axis of scores and thresholds: spaced by the logit, labelled by what a logit is called."""

from __future__ import annotations

import math
from itertools import pairwise

import plotly.graph_objects as go

from core.telling.scale import Scale

_SHARES = (0.5, 0.1, 0.01, 0.2, 0.05, 0.3, 0.001, 0.4, 0.25)
_POWERS = (6, 4, 9, 20, 50, 100, 200, 300)
_LETTER, _GAP = 0.026, 0.03
"""Of a narrow axis: what a letter of a label takes, and what is free between two labels."""


def score_axis(figure: go.Figure, low: float, high: float, scale: Scale, *, name: str = "") -> None:
    """Give ``figure`` an x axis of logits around ``low`` to ``high``, labelled by the probabilities of ``scale``.

    ``name`` says what is called so, where that is not the score of an image.
    """
    room = 0.02 * (high - low) or 1.0
    figure.update_xaxes(title=f"{name}{scale.called}", range=[low - room, high + room], zeroline=False)
    if scale.is_probability:
        ticks = _ticks(low - room, high + room, scale)
        figure.update_xaxes(
            title=f"{name}{scale.called} ({scale.unit} spacing)",
            tickvals=list(ticks),
            ticktext=[*ticks.values()],
            tickangle=0,
        )


def _ticks(low: float, high: float, scale: Scale) -> dict[float, str]:
    """As many round probabilities as there is room for, by the logits that are called so; the middle ones first.

    Where p and 1 − p both lie on the axis, both have a tick or neither has.
    """
    placed: dict[float, str] = {}
    for pair in _round_probabilities():
        called = {scale.temperature * (log_odds - scale.shift) + scale.midpoint: label for log_odds, label in pair}
        ticks = placed | {x: label for x, label in called.items() if low <= x <= high}
        if all(_apart(left, right, high - low) for left, right in pairwise(sorted(ticks.items()))):
            placed = ticks
    return dict(sorted(placed.items()))


def _apart(left: tuple[float, str], right: tuple[float, str], width: float) -> bool:
    """Whether two labels stand clear of each other on an axis of this ``width``."""
    (x, a), (y, b) = left, right
    return y - x >= width * (_GAP + _LETTER * (len(a) + len(b)) / 2)


def _round_probabilities() -> list[list[tuple[float, str]]]:
    """Log odds and labels of p and 1 − p, pair by pair; written as log odds, as a float cannot hold 1 − 1e-50."""
    shares = [
        [(math.log(p / (1 - p)), f"{p:g}".removeprefix("0")) for p in dict.fromkeys((share, round(1 - share, 3)))]
        for share in _SHARES
    ]
    ends = [[(-power * math.log(10), f"1e-{power}"), (power * math.log(10), f"1 − 1e-{power}")] for power in _POWERS]
    return shares + ends
