"""Components of our own JavaScript, each registered once a process, as Streamlit asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core import telling
from core.telling.joining import joined

_HERE = Path(__file__).parent
_FOLDERS = (_HERE, Path(telling.__file__).parent)
"""Where the styles of components lie: the dashboard's own, and those that the dossier has as well."""
_ON_PAPER = "paper.css"


def component(name: str, script: str, *styles: str, html: str = "<div class='explorer'></div>") -> Any:
    """The component of this name, of the module ``script`` of ``dashboard/`` with all that it imports.

    ``styles`` are files of ``dashboard/`` or ``core/telling/``. ``html`` is what the script finds in its place, or a
    file of ``dashboard/`` that holds it.
    """
    return _registered(name, script, (*styles, _ON_PAPER), html)


@st.cache_resource(show_spinner=False)
def _registered(name: str, script: str, styles: tuple[str, ...], html: str) -> Any:
    frame = _read(html) if html.endswith(".html") else html
    style = "\n".join(map(_read, styles))
    return st.components.v2.component(name, html=frame, css=style, js=joined(_HERE / script))


def _read(file: str) -> str:
    return next(path for folder in _FOLDERS if (path := folder / file).is_file()).read_text(encoding="utf-8")
