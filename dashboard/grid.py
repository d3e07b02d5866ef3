"""The grid of images: a component that is walked with arrow keys and opens an image on Enter or a click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dashboard import state, theme
from dashboard.component import component

KEY = "gallery_grid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One image of the grid, ready to be drawn; every text is shown as text.

    ``picture`` is a data URI, or None with the ``problem``. ``share`` in [0, 1] is how far the bar reaches.
    """

    image_id: str
    picture: str | None
    problem: str
    probability: str
    share: float
    positive: bool
    truth: str
    patient: str
    subgroups: str
    change: str
    mark: str


def grid(
    tiles: Sequence[Tile],
    *,
    back: tuple[int, int] | None,
    label: str,
    threshold: float,
    open_image: Callable[[str], None],
    turn: Callable[[int], None],
) -> None:
    """Show ``tiles`` in rows as wide as there is room.

    The reader comes ``back`` to this tile from an image, where it is not None: it gets the focus. Its second number
    tells one coming back from the next, as the browser may still have the grid that the image was opened from.
    ``threshold`` in [0, 1] is marked on every bar. ``open_image`` is called with the id of the image that the reader
    opens, ``turn`` with 1 or -1 for the next or previous page. Which tile has the focus is the browser's own affair,
    so that walking sends nothing.
    """
    component("gallery_grid", "grid.js", "grid.css", html="<div class='grid'></div>")(
        key=KEY,
        data={
            "back": back,
            "label": label,
            "threshold": threshold,
            "colours": {"negative": theme.NEGATIVE, "positive": theme.POSITIVE},
            "tiles": [asdict(tile) for tile in tiles],
        },
        on_open_change=lambda: _heard("open", open_image),
        on_turn_change=lambda: _heard("turn", turn),
    )


def _heard(name: str, act: Callable[[Any], None]) -> None:
    value = state.of_widget(KEY).get(name)
    if value is not None:
        act(value)
