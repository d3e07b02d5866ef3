"""The row under a figure that saves it as PNG, SVG or CSV. The browser makes the files from what is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

_FACE = Path(__file__).with_name("downloads.js"), Path(__file__).with_name("downloads.css")


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    """Registered once a process, as Streamlit asks."""
    script, style = (path.read_text(encoding="utf-8") for path in _FACE)
    return st.components.v2.component("figure_downloads", html="<div class='row'></div>", css=style, js=script)


def figure_downloads(*, chart: str, file_name: str, table: pd.DataFrame | str) -> None:
    """Offer the chart with the key ``chart`` as PNG and SVG, and ``table`` (or its CSV) as CSV, under ``file_name``."""
    data = {"chart": chart, "file": file_name, "csv": table if isinstance(table, str) else table.to_csv(index=False)}
    _component()(key=f"{chart}_downloads", data=data)
