"""Components of our own JavaScript, each registered once a process, as Streamlit asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core import telling

_FOLDERS = (Path(__file__).parent, Path(telling.__file__).parent)
"""Where the files of components lie: the dashboard's own, and those that the dossier has as well."""
_ON_PAPER = "paper.css"


def component(
    name: str, scripts: Sequence[str], styles: Sequence[str], *, html: str = "<div class='explorer'></div>"
) -> Any:
    """The component of this name, of several files in their order, as a component is one script: of ``dashboard/`` or
    ``core/telling/``.

    ``html`` is what the script finds in its place, or a file of ``dashboard/`` that holds it.
    """
    return _registered(name, tuple(scripts), (*styles, _ON_PAPER), html)


@st.cache_resource(show_spinner=False)
def _registered(name: str, scripts: tuple[str, ...], styles: tuple[str, ...], html: str) -> Any:
    script, style = ("\n".join(_read(file) for file in files) for files in (scripts, styles))
    frame = _read(html) if html.endswith(".html") else html
    return st.components.v2.component(name, html=frame, css=style, js=script)


def _read(file: str) -> str:
    return next(path for folder in _FOLDERS if (path := folder / file).is_file()).read_text(encoding="utf-8")
