"""Sensitivity and specificity at one threshold, a row a hospital."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.evaluation.comparing.across_hospitals import RATES
from core.evaluation.comparing.next_hospital import NextHospital
from dashboard import theme
from dashboard.charts.style import axis_title, styled

_MEAN, _NEXT = "mean of hospitals", "next hospital"


def hospitals_figure(
    table: pd.DataFrame, predicted: Mapping[str, NextHospital], *, chose: Collection[str], dark: bool
) -> go.Figure:
    """Dots with 95 % intervals in the order of ``table`` (:func:`dashboard.gateway.across_hospitals`), what validation
    shows as a band; sets that ``chose`` the threshold open; the mean as a diamond and the next hospital as a thin bar
    where there are enough hospitals."""
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.05)
    names = list(dict.fromkeys(table["set"]))
    known = any(not own.reason for own in predicted.values())
    rows = [*map(theme.set_title, names), *((_MEAN, _NEXT) if known else ())]
    height = {name: len(rows) - 1 - place for place, name in enumerate(rows)}
    for column, rate in enumerate(RATES, start=1):
        own, found = table[table["rate"] == rate], predicted[rate]
        _promise(figure, own, column, dark=dark)
        for row in own.dropna(subset=["value"]).to_dict("records"):
            _hospital(figure, row, height, column, chose={*chose, "validation"}, dark=dark)
        if not found.reason:
            _next(figure, found, rate, height, column, dark=dark)
        ends = own[["low", "value"]].min().tolist() + ([] if found.reason else [found.cautious_low])
        left = max(0.0, min(ends) - 0.03)
        said = axis_title(f"{rate} (share)", left).replace("; ", "<br>")  # two panels on a phone: one line is too long
        figure.update_xaxes(title=said, range=[left, 1.02], row=1, col=column)
    figure.update_yaxes(
        range=[-0.6, len(rows) - 0.4],
        tickvals=list(height.values()),
        ticktext=list(height),
        showgrid=False,
        zeroline=False,
    )
    return styled(figure, title="The threshold across hospitals", height=120 + 30 * len(rows), dark=dark)


def _promise(figure: go.Figure, own: pd.DataFrame, column: int, *, dark: bool) -> None:
    """What validation shows, as a band over all rows."""
    for row in own[own["set"] == "validation"].dropna(subset=["low"]).to_dict("records"):
        figure.add_vrect(
            x0=row["low"],
            x1=row["high"],
            fillcolor=theme.quiet_ink(dark=dark),
            opacity=0.14,
            line_width=0,
            row=1,
            col=column,
            exclude_empty_subplots=False,
        )


def _hospital(
    figure: go.Figure,
    row: Mapping[Any, Any],
    height: Mapping[str, int],
    column: int,
    *,
    chose: Collection[str],
    dark: bool,
) -> None:
    """One row of the table: its dot, open where it ``chose`` the threshold, and its interval."""
    title, rate, choosing = theme.set_title(row["set"]), row["rate"], row["set"] in chose
    colour = theme.quiet_ink(dark=dark) if choosing else theme.ink(dark=dark)
    _interval(figure, row["low"], row["high"], height[title], colour, 2.4, column)
    symbol = "circle-open" if choosing else "circle"
    figure.add_scatter(
        x=[row["value"]],
        y=[height[title]],
        mode="markers",
        showlegend=False,
        row=1,
        col=column,
        marker={"size": 10, "color": colour, "symbol": symbol, "line": {"width": 2}},
        hovertemplate=f"{title}: {rate} {theme.rate(row['value'])} ({theme.limits(row['low'], row['high'])})<br>"
        f"{theme.count(row['images'])} images, {theme.count(row['patients'])} patients<extra></extra>",
    )


def _next(
    figure: go.Figure, found: NextHospital, rate: str, height: Mapping[str, int], column: int, *, dark: bool
) -> None:
    """The mean of hospitals, and what to expect of the next one."""
    ink = theme.ink(dark=dark)
    _interval(figure, found.mean.low, found.mean.high, height[_MEAN], ink, 2.4, column)
    figure.add_scatter(
        x=[found.mean.value],
        y=[height[_MEAN]],
        mode="markers",
        showlegend=False,
        row=1,
        col=column,
        marker={"size": 12, "color": ink, "symbol": "diamond"},
        hovertemplate=f"mean: {rate} {theme.rate(found.mean.value)} ({theme.interval(found.mean)})<extra></extra>",
    )
    _interval(figure, found.cautious_low, found.cautious_high, height[_NEXT], ink, 1.2, column)


def _interval(figure: go.Figure, low: float, high: float, at: float, colour: str, width: float, column: int) -> None:
    figure.add_scatter(
        x=[low, high],
        y=[at, at],
        mode="lines",
        line={"color": colour, "width": width},
        showlegend=False,
        hoverinfo="skip",
        row=1,
        col=column,
    )


def site_scores_figure(table: pd.DataFrame, site: str, *, threshold: float, dark: bool) -> go.Figure:
    """Share of all images up to each logit: the ``site`` in ink, validation dashed and test quieter.

    ``table`` is :func:`dashboard.gateway.scores_beside`: set, logit, share. Right of ``threshold`` is called positive.
    """
    figure = go.Figure()
    for name, own in table.groupby("set", sort=False):
        seen = name == site
        figure.add_scatter(
            x=own["logit"],
            y=own["share"],
            mode="lines",
            name=theme.set_title(str(name)),
            line={
                "color": theme.ink(dark=dark) if seen else theme.quiet_ink(dark=dark),
                "width": 2.4 if seen else 1.6,
                "dash": "6px,3px" if name == "validation" else "solid",
                "shape": "hv",
            },
            hovertemplate="%{y:.3f} of the images lie at or below logit %{x:.2f}"
            f"<extra>{theme.set_title(str(name))}</extra>",
        )
    figure.add_vline(x=threshold, line={"color": theme.ink(dark=dark), "width": 1.2, "dash": "dot"})
    figure.update_xaxes(title="logit", zeroline=False)
    figure.update_yaxes(title="share of all images up to it", range=[-0.02, 1.02], zeroline=False)
    return styled(figure, title="Scores of all images, both classes together", height=340, dark=dark)
