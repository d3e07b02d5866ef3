"""The opened image: the radiograph beside its heat map. Window, level and opacity are the browser's own affair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from dashboard import state
from dashboard.component import component

KEY = "gallery_viewer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Other:
    """Another image of the same child: ``picture`` is a data URI or None with the ``problem``, ``facts`` its lines."""

    picture: str | None
    problem: str
    facts: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """What the viewer shows; every text is shown as text.

    The image is number ``at`` from 0 of the ``total`` that are looked at, -1 where it is not one of them.
    ``radiograph`` and ``heat_map`` are data URIs, or None with the problem; the heat map is laid over the radiograph,
    stretched to it. ``width`` and ``height`` are those of the radiograph in its file, in pixels, in which ``outline``,
    an SVG path, is drawn as well. ``facts`` are names with their values. ``others`` are images of the same child,
    ``others_more`` says how many are not among them.
    """

    image_id: str
    at: int
    total: int
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
    others: list[Other]
    others_more: str


def viewer(
    opened: Opened, *, go: Callable[[int], None], other: Callable[[int], None], close: Callable[[int], None]
) -> None:
    """Show ``opened``.

    ``go`` is called with the number, from 0, of the image to go to, ``other`` with that of one of the others;
    ``close``, to go back, with that of the image that was seen last, -1 where it has none.
    """
    component("gallery_viewer", "gallery/viewer.js", "gallery/viewer.css", html="gallery/viewer.html")(
        key=KEY,
        data=asdict(opened),
        on_go_change=lambda: _heard("go", go),
        on_other_change=lambda: _heard("other", other),
        on_close_change=lambda: _heard("close", close),
    )


def _heard(name: str, act: Callable[[int], None]) -> None:
    said = state.of_widget(KEY)
    # A page that is slow to answer hears both at once: closing was the last.
    if said.get(name) is not None and not (name == "go" and said.get("close") is not None):
        act(int(said[name]))
