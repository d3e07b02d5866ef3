"""The figures of Utility. The threshold is a line of ink across each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.telling.scale import Scale
from dashboard import theme
from dashboard.charts.score_axis import score_axis
from dashboard.charts.style import BENEATH, IN_PERCENT, SHARES, band, styled

_HEIGHT = 470
_LATE = 0.75
_LINES = (
    ("sensitivity", "sensitivity", theme.POSITIVE, "solid"),
    ("precision", "PPV", theme.POSITIVE, "6px,3px"),
    ("specificity", "specificity", theme.NEGATIVE, "solid"),
    ("npv", "NPV", theme.NEGATIVE, "6px,3px"),
)


def decision_figure(curve: pd.DataFrame, *, shown: str, now: float, worth: float, dark: bool) -> go.Figure:
    """Net benefit against the threshold probability (:func:`core.evaluation.worth.utility.decision_curve`).

    The model of the scale ``shown`` has its band; ``now`` is the probability of the current threshold and ``worth``
    its net benefit, NaN where it has none.
    """
    ink, quiet = theme.ink(dark=dark), theme.quiet_ink(dark=dark)
    figure = go.Figure()
    for name, rows in sorted(curve.groupby("model"), key=lambda entry: entry[0] == shown):
        loud = name == shown
        if loud:
            _band(figure, rows["probability"], rows["low"], rows["high"], "95 % interval, pointwise", dark)
        line = {"color": ink if loud else quiet, "width": 2.6 if loud else 1.8, "dash": "solid" if loud else "6px,3px"}
        _line(figure, rows["probability"], rows["net_benefit"], f"model, {name}", line)
    own = curve[curve["model"] == shown]
    _line(
        figure,
        own["probability"],
        own["treat_all"],
        "everyone called positive",
        {"color": quiet, "width": 1.8, "dash": "2px,3px"},
    )
    _line(figure, [0, 1], [0, 0], "no one", {"color": quiet, "width": 1.4, "dash": "8px,3px,2px,3px"})
    _now(figure, now, worth, "threshold now", dark, late=now > _LATE)
    best = float(max(0.05, curve[["net_benefit", "treat_all"]].max().max(), own["high"].max()))
    figure.update_xaxes(title="threshold probability", range=[-0.01, 1.02], zeroline=False, **IN_PERCENT)
    figure.update_yaxes(
        title="net benefit (true positives per image)", range=[-0.2 * best, 1.12 * best], zeroline=False
    )
    return _titled(figure, "What the model is worth by price of a false alarm", dark=dark)


def cost_figure(
    least: pd.DataFrame, choices: pd.DataFrame | None, here: pd.DataFrame, *, now: float, dark: bool
) -> go.Figure:
    """Normalised expected cost against PC(+) (:mod:`core.evaluation.worth.cost_curve`).

    ``least`` is the envelope in hindsight, ``choices`` that of validation's thresholds on these images, ``here`` the
    current threshold with limits, ``now`` the PC(+) that it speaks of on this split.
    """
    ink, quiet = theme.ink(dark=dark), theme.quiet_ink(dark=dark)
    figure = go.Figure()
    _line(figure, [0, 0.5, 1], [0, 0.5, 0], "best without a model", {"color": quiet, "width": 1.8, "dash": "2px,3px"})
    name = "least of all thresholds" if choices is None else "least of all thresholds, in hindsight"
    _line(figure, least["pc"], least["cost"], name, {"color": quiet, "width": 1.8, "dash": "6px,3px"})
    if choices is not None:
        line = {"color": ink, "width": 1.6, "dash": "8px,3px,2px,3px"}
        _line(figure, choices["pc"], choices["cost"], "thresholds that validation chose", line)
    _band(figure, here["pc"], here["low"], here["high"], "95 % interval, threshold now", dark)
    _line(figure, here["pc"], here["cost"], "threshold now", {"color": ink, "width": 2.6, "dash": "solid"})
    cost = float(np.interp(now, here["pc"], here["cost"]))
    _now(figure, now, cost, "PC(+) now", dark, late=now > _LATE)
    highest = max(float(frame.max()) for frame in (here["high"], least["cost"], pd.Series([0.1])))
    if choices is not None:
        highest = max(highest, float(choices["cost"].max()))
    figure.update_xaxes(
        title="PC(+): misses' share of the worst cost", range=[-0.01, 1.02], tickvals=SHARES, zeroline=False
    )
    figure.update_yaxes(
        title="cost (share of the worst)", range=[-0.03 * highest, min(1.2 * highest, 1.02)], zeroline=False
    )
    return _titled(figure, "What errors cost at any prevalence and price", dark=dark)


def rates_figure(table: pd.DataFrame, *, now: float, scale: Scale, dark: bool) -> go.Figure:
    """Every rate against the threshold (:func:`~core.evaluation.worth.utility.rates_by_threshold`), in steps.

    ``now`` is the current threshold, a logit.
    """
    ink = theme.ink(dark=dark)
    figure = go.Figure()
    for column, name, colour, dash in (
        *_LINES,
        ("f1", "F1", theme.quiet_ink(dark=dark), "solid"),
        ("net_benefit", "net benefit", ink, "2px,3px"),
    ):
        # Between two scores the counts are those of the upper one.
        _line(
            figure,
            table["threshold"],
            table[column],
            name,
            {"color": colour, "width": 2, "dash": dash, "shape": "hv"},
            customdata=[theme.probability(scale.probability(value)) for value in table["threshold"]],
            hover="threshold %{customdata}: %{y:.3f}",
        )
    low, high = min(table["threshold"].min(), now), max(table["threshold"].max(), now)
    _now(figure, now, math.nan, "threshold now", dark, late=now - low > _LATE * (high - low))
    score_axis(figure, float(low), float(high) if high > low else float(low) + 1, scale)
    figure.update_yaxes(title="rate, or true positives per image (net benefit)", range=[-0.12, 1.04], zeroline=True)
    return _titled(figure, "Rates and net benefit, at any threshold", dark=dark)


def _titled(figure: go.Figure, title: str, *, dark: bool) -> go.Figure:
    """Its legend beneath, where it may take one line or six: on a phone there is no room for it beside the title."""
    below = {"margin": {"t": 54}, "legend": {"traceorder": "normal", **BENEATH}}
    return styled(figure, title=title, height=_HEIGHT, dark=dark, layout=below)


def _line(
    figure: go.Figure,
    x: Any,
    y: Any,
    name: str,
    line: dict[str, Any],
    *,
    customdata: Any = None,
    hover: str = "%{x:.3f}: %{y:.4f}",
) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        name=name,
        line=line,
        customdata=customdata,
        hovertemplate=f"{hover}<extra>{name}</extra>",
    )


def _band(figure: go.Figure, x: pd.Series, low: pd.Series, high: pd.Series, name: str, dark: bool) -> None:
    known = low.notna() & high.notna()
    x, low, high = x[known], low[known], high[known]
    band(figure, [*x, *x[::-1]], [*high, *low[::-1]], name=name, dark=dark)


def _now(figure: go.Figure, x: float, y: float, name: str, dark: bool, *, late: bool) -> None:
    """A line at ``x`` with a dot at ``y``; its name stands over the picture, where no line runs, and ends at the line
    where it comes ``late``."""
    ink = theme.ink(dark=dark)
    figure.add_vline(x=x, line={"color": ink, "width": 1.2})
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        name=name,
        showlegend=False,
        hovertemplate=f"{name}: %{{y:.4f}}<extra></extra>",
        marker={"size": 11, "symbol": "diamond", "color": ink},
    )
    figure.add_annotation(
        x=x,
        y=1,
        yref="paper",
        yanchor="bottom",
        text=name,
        showarrow=False,
        xanchor="right" if late else "left",
        font={"size": 11, "color": ink},
    )
