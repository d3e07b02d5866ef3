"""The figure of the stress test."""

from __future__ import annotations

import html
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.charts.style import BENEATH, axis_title, styled

_OFFSETS = {1: 0.26, 2: 0.0, 3: -0.26}
_SIZES = {1: 7, 2: 10, 3: 13}
_LOUD = "#e69f00"
_ALIKE, _LOSS, _GAIN = theme.ALIKE, f"{theme.DIFFERS}: a loss", f"{theme.DIFFERS}: a gain"
_LOOKS = {_ALIKE: "circle", _LOSS: "diamond", _GAIN: "diamond-open"}
_ROW, _FRAME = 46, 130  # pixels


def rate_figure(table: pd.DataFrame, rate: str, *, axis: tuple[float, float], dark: bool) -> go.Figure:
    """A rate under every shift: three dots with intervals a row, from mild to strong, beside the unshifted line.

    ``table`` is :func:`dashboard.stress_test.tables.shift_table`, ``axis`` the range of rates shown. Dots whose paired
    change chance does not explain are diamonds, those of a loss in amber.
    """
    figure = go.Figure()
    unshifted, shifted = table.iloc[0], table.iloc[1:]
    names = list(dict.fromkeys(shifted["title"]))
    height = -shifted["title"].map({name: row for row, name in enumerate(names)}) + shifted["strength"].map(_OFFSETS)
    kinds = np.where(shifted[f"{rate}_change"] < 0, _LOSS, _GAIN)
    kinds = np.where(shifted[f"{rate}_differs"].astype(bool), kinds, _ALIKE)
    for kind in _LOOKS:
        _dots(figure, shifted[kinds == kind], height[kinds == kind], rate, kind, dark=dark)
    ink = theme.ink(dark=dark)
    figure.add_vrect(
        x0=unshifted[f"{rate}_low"],
        x1=unshifted[f"{rate}_high"],
        fillcolor=ink,
        opacity=0.1,
        line_width=0,
        layer="below",
    )
    figure.add_vline(x=unshifted[rate], line={"color": ink, "width": 1.5})
    figure.update_xaxes(
        title=axis_title(f"{theme.RATES[rate].lower()}, 95 % interval", axis[0]), range=axis, zeroline=False
    )
    figure.update_yaxes(
        range=[0.6 - len(names), 0.6],
        tickvals=-np.arange(len(names)),
        ticktext=[html.escape(name) for name in names],
        showgrid=False,
        zeroline=False,
    )
    for row in range(len(names) - 1):
        figure.add_hline(y=-row - 0.5, line={"color": theme.quiet_ink(dark=dark), "width": 0.5}, opacity=0.35)
    title = f"{theme.RATES[rate]}; unshifted {theme.rate(unshifted[rate])} (line)"
    below = {"margin": {"t": 44}, "legend": BENEATH}
    return styled(figure, title=title, height=_FRAME + _ROW * len(names), dark=dark, layout=below)


def _dots(figure: go.Figure, rows: pd.DataFrame, height: pd.Series[float], rate: str, kind: str, *, dark: bool) -> None:
    ink, quiet = theme.ink(dark=dark), theme.quiet_ink(dark=dark)
    colour = quiet if kind == _ALIKE else ink
    loud = kind == _LOSS
    figure.add_scatter(
        x=rows[rate],
        y=height,
        mode="markers",
        name=kind,
        showlegend=True,
        cliponaxis=False,
        marker={
            "size": rows["strength"].map(_SIZES),
            "symbol": _LOOKS[kind],
            "opacity": 1,
            "color": _LOUD if loud else colour,
            "line": {"width": 1.5 if loud else 0, "color": ink},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": rows[f"{rate}_high"] - rows[rate],
            "arrayminus": rows[rate] - rows[f"{rate}_low"],
            "color": colour,
            "thickness": 1.2,
            "width": 0,
        },
        text=[_in_words(row, rate) for row in rows.to_dict("records")],
        hovertemplate="%{text}<extra></extra>",
    )


def _in_words(row: dict[Any, Any], rate: str) -> str:
    value, low, high, change, change_low, change_high = (
        row[name]
        for name in (rate, f"{rate}_low", f"{rate}_high", f"{rate}_change", f"{rate}_change_low", f"{rate}_change_high")
    )
    of_change = Estimate(value=change, low=change_low, high=change_high, method="")
    return (
        f"{row['title']}, {theme.STRENGTHS[row['strength']]}: {row['amount']}<br>"
        f"{theme.RATES[rate].lower()} {theme.rate(value)} ({theme.rate(low)} to {theme.rate(high)})<br>"
        "change {} ({})".format(*theme.difference(of_change))
    )
