"""The search for a threshold as a picture: what must hold, along all thresholds of validation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation.calibration.probability import probability
from dashboard import theme
from dashboard.charts.style import styled
from dashboard.scale import Scale

_TICKS = {1e-9: "1e-9", 1e-6: "1e-6", 0.001: ".001", 0.05: ".05", 0.5: ".5", 0.95: ".95", 0.999: ".999",
          1 - 1e-6: "1 − 1e-6", 1 - 1e-9: "1 − 1e-9"}  # fmt: skip
_SHADE = 0.1
_DASHES = ("solid", "8px,3px")


def search_figure(
    lines: pd.DataFrame, names: dict[str, str], limits: dict[str, float], *, title: str, axis: str,
    chosen: float | None, scale: Scale, dark: bool,
) -> go.Figure:  # fmt: skip
    """The columns ``names`` of ``lines`` (:func:`dashboard.gateway.search_lines`) against the threshold.

    A lower bound is a thin line of its own, ``limits`` are dotted with their words, the thresholds that pass are a
    shaded stretch, and the ``chosen`` one (a logit; None where there is none) is a line across with a marker on each.
    """
    figure = go.Figure()
    low, high = float(lines["threshold"].min()), float(lines["threshold"].max())
    room = 0.02 * (high - low) or 1.0
    for (column, name), dash in zip(names.items(), _DASHES, strict=False):
        _line(figure, lines, column, name, dash, scale, dark)
    for words, value in limits.items():
        figure.add_scatter(
            x=[low - room, high + room], y=[value, value], mode="lines", name=words, hoverinfo="skip",
            line={"dash": "dot", "width": 1.3, "color": theme.ink(dark=dark)},
        )  # fmt: skip
    _passing(figure, lines, dark)
    if chosen is not None:
        _chosen(figure, lines, list(names), chosen, dark)
    figure.update_xaxes(
        title=f"threshold, as {scale.name} probability (logit spacing)", range=[low - room, high + room],
        tickvals=[scale.logit(p) for p in _TICKS], ticktext=[*_TICKS.values()], tickangle=0, zeroline=False,
    )  # fmt: skip
    figure.update_yaxes(title=axis, zeroline=False)
    # The legend stands beneath; on a phone each of its names takes a row.
    figure = styled(figure, title=title, height=340 + 18 * len(figure.data), dark=dark)
    figure.update_layout(legend={"y": -0.25, "yanchor": "top"}, margin={"t": 40})
    return figure


def _line(figure: go.Figure, lines: pd.DataFrame, column: str, name: str, dash: str, scale: Scale, dark: bool) -> None:
    called = probability(lines["threshold"].to_numpy(), scale.temperature)
    common = {"x": lines["threshold"], "mode": "lines", "customdata": called}
    hover = f"%{{y:.3f}} at a threshold of %{{customdata:.4f}}<extra>{name}</extra>"
    figure.add_scatter(
        **common, y=lines[column], name=name, hovertemplate=hover,
        line={"color": theme.ink(dark=dark), "width": 2.2, "dash": dash, "shape": "hv"},
    )  # fmt: skip
    if f"{column}_low" in lines:
        figure.add_scatter(
            **common, y=lines[f"{column}_low"],
            hovertemplate=hover, name=f"lower bound of {name}, each threshold alone",
            line={"color": theme.quiet_ink(dark=dark), "width": 1.3, "dash": dash, "shape": "hv"},
        )  # fmt: skip


def _passing(figure: go.Figure, lines: pd.DataFrame, dark: bool) -> None:
    passing = lines.loc[lines["passes"], "threshold"]
    if len(passing):
        ink = theme.ink(dark=dark)
        figure.add_vrect(x0=float(passing.min()), x1=float(passing.max()), fillcolor=ink, opacity=_SHADE, line_width=0)
        # Named in the legend: words in a narrow stretch would stand beyond it, where nothing holds.
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name="holds here", hoverinfo="skip",
            marker={"symbol": "square", "size": 13, "color": ink, "opacity": 2 * _SHADE},
        )  # fmt: skip


def _chosen(figure: go.Figure, lines: pd.DataFrame, columns: list[str], chosen: float, dark: bool) -> None:
    ink = theme.ink(dark=dark)
    figure.add_vline(x=chosen, line={"color": ink, "width": 1.6})
    row = int(np.argmin(np.abs(lines["threshold"].to_numpy() - chosen)))
    values = [float(lines[column].iloc[row]) for column in columns]
    if all(map(math.isfinite, values)):
        figure.add_scatter(
            x=[chosen] * len(values), y=values, mode="markers", name="found", hoverinfo="skip",
            marker={"color": ink, "size": 11, "symbol": "diamond"},
        )  # fmt: skip
