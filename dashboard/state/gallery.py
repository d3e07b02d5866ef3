"""The gallery: which images are looked at, which one is opened, and where they lie."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import streamlit as st

from core.runs.store import Run
from dashboard.state.address import IMAGE, OTHER, PAGE, finite, in_address, keep, one_of

_KIND = "show"
_ORDER = "sort"
_GALLERY = "gallery"
_REVIEWER = "reviewer"


def gallery_kind(kinds: Sequence[str]) -> str:
    """Which of ``kinds`` is looked at: as the address says, else this session, else the first."""
    return one_of(_KIND, kinds)


def show_gallery_kind(chosen: str) -> None:
    """Look at this kind of images from now on."""
    keep(_KIND, chosen)


def gallery_order(orders: Sequence[str]) -> str:
    """In which of ``orders`` the images come: as the address says, else this session, else the first."""
    return one_of(_ORDER, orders)


def show_gallery_order(chosen: str) -> None:
    """Look at images in this order from now on."""
    keep(_ORDER, chosen)


def gallery_page(run_id: str, selection: Hashable, pages: int) -> int:
    """The page of this selection that is seen, from 1 to ``pages``; another selection begins with its first.

    The address says with which page a session begins.
    """
    own = _gallery(run_id)
    asked = st.query_params.get(PAGE, "")
    known, page = own.get(PAGE, (selection, int(asked) if asked.isdecimal() and len(asked) < 10 else 1))
    page = min(max(page, 1), max(pages, 1)) if known == selection else 1
    turn_gallery_page(run_id, selection, page)
    return int(page)


def turn_gallery_page(run_id: str, selection: Hashable, page: int) -> None:
    """See this page of the selection from now on."""
    _gallery(run_id)[PAGE] = (selection, page)
    in_address(PAGE, None if page == 1 else str(page))


def opened_image(run_id: str) -> str | None:
    """The image that is opened: as the address says, else this session; None where none is."""
    chosen = st.query_params.get(IMAGE) or _gallery(run_id).get(IMAGE)
    open_image(run_id, chosen)
    return chosen


def open_image(run_id: str, image_id: str | None) -> None:
    """See this image large from now on; None closes it."""
    _gallery(run_id)[IMAGE] = image_id
    in_address(IMAGE, image_id)


def other_threshold(run: Run, first: float) -> float:
    """The threshold, a logit, that "what changes" goes to: as the address says, else this session, else ``first``."""
    asked = finite(st.query_params.get(OTHER, ""))
    value = float(_gallery(run.run_id).get(OTHER, first)) if asked is None else asked
    set_other_threshold(run.run_id, value)
    return value


def set_other_threshold(run_id: str, value: float) -> None:
    """Let "what changes" go to ``value``, a finite logit, from now on."""
    _gallery(run_id)[OTHER] = float(value)
    in_address(OTHER, repr(float(value)))


def gallery_filter(run_id: str) -> dict[str, tuple[str | None, ...]]:
    """The levels that are wanted, by subgroup; a subgroup that is absent or without levels asks for nothing."""
    return dict(_gallery(run_id).get("levels", {}))


def want_levels(run_id: str, subgroup: str, levels: Sequence[str | None]) -> None:
    """Look only at images of these levels of ``subgroup`` from now on; at all where ``levels`` is empty."""
    _gallery(run_id).setdefault("levels", {})[subgroup] = tuple(levels)


def marked_only(run_id: str) -> bool:
    """Whether only images that a reviewer marked are looked at."""
    return bool(_gallery(run_id).get("marked_only", False))


def want_marked_only(run_id: str, wanted: bool) -> None:
    """Look only at marked images from now on, or at all."""
    _gallery(run_id)["marked_only"] = wanted


def heat_map_choice(name: str, known: Sequence[str]) -> str:
    """Which of ``known``, the methods or the layers of heat maps, is in use: as this session says, else the first."""
    chosen = st.session_state.get(f"{_GALLERY}_{name}")
    return str(chosen) if chosen in known else known[0]


def choose_heat_map(name: str, chosen: str) -> None:
    """Use this method or layer of heat maps from now on."""
    st.session_state[f"{_GALLERY}_{name}"] = chosen


def data_folder(run_id: str) -> str | None:
    """Where the reader says that the run's images lie now; None where the run's own place holds."""
    return _gallery(run_id).get("data_folder")


def set_data_folder(run_id: str, folder: str) -> None:
    """Look for the run's images in ``folder`` from now on; where it is empty, in the run's own place."""
    _gallery(run_id)["data_folder"] = folder.strip() or None


def reviewer() -> str:
    """Who marks images in this session; empty until it was said."""
    return str(st.session_state.get(_REVIEWER, ""))


def set_reviewer(name: str) -> None:
    """Remember who marks images, for this session."""
    st.session_state[_REVIEWER] = name


def _gallery(run_id: str) -> dict[str, Any]:
    own: dict[str, Any] = st.session_state.setdefault(_GALLERY, {}).setdefault(run_id, {})
    return own
