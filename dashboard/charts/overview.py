"""The figures of the Overview."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard import theme
from dashboard.charts.style import axis_title, styled

_JUST_ABOVE_1 = 1.02
"""Where an axis of rates ends, so that a dot at 1 is seen whole."""
_LIGHTER = "rgba(255, 255, 255, 0.22)"


def discrimination_figure(table: pd.DataFrame, *, dark: bool) -> go.Figure:
    """AUROC and AUPRC as dots with intervals on one axis; test solid, validation open, dashed and quieter.

    ``table`` is :func:`dashboard.tables.discrimination`.
    """
    figure = go.Figure()
    for split, shift in (("validation", 0.16), ("test", -0.16)):
        solid = split == "test"
        colour = theme.ink(dark=dark) if solid else theme.quiet_ink(dark=dark)
        line = {"color": colour, "width": 2.5, "dash": "solid" if solid else "4px,3px"}
        marker = {"size": 11, "color": colour, "symbol": "circle" if solid else "circle-open", "line": {"width": 2}}
        rows = table[table["split"] == split].dropna(subset=["value"]).to_dict("records")
        for position, row in enumerate(rows):
            height = shift + (1 if row["measure"] == "auroc" else 0)
            figure.add_scatter(
                x=[row["low"], row["high"]],
                y=[height, height],
                mode="lines",
                line=line,
                showlegend=False,
                hoverinfo="skip",
                legendgroup=split,
            )
            figure.add_scatter(
                x=[row["value"]],
                y=[height],
                mode="markers",
                marker=marker,
                showlegend=position == 0,
                name=theme.set_title(split),
                legendgroup=split,
                hovertemplate=_in_words(row) + "<extra></extra>",
            )
    lowest = np.nanmin(table[["low", "value"]].to_numpy(dtype=float), initial=1.0)
    span = max(1 - float(lowest), 0.01)
    left = 1 - 1.12 * span
    figure.update_xaxes(title=axis_title("area under the curve (1 is perfect)", left), range=[left, 1 + 0.05 * span])
    figure.update_yaxes(range=[-0.5, 1.5], tickvals=[0, 1], ticktext=["AUPRC", "AUROC"], showgrid=False, zeroline=False)
    return styled(figure, title="AUROC and AUPRC with 95 % intervals", height=250, dark=dark)


def _in_words(row: dict[Any, Any]) -> str:
    return (
        f"{theme.MEASURES[row['measure']]}, {theme.set_name(row['split'])}<br>"
        f"{theme.rate(row['value'])} ({theme.rate(row['low'])} to {theme.rate(row['high'])})"
    )


def composition_figure(table: pd.DataFrame, words: tuple[str, str], *, dark: bool) -> go.Figure:
    """Images of each split by class, stacked; the counts stand in the bars.

    ``table`` is :func:`dashboard.tables.composition`, ``words`` how the classes are called (negative, positive).
    """
    figure = go.Figure()
    splits = [theme.set_title(split) for split in table["split"]]
    classes = (("without", theme.NEGATIVE, ""), ("with", theme.POSITIVE, "/"))
    for (column, colour, pattern), word in zip(classes, theme.escaped(words), strict=True):
        figure.add_bar(
            y=splits,
            x=table[column],
            orientation="h",
            name=word,
            text=[theme.count(n) for n in table[column]],
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont={"color": "#ffffff"},
            textangle=0,
            marker={"color": colour, "pattern": {"shape": pattern, "bgcolor": colour, "fgcolor": _LIGHTER, "size": 7}},
            hovertemplate="%{y}: %{x:,} images " + word + "<extra></extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.35, uniformtext={"minsize": 11, "mode": "hide"})
    figure.update_xaxes(title="number of images", tickformat=",d", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", title=None)
    return styled(figure, title="Images in each split, by class", height=130 + 48 * max(len(splits), 1), dark=dark)


def training_figure(history: pd.DataFrame, *, dark: bool, epochs: int | None = None) -> go.Figure:
    """Loss on training images above, AUROC on validation below, over the epochs; of a fit under way, of how many."""
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.12)
    done = history["epoch"]
    series = (
        ("train_loss", "training loss", theme.quiet_ink(dark=dark), "dash", "circle-open"),
        ("val_auroc", "validation AUROC", theme.ink(dark=dark), "solid", "circle"),
    )
    for row, (column, name, colour, dash, symbol) in enumerate(series, start=1):
        figure.add_scatter(
            x=done,
            y=history[column],
            mode="lines+markers",
            name=name,
            row=row,
            col=1,
            showlegend=False,
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 7, "symbol": symbol, "color": colour},
            hovertemplate="epoch %{x}: %{y:.4f}<extra>" + name + "</extra>",
        )
    figure.update_yaxes(title="loss (nats)", autorangeoptions={"clipmin": 0}, row=1, col=1)
    figure.update_yaxes(title="AUROC", autorangeoptions={"clipmin": 0, "clipmax": _JUST_ABOVE_1}, row=2, col=1)
    figure.update_xaxes(title="epoch", dtick=max(1, round((epochs or len(done)) / 10)), row=2, col=1)
    if epochs is not None:
        figure.update_xaxes(range=[0.5, epochs + 0.5])
    return styled(figure, title="Training loss (above), validation AUROC (below)", height=320, dark=dark)
