"""The axis of scores and thresholds: spaced by the logit, labelled by what a logit is called."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.scale import Scale

_TICKS = {1e-9: "1e-9", 1e-6: "1e-6", 0.001: ".001", 0.05: ".05", 0.5: ".5", 0.95: ".95", 0.999: ".999",
          1 - 1e-6: "1 − 1e-6", 1 - 1e-9: "1 − 1e-9"}  # fmt: skip


def score_axis(figure: go.Figure, low: float, high: float, scale: Scale) -> None:
    """Give ``figure`` an x axis of logits around ``low`` to ``high``, labelled by the probabilities of ``scale``."""
    room = 0.02 * (high - low)
    figure.update_xaxes(
        title=f"{scale.name} probability (logit spacing)", range=[low - room, high + room],
        tickvals=[scale.logit(p) for p in _TICKS], ticktext=[*_TICKS.values()], tickangle=0,
    )  # fmt: skip
