"""The opened image: the radiograph beside its heat map. Window, level and opacity are the browser's own affair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import state

KEY = "gallery_viewer"
_FACE = tuple(Path(__file__).with_name(f"viewer.{kind}") for kind in ("html", "js", "css"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """What the viewer shows; every text is shown as text.

    ``radiograph`` and ``heat_map`` are data URIs, or None with the problem; the heat map is laid over the radiograph,
    stretched to it. ``width`` and ``height`` are those of the radiograph in its file, in pixels, in which ``outline``,
    an SVG path, is drawn as well. ``facts`` are names with their values.
    """

    image_id: str
    place: str
    has_previous: bool
    has_next: bool
    radiograph: str | None
    radiograph_problem: str
    width: int
    height: int
    description: str
    heat_map: str | None
    heat_map_problem: str
    heat_map_name: str
    meaning: str
    colours: list[str]
    legend: str
    outline: str
    facts: list[tuple[str, str]]


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    """Registered once a process, as Streamlit asks."""
    frame, script, style = (path.read_text(encoding="utf-8") for path in _FACE)
    return st.components.v2.component("gallery_viewer", html=frame, css=style, js=script)


def viewer(opened: Opened, *, step: Callable[[int], None], close: Callable[[], None]) -> None:
    """Show ``opened``; ``step`` is called with 1 or -1 for the next or the previous image, ``close`` to go back."""
    _component()(
        key=KEY,
        data=asdict(opened),
        on_step_change=lambda: _heard("step", step),
        on_close_change=lambda: _heard("close", lambda _: close()),
    )


def _heard(name: str, act: Callable[[Any], None]) -> None:
    value = state.value_of_widget(KEY).get(name)
    if value is not None:
        act(value)
