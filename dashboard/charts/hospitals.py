"""Sensitivity and specificity at one threshold, a row a hospital."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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
    ink, quiet = theme.ink(dark=dark), theme.quiet_ink(dark=dark)
    names = list(dict.fromkeys(table["set"]))
    known = any(not own.reason for own in predicted.values())
    rows = [*map(theme.set_title, names), *((_MEAN, _NEXT) if known else ())]
    height = {name: len(rows) - 1 - place for place, name in enumerate(rows)}
    for column, rate in enumerate(RATES, start=1):
        own = table[table["rate"] == rate]
        for row in own[own["set"] == "validation"].dropna(subset=["low"]).to_dict("records"):
            figure.add_vrect(
                x0=row["low"],
                x1=row["high"],
                fillcolor=quiet,
                opacity=0.14,
                line_width=0,
                row=1,
                col=column,
                exclude_empty_subplots=False,
            )
        for row in own.dropna(subset=["value"]).to_dict("records"):
            choosing = row["set"] in chose or row["set"] == "validation"
            at = height[theme.set_title(row["set"])]
            _interval(figure, row["low"], row["high"], at, quiet if choosing else ink, 2.4, column)
            figure.add_scatter(
                x=[row["value"]],
                y=[at],
                mode="markers",
                showlegend=False,
                row=1,
                col=column,
                marker={
                    "size": 10,
                    "color": quiet if choosing else ink,
                    "symbol": "circle-open" if choosing else "circle",
                    "line": {"width": 2},
                },
                hovertemplate=f"{theme.set_title(row['set'])}: {rate} {theme.rate(row['value'])} "
                f"({theme.limits(row['low'], row['high'])})<br>{theme.count(row['images'])} images, "
                f"{theme.count(row['patients'])} patients<extra></extra>",
            )
        found = predicted[rate]
        if not found.reason:
            _interval(figure, found.mean.low, found.mean.high, height[_MEAN], ink, 2.4, column)
            figure.add_scatter(
                x=[found.mean.value],
                y=[height[_MEAN]],
                mode="markers",
                showlegend=False,
                row=1,
                col=column,
                marker={"size": 12, "color": ink, "symbol": "diamond"},
                hovertemplate=f"mean: {rate} {theme.rate(found.mean.value)} "
                f"({theme.interval(found.mean)})<extra></extra>",
            )
            _interval(figure, found.cautious_low, found.cautious_high, height[_NEXT], ink, 1.2, column)
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
