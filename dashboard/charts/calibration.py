"""The figures of Calibration."""

from __future__ import annotations

import html
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.evaluation.calibration.reliability import ReliabilityBins
from core.evaluation.calibration.smooth import SmoothCurve
from core.evaluation.predictions import IntArray
from dashboard import theme
from dashboard.charts.style import BENEATH, IN_PERCENT, band, styled

_LIGHTER = "rgba(255, 255, 255, 0.22)"
_MOST_BARS_WITH_NUMBERS = 12


def reliability_figure(
    bins: ReliabilityBins, counts: IntArray, words: tuple[str, str], *, title: str, solid: bool, dark: bool
) -> go.Figure:
    """The share of positives in each bin against its mean probability, over the images by class on the same axis.

    ``counts`` (2, bars) are images by class in bars of equal width, ``words`` how the classes are called (negative,
    positive). Dots are ``solid`` or open; those whose interval misses the diagonal are diamonds.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.05)
    quiet = theme.quiet_ink(dark=dark)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": quiet, "width": 1.5, "dash": "dot"},
        showlegend=False,
        hoverinfo="skip",
        row=1,
        col=1,
    )
    off = (bins.low > bins.mean_predicted) | (bins.high < bins.mean_predicted)
    filled = bins.count > 0
    for name, symbol, chosen in (("bin, 95 % interval", "circle", ~off), (theme.DIFFERS, "diamond", off)):
        rows = np.flatnonzero(filled & chosen)
        if len(rows):
            _dots(figure, bins, rows, name, symbol if solid else f"{symbol}-open", dark=dark)
    _bars(figure, counts, words, dark=dark)
    figure.update_xaxes(range=[-0.02, 1.02], zeroline=False, **IN_PERCENT)
    figure.update_xaxes(title="predicted probability", row=2, col=1)
    figure.update_yaxes(
        title=f"share {html.escape(words[1])}", range=[-0.03, 1.03], zeroline=False, row=1, col=1, **IN_PERCENT
    )
    figure.update_yaxes(
        title="images", range=[0, 1.25 * max(int(counts.sum(axis=0).max()), 1)], nticks=4, tickformat="~s", row=2, col=1
    )
    below = {"barmode": "stack", "margin": {"t": 44}, "legend": {"traceorder": "normal", **BENEATH}}
    return styled(figure, title=title, height=520, dark=dark, layout=below)


def recalibration_figure(curves: pd.DataFrame, names: dict[str, str], *, dark: bool) -> go.Figure:
    """What each way of recalibration, a column of ``curves``, makes of the raw probability in the column ``raw``."""
    figure = go.Figure()
    for column, dash in zip(names, ("solid", "dash", "dot"), strict=True):
        figure.add_scatter(
            x=curves["raw"],
            y=curves[column],
            mode="lines",
            name=names[column],
            line={"color": theme.ink(dark=dark), "width": 2, "dash": dash},
            hovertemplate="%{x:.3f} becomes %{y:.3f}<extra>" + names[column] + "</extra>",
        )
    figure.update_xaxes(title="raw probability", range=[-0.02, 1.02], zeroline=False, **IN_PERCENT)
    figure.update_yaxes(title="recalibrated probability", range=[-0.03, 1.03], zeroline=False, **IN_PERCENT)
    return styled(figure, title="What each way makes of a raw probability", height=360, dark=dark)


def smooth_figure(curves: Mapping[str, SmoothCurve], positives: str, *, loud: str, dark: bool) -> go.Figure:
    """Smooth calibration curves by scale; the ``loud`` one in ink with its band, the other dashed and quieter."""
    figure = go.Figure()
    quiet = theme.quiet_ink(dark=dark)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": quiet, "width": 1.5, "dash": "dot"},
        showlegend=False,
        hoverinfo="skip",
    )
    for name, curve in sorted(curves.items(), key=lambda entry: entry[0] == loud):
        if name == loud:
            known = np.isfinite(curve.low)
            for part in np.split(np.arange(len(known)), np.flatnonzero(np.diff(known)) + 1):
                if known[part[0]]:
                    there = np.concatenate([part, part[::-1]])
                    edges = np.concatenate([curve.high[part], curve.low[part][::-1]])
                    band(figure, curve.predicted[there], edges, name="95 % band, pointwise", dark=dark)
        line = (
            {"color": theme.ink(dark=dark), "width": 2.6}
            if name == loud
            else {"color": quiet, "width": 1.8, "dash": "6px,3px"}
        )
        figure.add_scatter(
            x=curve.predicted,
            y=curve.observed,
            mode="lines",
            name=theme.SCALES[name],
            line=line,
            hovertemplate="%{x:.3f} is seen as %{y:.3f}<extra>" + theme.SCALES[name] + "</extra>",
        )
    figure.update_xaxes(title="predicted probability", range=[-0.02, 1.02], zeroline=False, **IN_PERCENT)
    figure.update_yaxes(title=f"share {html.escape(positives)}", range=[-0.03, 1.03], zeroline=False, **IN_PERCENT)
    below = {"margin": {"t": 44}, "legend": {"traceorder": "normal", **BENEATH}}
    return styled(figure, title="Calibration, smooth", height=420, dark=dark, layout=below)


def _dots(figure: go.Figure, bins: ReliabilityBins, rows: Any, name: str, symbol: str, *, dark: bool) -> None:
    ink = theme.ink(dark=dark)
    observed = bins.observed[rows]
    figure.add_scatter(
        x=bins.mean_predicted[rows],
        y=observed,
        mode="markers",
        name=name,
        marker={"size": 10, "symbol": symbol, "color": ink, "line": {"width": 2, "color": ink}},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": bins.high[rows] - observed,
            "arrayminus": observed - bins.low[rows],
            "color": ink,
            "thickness": 1.5,
            "width": 4,
        },
        text=[_in_words(bins, b) for b in rows],
        hovertemplate="%{text}<extra></extra>",
        row=1,
        col=1,
    )


def _in_words(bins: ReliabilityBins, b: int) -> str:
    limits = f"{100 * bins.low[b]:.1f} to {100 * bins.high[b]:.1f} %"
    if np.isnan(bins.low[b]):
        limits = theme.NO_INTERVAL
    return (
        f"given {theme.percent_range(bins.edges[b], bins.edges[b + 1])}: {theme.counted(int(bins.count[b]), 'image')}"
        f"<br>mean probability {100 * bins.mean_predicted[b]:.1f} %"
        f"<br>observed {100 * bins.observed[b]:.1f} % ({limits})"
    )


def _bars(figure: go.Figure, counts: IntArray, words: tuple[str, str], *, dark: bool) -> None:
    n_bars = counts.shape[1]
    edges = np.linspace(0, 1, n_bars + 1)
    centre, total = (edges[:-1] + edges[1:]) / 2, counts.sum(axis=0)
    ranges = [theme.percent_range(low, high) for low, high in pairwise(edges)]
    classes = ((theme.NEGATIVE, ""), (theme.POSITIVE, "/"))
    for row, (colour, pattern), word in zip(counts, classes, map(html.escape, words), strict=True):
        figure.add_bar(
            x=centre,
            y=row,
            width=0.92 / n_bars,
            name=word,
            customdata=ranges,
            marker={"color": colour, "pattern": {"shape": pattern, "bgcolor": colour, "fgcolor": _LIGHTER, "size": 6}},
            hovertemplate="%{customdata}: %{y:,} images " + word + "<extra></extra>",
            row=2,
            col=1,
        )
    if n_bars <= _MOST_BARS_WITH_NUMBERS:
        figure.add_scatter(
            x=centre,
            y=total,
            mode="text",
            text=[_short(n) if n else "" for n in total.tolist()],
            textposition="top center",
            textfont={"size": 11, "color": theme.quiet_ink(dark=dark)},
            showlegend=False,
            hoverinfo="skip",
            cliponaxis=False,
            row=2,
            col=1,
        )


def _short(number: int) -> str:
    """A count in the space over a bar: 624, 1.2k, 413k, 1.3M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:.1f}{letter}" if number < 10 * size else f"{number / size:.0f}{letter}"
    return str(number)
