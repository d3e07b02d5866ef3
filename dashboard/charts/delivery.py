"""The figure of Promise and delivery: how the scores of each class lie in validation and in another set."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard import theme
from dashboard.charts.style import BENEATH, styled

_COLOURS = {0: theme.NEGATIVE, 1: theme.POSITIVE}


def distributions_figure(
    table: pd.DataFrame, classes: tuple[str, str], *, threshold: float | None, dark: bool
) -> go.Figure:
    """Share of each class up to each logit, one panel a class; validation dashed, the other set solid.

    ``table`` is :func:`dashboard.gateway.distributions`, ``classes`` how the classes are called (negative, positive).
    ``threshold`` is drawn where there is one: the share below it is called negative.
    """
    titles = [f"<span style='color:{_COLOURS[label]}'>■</span> {classes[label]}" for label in _COLOURS]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.06, subplot_titles=titles)
    dashes = {split: "6px,3px" if split == "validation" else "solid" for split in table["split"].unique()}
    for label, colour in _COLOURS.items():
        of_class = table[table["label"] == label]
        for split, dash in dashes.items():
            part = _from_end_to_end(of_class[of_class["split"] == split], of_class["logit"])
            if len(part):
                figure.add_scatter(
                    x=part["logit"],
                    y=part["share"],
                    mode="lines",
                    name=theme.set_title(split),
                    legendgroup=split,
                    showlegend=False,
                    line={"color": colour, "width": 2.4 if dash == "solid" else 1.8, "dash": dash, "shape": "hv"},
                    row=1,
                    col=label + 1,
                    hovertemplate="%{y:.3f} of the class lie at or below logit %{x:.2f}"
                    f"<extra>{theme.set_title(split)}</extra>",
                )
    for split, dash in dashes.items():  # the legend tells the splits apart, in ink: colour is the class
        line = {"color": theme.ink(dark=dark), "width": 2, "dash": dash}
        figure.add_scatter(x=[None], y=[None], mode="lines", name=theme.set_title(split), line=line)
    if threshold is not None:
        figure.add_vline(x=threshold, line={"color": theme.ink(dark=dark), "width": 1.2, "dash": "dot"})
        figure.add_annotation(
            x=threshold,
            y=0.0,
            yref="y domain",
            text="threshold",
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            xshift=4,
            font={"size": 11, "color": theme.quiet_ink(dark=dark)},
        )
    figure.update_xaxes(title="logit", zeroline=False)
    figure.update_yaxes(range=[-0.02, 1.02], zeroline=False)
    figure.update_yaxes(title="share of the class up to it", row=1, col=1)
    figure.update_annotations(font={"size": 12})
    # Between title and panels stand the names of the classes.
    title, below = f"Scores of each class, {' and '.join(map(theme.set_name, dashes))}", {"t": 76}
    return styled(figure, title=title, height=380, dark=dark, layout={"legend": BENEATH, "margin": below})


def _from_end_to_end(part: pd.DataFrame, logits: pd.Series[float]) -> pd.DataFrame:
    """The line of a split from 0 to 1 over the range of both; empty without images."""
    if part.empty:
        return part
    first, last = part.iloc[[0]].assign(logit=logits.min(), share=0.0), part.iloc[[-1]].assign(logit=logits.max())
    return pd.concat([first, part, last], ignore_index=True)
