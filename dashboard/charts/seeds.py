"""How far a run's figures move with the seed of its fit: a row a figure, a dot a fit."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from dashboard import theme
from dashboard.charts.style import axis_title, styled

_ROW = 30


def seeds_figure(values: pd.DataFrame, names: list[str], opened: str, *, dark: bool) -> go.Figure:
    """``values`` (figures, runs) of rates and areas in [0, 1], called ``names``; the run ``opened`` is filled."""
    figure, ink, quiet = go.Figure(), theme.ink(dark=dark), theme.quiet_ink(dark=dark)
    rows = list(range(len(names)))[::-1]
    for row, (low, high) in zip(rows, values.agg(["min", "max"], axis=1).itertuples(index=False), strict=True):
        figure.add_scatter(
            x=[low, high],
            y=[row, row],
            mode="lines",
            line={"color": quiet, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )
    for run in values.columns:
        own = run == opened
        figure.add_scatter(
            x=values[run],
            y=rows,
            mode="markers",
            name="the opened run" if own else "other seeds",
            showlegend=own or run == next(name for name in values.columns if name != opened),
            marker={"size": 10, "color": ink, "symbol": "circle" if own else "circle-open", "line": {"width": 1.5}},
            hovertemplate="%{x:.3f}<extra>" + theme.escaped((run, ""))[0] + "</extra>",
        )
    low = max(0.0, float(values.min().min()) - 0.05)
    said = axis_title("value of the figure", low).replace("; ", "<br>")  # beside long names a phone has half a line
    figure.update_xaxes(title=said, range=[low, 1.02])
    figure.update_yaxes(tickvals=rows, ticktext=[theme.escaped((name, ""))[0] for name in names])
    return styled(figure, title="Each figure in every fit", height=120 + _ROW * len(names), dark=dark)
