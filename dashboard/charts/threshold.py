"""The figures a threshold is dragged on. They do not contain it: the explorer lays it over them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.evaluation.roc_band import outline
from core.telling.scale import Scale
from dashboard import theme
from dashboard.charts.score_axis import score_axis
from dashboard.charts.style import band, styled

_HEIGHT = 390
_DASH = {"validation": "6px,3px"}
_BAND = "all thresholds at once, 95 %"
_MARGIN = 0.02  # so that a marker in a corner is whole
_WORD = 13  # pixels at the edge of the scores that are for the words of two thresholds


def roc_figure(
    curves: Mapping[str, pd.DataFrame], limits: pd.DataFrame, *, shown: str, scale: Scale, dark: bool
) -> go.Figure:
    """ROC curves by split (:func:`core.evaluation.curves.curve`); the one ``shown`` in ink, another quieter.

    ``limits`` are those of :func:`core.evaluation.roc_band.roc_band` for the one shown; no band where they are unknown.
    """
    figure = go.Figure()
    if limits.notna().all(axis=None):
        band(figure, *outline(limits), name=_BAND, dark=dark, listed=False)
        note = {"x": 0.98, "xanchor": "right", "y": 0.03, "yanchor": "bottom", "showarrow": False}
        figure.add_annotation(text=f"grey: {_BAND}", font={"size": 11}, **note)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        line={"color": theme.quiet_ink(dark=dark), "width": 1, "dash": "dot"},
    )
    for split, curve in _quiet_first(curves, shown):
        # Nothing called positive is a point of the curve, but no threshold of the sweep.
        start = pd.DataFrame({"specificity": [1.0], "sensitivity": [0.0], "threshold": [math.inf]})
        points = pd.concat([start, curve], ignore_index=True)
        _line(figure, 1 - points["specificity"], points["sensitivity"], points, split, shown, scale, dark)
    figure.update_xaxes(title="1 − specificity (share, 0 to 1)")
    figure.update_yaxes(title="sensitivity (share, 0 to 1)")
    return _square(figure, "ROC", dark=dark)


def precision_recall_figure(curves: Mapping[str, pd.DataFrame], *, shown: str, scale: Scale, dark: bool) -> go.Figure:
    """Precision-recall curves by split, as :func:`roc_figure`; steps, as average precision counts them."""
    figure = go.Figure()
    for split, curve in _quiet_first(curves, shown):
        _line(figure, curve["sensitivity"], curve["precision"], curve, split, shown, scale, dark, shape="vh")
    figure.update_xaxes(title="recall = sensitivity (share, 0 to 1)")
    figure.update_yaxes(title="precision (share, 0 to 1)")
    return _square(figure, "Precision-recall", dark=dark)


def scores_figure(bins: pd.DataFrame, classes: tuple[str, str], *, shown: str, scale: Scale, dark: bool) -> go.Figure:
    """Scores by class, one class up and one down, as shares of the class (:func:`core.evaluation.curves.score_bins`).

    Bars are the split that is ``shown``, outlines the other one. The axis is spaced by the logit and labelled by the
    probability of ``scale``.
    """
    figure = go.Figure()
    for label, colour, sign, pattern in ((1, theme.POSITIVE, 1, "/"), (0, theme.NEGATIVE, -1, "")):
        of_class = bins[bins["label"] == label]
        part, other = of_class[of_class["split"] == shown], of_class[of_class["split"] != shown]
        if len(part):
            figure.add_bar(
                x=(part["left"] + part["right"]) / 2,
                y=100 * sign * part["share"],
                width=part["right"] - part["left"],
                name=theme.set_title(shown),
                showlegend=label == 1,
                customdata=_bin_words(part, scale),
                hovertemplate="%{customdata}<extra>" + classes[label] + "</extra>",
                marker={
                    "color": colour,
                    "line": {"width": 0},
                    "pattern": {"shape": pattern, "bgcolor": colour, "fgcolor": "rgba(255, 255, 255, 0.3)", "size": 6},
                },
            )
        if len(other):
            _outline(figure, other, sign, dark)
        figure.add_annotation(
            text=f"<span style='color:{colour}'>■</span> {classes[label]}",
            showarrow=False,
            xref="paper",
            x=1,
            xanchor="right",
            yref="paper",
            y=label,
            yshift=-_WORD if label else _WORD,
            yanchor="top" if label else "bottom",
            font={"size": 12},
        )
    figure.update_layout(barmode="overlay", bargap=0)
    _score_axes(figure, bins, scale)
    return _zoomable(styled(figure, title="Scores of each class", height=_HEIGHT, dark=dark))


def _outline(figure: go.Figure, part: pd.DataFrame, sign: int, dark: bool) -> None:
    split = part["split"].iloc[0]
    figure.add_scatter(
        x=np.repeat(np.append(part["left"], part["right"].iloc[-1]), 2),
        y=np.concatenate([[0], np.repeat(100 * sign * part["share"], 2), [0]]),
        mode="lines",
        hoverinfo="skip",
        name=f"{theme.set_title(split)} (outline)",
        showlegend=sign > 0,
        legendgroup="outline",
        line={"color": theme.quiet_ink(dark=dark), "width": 1.3, "dash": _DASH.get(split, "solid")},
    )


def _score_axes(figure: go.Figure, bins: pd.DataFrame, scale: Scale) -> None:
    largest = 130 * float(bins["share"].max()) if len(bins) else 1.0
    low, high = (float(bins["left"].min()), float(bins["right"].max())) if len(bins) else (-1.0, 1.0)
    marked = 0.78 * largest  # further out a line would strike through the name of the class
    step = _round_step(marked)
    ticks = [step * i for i in range(-int(marked // step), int(marked // step) + 1)]
    score_axis(figure, low, high, scale)
    figure.update_yaxes(
        title="share of the class (%)",
        range=[-largest, largest],
        tickvals=ticks,
        ticktext=[f"{abs(tick):g}" for tick in ticks],
        zeroline=True,
    )


def _quiet_first(curves: Mapping[str, pd.DataFrame], shown: str) -> list[tuple[str, pd.DataFrame]]:
    return sorted(curves.items(), key=lambda entry: entry[0] == shown)


def _line(
    figure: go.Figure,
    x: Any,
    y: Any,
    points: pd.DataFrame,
    split: str,
    shown: str,
    scale: Scale,
    dark: bool,
    *,
    shape: str = "linear",
) -> None:
    loud = split == shown
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        name=theme.set_title(split),
        customdata=scale.probabilities(points["threshold"].to_numpy()),
        line={
            "color": theme.ink(dark=dark) if loud else theme.quiet_ink(dark=dark),
            "width": 2.4 if loud else 1.6,
            "dash": _DASH.get(split, "solid"),
            "shape": shape,
        },
        hovertemplate="%{xaxis.title.text}: %{x:.3f}<br>%{yaxis.title.text}: %{y:.3f}<br>"
        f"{scale.called} of the threshold: %{{customdata:.4f}}<extra>{theme.set_title(split)}</extra>",
    )


def _square(figure: go.Figure, title: str, *, dark: bool) -> go.Figure:
    figure.update_xaxes(range=[-_MARGIN, 1 + _MARGIN], zeroline=False)
    figure.update_yaxes(range=[-_MARGIN, 1 + _MARGIN], zeroline=False)
    return _zoomable(styled(figure, title=title, height=_HEIGHT, dark=dark))


def _zoomable(figure: go.Figure) -> go.Figure:
    """Zoomed by the buttons over the figure: a drag beside the marker must not move the axes."""
    return figure.update_xaxes(fixedrange=False).update_yaxes(fixedrange=False)


def _bin_words(part: pd.DataFrame, scale: Scale) -> list[str]:
    return [
        f"{scale.kind} {theme.probability(scale.probability(row['left']))} to "
        f"{theme.probability(scale.probability(row['right']))}<br>{theme.counted(int(row['count']), 'image')}, "
        f"{100 * row['share']:.1f} % of the class"
        for row in part.to_dict("records")
    ]


def _round_step(largest: float) -> float:
    """A round distance between ticks that gives two to five of them up to ``largest``."""
    magnitude = 10 ** math.floor(math.log10(largest))
    return next(float(step * magnitude) for step in (0.5, 1, 2) if largest / (step * magnitude) <= 5)
