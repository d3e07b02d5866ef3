"""The row under a figure that saves it as PNG, SVG or CSV. The browser makes the files from what is drawn."""

from __future__ import annotations

import pandas as pd

from dashboard.component import component


def figure_downloads(*, chart: str, file_name: str, table: pd.DataFrame | str) -> None:
    """Offer the chart with the key ``chart`` as PNG and SVG, and ``table`` (or its CSV) as CSV, under ``file_name``."""
    data = {"chart": chart, "file": file_name, "csv": table if isinstance(table, str) else table.to_csv(index=False)}
    made = component("figure_downloads", ["downloads.js"], ["downloads.css"], html="<div class='row'></div>")
    made(key=f"{chart}_downloads", data=data)
