"""What all figures share: type, margins, legend and the ink of their axes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import plotly.graph_objects as go

from dashboard import theme


def axis_title(words: str, low: float) -> str:
    """The title of an axis of rates that ends at 1; one that does not begin at 0 says so, to a tenth of its length."""
    decimals = 2 if low < 0.9 else 3 if low < 0.99 else 4
    return words if low <= 0 else f"{words}; axis from {low:.{decimals}f}"


SHARES = [place / 5 for place in range(6)]
"""Where an axis from 0 to 1 has its ticks."""
IN_PERCENT = {"tickvals": SHARES, "ticktext": [theme.percent(share) for share in SHARES]}
"""An axis of probabilities, which stand in percent as they do in the sentences beside it."""
BENEATH = {"yref": "container", "y": 0.01, "yanchor": "bottom"}
"""Where a legend stands that may take one line or three: in half a page or on a phone it would cover the title."""


_BAND = {True: "rgba(232, 234, 237, 0.16)", False: "rgba(27, 31, 36, 0.12)"}


def band(figure: go.Figure, x: Any, y: Any, *, name: str, dark: bool, listed: bool = True) -> None:
    """An area of uncertainty within the outline through ``x`` and ``y``, (k,) both. Where areas are ``listed`` in the
    legend, those of one name are one entry."""
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        fill="toself",
        fillcolor=_BAND[dark],
        line={"width": 0},
        name=name,
        hoverinfo="skip",
        showlegend=listed and all(trace.name != name for trace in figure.data),
    )


def styled(
    figure: go.Figure, *, title: str, height: int, dark: bool, layout: Mapping[str, Any] = MappingProxyType({})
) -> go.Figure:
    """A figure of the same data with what all figures share, and over that what ``layout`` says.

    It is made of plain values: Plotly's own update takes three times as long. The template is left to Plotly, which
    puts it into every new figure: given again, it is checked value by value, which takes twice as long as all the rest.
    """
    # Streamlit's theme writes axes and notes in a grey that is too faint to read at this size: 3.72 to 1 on white.
    font = {"color": theme.quiet_ink(dark=dark)}
    shared = {
        "title": {"text": title, "x": 0, "xanchor": "left", "y": 0.98, "yanchor": "top", "font": {"size": 14}},
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 64, "b": 8},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "title": {"text": ""},
        },
        "hoverlabel": {"align": "left"},
        "dragmode": False,
        "annotationdefaults": {"font": font},
    }
    axis = {"automargin": True, "fixedrange": True, "tickfont": font, "title": {"font": font}}
    own = figure.layout.to_plotly_json()
    own.pop("template", None)
    axes = {"xaxis", "yaxis", *(name for name in own if re.fullmatch(r"[xy]axis\d*", name))}
    notes = [_over({"font": font}, note) for note in own.get("annotations", ())]
    merged = _over(_over(own, shared | dict.fromkeys(axes, axis) | {"annotations": notes}), layout)
    return go.Figure(data=figure.data, layout=merged)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both, what is ``above`` where both say something; the same within each part that both have."""
    both = {name: _over(below[name], above[name]) for name in above if _parts(below.get(name), above[name])}
    return {**below, **above, **both}


def _parts(*values: Any) -> bool:
    return all(isinstance(value, Mapping) for value in values)
