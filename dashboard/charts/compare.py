"""Two runs on the same axes: A in ink and solid with filled marks, B quieter and dashed with open ones."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.calibration.reliability import ReliabilityBins
from dashboard import theme
from dashboard.charts.style import BENEATH, IN_PERCENT, SHARES, styled

_HEIGHT = 440
_LOOKS = (("solid", 2.6, "diamond"), ("7px,4px", 2.2, "circle-open"))


class Drawn(NamedTuple):
    """One run: its ``name`` in the legend, its table of points, and where its own threshold lies on the axes (NaN where
    it has none). ``grades``: the points are a reader's few grades, and each is marked."""

    name: str
    points: pd.DataFrame
    x: float = math.nan
    y: float = math.nan
    grades: bool = False


def roc_figure(runs: Sequence[Drawn], *, dark: bool) -> go.Figure:
    """Both ROC curves, of :func:`core.evaluation.curves.curve`."""
    figure = go.Figure()
    quiet = {"color": theme.quiet_ink(dark=dark), "width": 1, "dash": "dot"}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", showlegend=False, line=quiet)
    for place, run in enumerate(runs):
        x, y = [0.0, *(1 - run.points["specificity"])], [0.0, *run.points["sensitivity"]]
        _line(figure, place, x, y, run, dark)
    figure.update_xaxes(title="1 − specificity (share, 0 to 1)")
    figure.update_yaxes(title="sensitivity (share, 0 to 1)")
    return _square(figure, "ROC", dark)


def precision_recall_figure(runs: Sequence[Drawn], *, dark: bool) -> go.Figure:
    """Both precision-recall curves, in steps as average precision counts them."""
    figure = go.Figure()
    for place, run in enumerate(runs):
        _line(figure, place, run.points["sensitivity"], run.points["precision"], run, dark, shape="vh")
    figure.update_xaxes(title="recall = sensitivity (share, 0 to 1)")
    figure.update_yaxes(title="precision (share, 0 to 1)")
    return _square(figure, "Precision-recall", dark)


def calibration_figure(runs: Sequence[tuple[int, str, ReliabilityBins]], words: str, *, dark: bool) -> go.Figure:
    """The share of positives in bins of equal mass against their mean probability, with intervals; each run by its
    place (0 is A), name and bins. ``words`` is how the positives are called."""
    figure = go.Figure()
    quiet = {"color": theme.quiet_ink(dark=dark), "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", showlegend=False, line=quiet)
    for place, name, bins in runs:
        dash, width, symbol = _LOOKS[place]
        colour = _colour(place, dark)
        figure.add_scatter(
            x=bins.mean_predicted,
            y=bins.observed,
            mode="lines+markers",
            name=html.escape(name),
            line={"color": colour, "width": width, "dash": dash},
            marker={"size": 9, "symbol": symbol, "color": colour},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": bins.high - bins.observed,
                "arrayminus": bins.observed - bins.low,
                "color": colour,
                "thickness": 1,
                "width": 3,
            },
            hovertemplate="mean probability %{x:.3f}<br>share %{y:.3f}<extra>" + html.escape(name) + "</extra>",
        )
    figure.update_xaxes(title="calibrated probability (mean of the bin)", **IN_PERCENT)
    figure.update_yaxes(title=f"share {html.escape(words)}", **IN_PERCENT)
    return _square(figure, "Calibration", dark)


def decision_figure(runs: Sequence[tuple[int, str, pd.DataFrame]], *, at: float, dark: bool) -> go.Figure:
    """Net benefit of each run against the threshold probability; ``at`` is the one that the table is counted at."""
    figure = go.Figure()
    quiet = theme.quiet_ink(dark=dark)
    for place, name, worth in runs:
        dash, width, _ = _LOOKS[place]
        _scatter(
            figure,
            worth["probability"],
            worth["net_benefit"],
            name,
            {"color": _colour(place, dark), "width": width, "dash": dash},
        )
    everyone = runs[0][2]
    _scatter(
        figure,
        everyone["probability"],
        everyone["treat_all"],
        "everyone called positive",
        {"color": quiet, "width": 1.6, "dash": "2px,3px"},
    )
    _scatter(figure, [0, 1], [0, 0], "no one", {"color": quiet, "width": 1.2, "dash": "8px,3px,2px,3px"})
    if math.isfinite(at):
        figure.add_vline(x=at, line={"color": quiet, "width": 1, "dash": "dot"})
    best = max(0.05, *(float(worth[["net_benefit", "treat_all"]].max().max()) for *_, worth in runs))
    figure.update_xaxes(title="threshold probability", range=[-0.01, 1.02], zeroline=False, **IN_PERCENT)
    figure.update_yaxes(
        title="net benefit (true positives per image)", range=[-0.2 * best, 1.12 * best], zeroline=False
    )
    return _titled(figure, "Decision curves", dark)


def _colour(place: int, dark: bool) -> str:
    return theme.quiet_ink(dark=dark) if place else theme.ink(dark=dark)


def _line(figure: go.Figure, place: int, x: Any, y: Any, run: Drawn, dark: bool, *, shape: str = "linear") -> None:
    dash, width, symbol = _LOOKS[place]
    colour, name = _colour(place, dark), html.escape(run.name)
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers" if run.grades else "lines",
        name=name,
        legendgroup=name,
        line={"color": colour, "width": width, "dash": dash, "shape": shape},
        marker={"size": 6, "symbol": "circle-open", "color": colour},
        hovertemplate="%{xaxis.title.text}: %{x:.3f}<br>%{yaxis.title.text}: %{y:.3f}<extra>" + name + "</extra>",
    )
    if math.isfinite(run.x) and math.isfinite(run.y):
        figure.add_scatter(
            x=[run.x],
            y=[run.y],
            mode="markers",
            name=f"{name}, its threshold",
            legendgroup=name,
            showlegend=False,
            marker={"size": 13, "symbol": symbol, "color": colour, "line": {"width": 2.5, "color": colour}},
            hovertemplate="%{x:.3f}, %{y:.3f}<extra>" + name + ", at its threshold</extra>",
        )


def _scatter(figure: go.Figure, x: Any, y: Any, name: str, line: dict[str, Any]) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        name=html.escape(name),
        line=line,
        hovertemplate="%{x:.2f}: %{y:.4f}<extra>" + html.escape(name) + "</extra>",
    )


def _square(figure: go.Figure, title: str, dark: bool) -> go.Figure:
    figure.update_xaxes(range=[-0.02, 1.02], tickvals=SHARES, zeroline=False)
    figure.update_yaxes(range=[-0.02, 1.02], tickvals=SHARES, zeroline=False)
    return _titled(figure, title, dark)


def _titled(figure: go.Figure, title: str, dark: bool) -> go.Figure:
    """Its legend beneath, where long names may take a line each."""
    below = {"margin": {"t": 44}, "legend": {"traceorder": "normal", **BENEATH}}
    return styled(figure, title=title, height=_HEIGHT, dark=dark, layout=below)
