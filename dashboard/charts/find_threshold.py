"""The search for a threshold as a picture: what must hold, along all thresholds of validation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation.choosing.answer import passing_stretches
from core.telling.scale import Scale
from dashboard import theme
from dashboard.charts.score_axis import score_axis
from dashboard.charts.style import styled

_SHADE = 0.1
_DASHES = ("solid", "8px,3px")


def search_figure(
    lines: pd.DataFrame,
    names: dict[str, str],
    limits: dict[str, float],
    *,
    title: str,
    axis: str,
    chosen: float | None,
    scale: Scale,
    dark: bool,
) -> go.Figure:
    """The columns ``names`` of ``lines`` (:func:`dashboard.gateway.search_lines`) against the threshold.

    A lower bound is a thin line of its own, ``limits`` are dotted with their words, the thresholds that pass are
    shaded, stretch by stretch, and the ``chosen`` one (a logit; None where there is none) is a line across with a
    marker on each.
    """
    figure = go.Figure()
    low, high = float(lines["threshold"].min()), float(lines["threshold"].max())
    room = 0.02 * (high - low) or 1.0
    for (column, name), dash in zip(names.items(), _DASHES, strict=False):
        _line(figure, lines, column, name, dash, scale, dark)
    for words, value in limits.items():
        figure.add_scatter(
            x=[low - room, high + room],
            y=[value, value],
            mode="lines",
            name=words,
            hoverinfo="skip",
            line={"dash": "dot", "width": 1.3, "color": theme.ink(dark=dark)},
        )
    _passing(figure, lines, dark)
    if chosen is not None:
        _chosen(figure, lines, list(names), chosen, dark)
    score_axis(figure, low, high, scale, name="threshold, as ")
    figure.update_yaxes(title=axis, zeroline=False)
    # The legend stands beneath; on a phone each of its names takes a row.
    beneath = {"legend": {"y": -0.25, "yanchor": "top"}, "margin": {"t": 40}}
    return styled(figure, title=title, height=340 + 18 * len(figure.data), dark=dark, layout=beneath)


def _line(figure: go.Figure, lines: pd.DataFrame, column: str, name: str, dash: str, scale: Scale, dark: bool) -> None:
    called = scale.probabilities(lines["threshold"].to_numpy())
    common = {"x": lines["threshold"], "mode": "lines", "customdata": called}
    hover = f"%{{y:.3f}} at a threshold of %{{customdata:.4f}}<extra>{name}</extra>"
    figure.add_scatter(
        **common,
        y=lines[column],
        name=name,
        hovertemplate=hover,
        line={"color": theme.ink(dark=dark), "width": 2.2, "dash": dash, "shape": "hv"},
    )
    if f"{column}_low" in lines:
        figure.add_scatter(
            **common,
            y=lines[f"{column}_low"],
            hovertemplate=hover,
            name=f"lower bound of {name}, each threshold alone",
            line={"color": theme.quiet_ink(dark=dark), "width": 1.3, "dash": dash, "shape": "hv"},
        )


def _passing(figure: go.Figure, lines: pd.DataFrame, dark: bool) -> None:
    ink, passing = theme.ink(dark=dark), passing_stretches(lines)
    for low, high in passing:
        figure.add_vrect(x0=low, x1=high, fillcolor=ink, opacity=_SHADE, line_width=0)
    if passing:
        # Named in the legend: words in a narrow stretch would stand beyond it, where nothing holds.
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name="holds here",
            hoverinfo="skip",
            marker={"symbol": "square", "size": 13, "color": ink, "opacity": 2 * _SHADE},
        )


def _chosen(figure: go.Figure, lines: pd.DataFrame, columns: list[str], chosen: float, dark: bool) -> None:
    ink = theme.ink(dark=dark)
    figure.add_vline(x=chosen, line={"color": ink, "width": 1.6})
    row = int(np.argmin(np.abs(lines["threshold"].to_numpy() - chosen)))
    values = [float(lines[column].iloc[row]) for column in columns]
    if all(map(math.isfinite, values)):
        figure.add_scatter(
            x=[chosen] * len(values),
            y=values,
            mode="markers",
            name="found",
            hoverinfo="skip",
            marker={"color": ink, "size": 11, "symbol": "diamond"},
        )
