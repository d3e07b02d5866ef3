"""The row under a figure or a table that saves it. The browser makes the pictures from what is drawn."""

from __future__ import annotations

import pandas as pd

from core.runs.exports import frame_csv
from dashboard.component import component

STYLE = "saving/row.css"
"""How the row looks, for a component of its own that has one."""
_PLACE = "<div class='row'></div>"


def figure_downloads(*, chart: str, name: str, table: pd.DataFrame | str, sets: str = "", threshold: str = "") -> None:
    """Offer the chart with the key ``chart`` as PNG and SVG, and ``table`` (or its CSV) as CSV.

    The files are called after run, page, split and ``name``. ``sets`` and ``threshold`` are what the picture shows, in
    words, where that is not what the page speaks of.
    """
    data = {"chart": chart, "name": name, "csv": csv_text(table), "sets": sets, "threshold": threshold}
    _row("figure_downloads", "saving/figure.js", f"{chart}_downloads", data)


def table_downloads(*, name: str, table: pd.DataFrame) -> None:
    """Offer ``table`` as CSV; its ``name`` is one on its page."""
    _row("table_downloads", "saving/table.js", f"{name}_table_downloads", {"name": name, "csv": csv_text(table)})


def csv_text(table: pd.DataFrame | str) -> str:
    """``table`` as CSV; one that is a text is CSV already."""
    return table if isinstance(table, str) else frame_csv(table)


def _row(component_name: str, script: str, key: str, data: dict[str, str]) -> None:
    component(component_name, script, STYLE, html=_PLACE)(key=key, data=data)
