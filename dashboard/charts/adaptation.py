"""The figures of Adapt to a site."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.evaluation.choosing.cases_needed import spread
from core.evaluation.comparing.conformal import SETS
from dashboard import theme
from dashboard.charts.style import BENEATH, axis_title, styled

_TICKS = [digit * 10**power for power in range(1, 5) for digit in (1, 2, 5)]
_CLEAR = "rgba(0, 0, 0, 0)"
RATES = ("sensitivity", "specificity")


def spread_figure(drawn: pd.DataFrame, floor: tuple[str, str], *, dark: bool) -> go.Figure:
    """How far sensitivity and specificity on the rest scatter over samples of each size, adapted and not.

    ``drawn`` is :func:`core.evaluation.choosing.cases_needed.repeated_draws`. Lines are medians, bands 5 to 95 %
    of the samples.
    """
    titles = [theme.RATES[rate] for rate in RATES]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.06, subplot_titles=titles)
    ways = (
        ("", "guaranteed threshold", "solid", theme.ink(dark=dark), 0.16),
        ("unadapted_", "threshold in use", "6px,3px", theme.quiet_ink(dark=dark), 0.08),
    )
    lowest = 1.0
    for column, rate in enumerate(RATES, start=1):
        for prefix, name, dash, ink, opacity in ways:
            table = spread(drawn, prefix + rate)
            table = table[table["draws"] > 0]
            lowest = min(lowest, float(table["low"].min())) if len(table) else lowest
            _band(figure, table, ink, opacity, column)
            figure.add_scatter(
                x=table["patients"],
                y=table["middle"],
                mode="lines+markers",
                name=name,
                legendgroup=name,
                showlegend=column == 1,
                line={"color": ink, "width": 2.2, "dash": dash},
                marker={"size": 7, "symbol": "circle" if not prefix else "circle-open", "color": ink},
                customdata=table[["low", "high", "draws"]],
                row=1,
                col=column,
                hovertemplate="%{x} patients: median %{y:.3f}<br>90 %% of samples %{customdata[0]:.3f} to "
                "%{customdata[1]:.3f}<br>%{customdata[2]} samples gave a threshold<extra>".replace("%%", "%")
                + name
                + "</extra>",
            )
    figure.add_hline(
        y=float(floor[1]),
        line={"color": theme.ink(dark=dark), "width": 1.2, "dash": "dot"},
        row=1,
        col=1 + RATES.index(floor[0]),
        annotation={"text": "floor", "yshift": -16, "xanchor": "right"},
    )
    figure.update_xaxes(
        title="local patients", type="log", tickvals=_TICKS, ticktext=[f"{n:,}" for n in _TICKS], tickangle=0
    )
    bottom = max(0.0, lowest - 0.05)
    figure.update_yaxes(range=[bottom, 1.01], zeroline=False)
    figure.update_yaxes(title=axis_title("rate on the rest", bottom), row=1, col=1)
    figure.update_annotations(font={"size": 12})
    title, below = "What 200 samples of each size would have achieved", {"legend": BENEATH, "margin": {"t": 76}}
    return styled(figure, title=title, height=390, dark=dark, layout=below)


def sets_figure(
    given: Mapping[int, Mapping[str, int]], names: Mapping[str, str], classes: tuple[str, str], *, dark: bool
) -> go.Figure:
    """The share of each class that is given each prediction set, one bar a class; counts stand in the bars.

    Both classes are full and grey, neither is hollow and hatched: in a legend they must not look alike.
    """
    quiet, on_quiet = theme.quiet_ink(dark=dark), "#1b1f24" if dark else "#ffffff"
    colours = {"negative": theme.NEGATIVE, "both": quiet, "positive": theme.POSITIVE, "none": _CLEAR}
    on_colour = {"both": on_quiet, "none": theme.ink(dark=dark)}
    totals = {label: max(sum(counts.values()), 1) for label, counts in given.items()}
    figure = go.Figure()
    for name in SETS:
        counts = [given[label][name] for label in (0, 1)]
        figure.add_bar(
            y=list(classes),
            x=[100 * count / totals[label] for label, count in enumerate(counts)],
            orientation="h",
            name=names[name],
            text=[theme.count(count) if count else "" for count in counts],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            customdata=counts,
            insidetextfont={"color": on_colour.get(name, "#ffffff")},
            marker={
                "color": colours[name],
                "line": {"width": 1.2 if name == "none" else 0, "color": quiet},
                "pattern": {
                    "shape": "/" if name == "none" else "",
                    "bgcolor": _CLEAR,
                    "fgcolor": quiet,
                    "size": 7,
                    "solidity": 0.1,
                },
            },
            hovertemplate="%{y}: %{customdata} images, %{x:.1f} % of the class<extra>" + names[name] + "</extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.35, uniformtext={"minsize": 11, "mode": "hide"})
    figure.update_xaxes(title="share of the class (%)", range=[0, 100])
    figure.update_yaxes(autorange="reversed", title=None)
    below = {"legend": {"traceorder": "normal", **BENEATH}, "margin": {"t": 44}}
    return styled(figure, title="What the sets say of the rest", height=250, dark=dark, layout=below)


def _band(figure: go.Figure, table: pd.DataFrame, ink: str, opacity: float, column: int) -> None:
    figure.add_scatter(
        x=[*table["patients"], *table["patients"][::-1]],
        y=[*table["high"], *table["low"][::-1]],
        fill="toself",
        mode="none",
        fillcolor=_clear(ink, opacity),
        hoverinfo="skip",
        showlegend=False,
        row=1,
        col=column,
    )


def _clear(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"
