"""The pointing game on phantoms: how often a heat map points into the opacity that is really there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.explain.heat_map_choice import METHODS
from core.explain.pointing_game import PointingGame
from dashboard import gateway, theme, widgets
from dashboard.gallery.opened import choice
from dashboard.gallery.view import View
from dashboard.words import class_words

if TYPE_CHECKING:
    from core.explain.pictures import Pictures


def pointing(view: View, pictures: Pictures) -> None:
    """The result for the method and layer in use; where it was not played yet, the button that does."""
    method, layer = choice(view)
    game = gateway.kept_pointing_game(view.run, view.split, method, layer)
    widgets.small(
        f"The pointing game with {METHODS[method]} at {layer} on phantoms of {theme.set_name(view.split)} "
        f"{class_words(view.run)[1]}: does the maximum of the map lie inside the true opacity? A map without evidence "
        "counts as a miss."
    )
    if game is not None:
        _result(game)
    elif st.button("Play the pointing game", key="gallery_pointing"):
        bar = st.progress(0.0, "Making the heat maps")

        def progress(done: int, total: int) -> None:
            bar.progress(done / max(total, 1), f"{done:,} of {total:,} heat maps")

        game = gateway.pointing_game(pictures, view.split, method, layer, progress)
        bar.empty()
        _result(game)


def _result(game: PointingGame) -> None:
    widgets.tiles([("Points into the opacity", game.hit_share)])
    widgets.small(
        f"{theme.count(game.hits)} of {theme.count(game.n)} maps. Pointing blindly would score "
        f"{theme.rate(game.chance)}, the mean share of the picture that the opacity covers."
    )
