"""The forest plots of Subgroups."""

from __future__ import annotations

import html
import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation.estimates.intervals import Estimate
from dashboard import theme
from dashboard.charts.style import BENEATH, axis_title, styled

_BAND = {True: "rgba(232, 234, 237, 0.14)", False: "rgba(27, 31, 36, 0.09)"}
_KINDS = (
    ("level, {interval}", False, False, "circle"),
    ("small: read with care", True, False, "circle-open"),
    ("differs from the rest", False, True, "diamond"),
    ("differs, but small", True, True, "diamond-open"),
)
_ROW, _LEGEND_ROW, _AROUND = 46, 20, 104


def forest_figure(
    rows: pd.DataFrame, overall: Estimate, *, title: str, axis: str, perfect: float, solid: bool, dark: bool
) -> go.Figure:
    """One measure of every level that has it (:func:`dashboard.subgroups.tables.forest_rows`), the first on top.

    The line is ``overall``, the band its interval. The axis ends at ``perfect`` or, where that is 0, holds it.
    """
    return _forest(
        rows,
        overall,
        line="all images",
        interval="95 % interval",
        title=title,
        axis=axis,
        perfect=perfect,
        solid=solid,
        dark=dark,
    )


def difference_figure(rows: pd.DataFrame, *, title: str, axis: str, dark: bool) -> go.Figure:
    """How far every level lies from the rest (:func:`dashboard.subgroups.tables.difference_rows`), the line at 0."""
    nothing = Estimate(value=0.0, low=math.nan, high=math.nan, method="")
    return _forest(
        rows,
        nothing,
        line="the rest",
        interval="95 % for all at once",
        title=title,
        axis=axis,
        perfect=0,
        solid=True,
        dark=dark,
    )


def _forest(
    rows: pd.DataFrame,
    overall: Estimate,
    *,
    line: str,
    interval: str,
    title: str,
    axis: str,
    perfect: float,
    solid: bool,
    dark: bool,
) -> go.Figure:
    ink, quiet = theme.ink(dark=dark), theme.quiet_ink(dark=dark)
    figure = go.Figure()
    if math.isfinite(overall.low):
        figure.add_vrect(x0=overall.low, x1=overall.high, fillcolor=_BAND[dark], line_width=0, layer="below")
    figure.add_scatter(
        x=[overall.value] * 2,
        y=[-0.6, len(rows) - 0.4],
        mode="lines",
        name=line,
        hoverinfo="skip",
        line={"color": quiet, "width": 1.8, "dash": "solid" if solid else "6px,3px"},
    )
    height = pd.Series(np.arange(len(rows))[::-1], index=rows.index)
    for name, small, differs, symbol in _KINDS:
        part = rows[(rows["small"] != "").eq(small) & rows["differs"].eq(differs)]
        if len(part):
            _dots(figure, part, height[part.index], name.format(interval=interval), symbol, ink)
    figure.update_yaxes(
        range=[-0.6, len(rows) - 0.4],
        tickvals=height,
        ticktext=[_label(row) for row in rows.to_dict("records")],
        showgrid=False,
        zeroline=False,
    )
    ends = _range(rows, overall, perfect)
    title_of_axis = axis_title(axis, ends[0]) if perfect else axis
    figure.update_xaxes(title=title_of_axis, range=ends, zeroline=perfect == 0, nticks=6)
    tall = _AROUND + _ROW * len(rows) + _LEGEND_ROW * len(figure.data)
    below = {"margin": {"t": 40, "r": 16}, "legend": BENEATH, "showlegend": True}
    return styled(figure, title=title, height=tall, dark=dark, layout=below)


def _dots(figure: go.Figure, part: pd.DataFrame, height: pd.Series, name: str, symbol: str, ink: str) -> None:
    figure.add_scatter(
        x=part["value"],
        y=height,
        mode="markers",
        name=name,
        marker={"size": 11, "symbol": symbol, "color": ink, "line": {"width": 2, "color": ink}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": part["high"] - part["value"],
            "arrayminus": part["value"] - part["low"],
            "color": ink,
            "thickness": 1.6,
            "width": 4,
        },
        text=[_in_words(row) for row in part.to_dict("records")],
        hovertemplate="%{text}<extra></extra>",
    )


def _label(row: dict[Any, Any]) -> str:
    level = str(row["level"])
    short = level if len(level) <= 32 else f"{level[:31]}…"
    counts = f"{theme.counted(row['images'], 'image')}, {theme.counted(row['patients'], 'patient')}"
    return f"{html.escape(short)}<br><span style='font-size:11px'>{counts}</span>"


def _in_words(row: dict[Any, Any]) -> str:
    text = f"{html.escape(str(row['level'])[:80])}<br>{theme.fixed(row['value'], 3)}"
    if math.isfinite(row["low"]):
        text += f" ({theme.fixed(row['low'], 3)} to {theme.fixed(row['high'], 3)})"
    if math.isfinite(row["p_adjusted"]):
        text += f"<br>against the rest: p {theme.rate(row['p'])}, adjusted {theme.rate(row['p_adjusted'])}"
    return text + (f"<br>{row['small']}" if row["small"] else "")


def _range(rows: pd.DataFrame, overall: Estimate, perfect: float) -> list[float]:
    drawn = np.array([*rows[["value", "low", "high"]].to_numpy(dtype=float).ravel(), overall.value, perfect])
    low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    room = 0.05 * max(high - low, 0.02)
    return [low - room, high + room]
