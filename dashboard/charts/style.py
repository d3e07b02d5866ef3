"""What all figures share: type, margins, legend and the ink of their axes."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard import theme


def styled(figure: go.Figure, *, title: str, height: int, dark: bool) -> go.Figure:
    # Streamlit's theme writes axes in a grey that is too faint to read at this size.
    font = {"color": theme.quiet_ink(dark=dark)}
    figure.update_layout(
        title={"text": title, "x": 0, "xanchor": "left", "y": 0.98, "yanchor": "top", "font": {"size": 14}},
        height=height,
        margin={"l": 8, "r": 12, "t": 64, "b": 8},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "title": {"text": ""}},
        hoverlabel={"align": "left"},
        dragmode=False,
    )
    axis = {"automargin": True, "fixedrange": True, "tickfont": font, "title": {"font": font}}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    return figure
