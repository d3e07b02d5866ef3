"""Components of our own JavaScript, each registered once a process, as Streamlit asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent


def component(name: str, scripts: Sequence[str], styles: Sequence[str]) -> Any:
    """The component of this name, of several files of ``dashboard/`` in their order: a component is one script."""
    return _registered(name, tuple(scripts), tuple(styles))


@st.cache_resource(show_spinner=False)
def _registered(name: str, scripts: tuple[str, ...], styles: tuple[str, ...]) -> Any:
    script, style = (
        "\n".join((_FOLDER / file).read_text(encoding="utf-8") for file in files) for files in (scripts, styles)
    )
    return st.components.v2.component(name, html="<div class='explorer'></div>", css=style, js=script)
