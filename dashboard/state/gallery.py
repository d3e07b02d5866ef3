"""The gallery: which images of a run are looked at, which one is opened, and where they lie."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import streamlit as st

from core.runs.store import Run
from dashboard.state import address

_OTHER, _IMAGE, _PAGE = "to", "image", "page"
_GALLERY = "gallery"
_REVIEWER = "reviewer"


def gallery_page(run: Run, selection: Hashable, pages: int) -> int:
    """The page of this selection that is seen, from 1 to ``pages``: as the address says, else this session.

    Another selection begins with its first.
    """
    asked = address.asked(_PAGE) or ""
    of_address = int(asked) if asked.isdecimal() and len(asked) < 10 else 1
    known, page = _gallery(run).get(_PAGE, (selection, of_address))
    page = min(max(page, 1), max(pages, 1)) if known == selection else 1
    _gallery(run)[_PAGE] = (selection, page)
    address.show(_PAGE, None if page == 1 else str(page))
    return int(page)


def turn_gallery_page(run: Run, selection: Hashable, page: int) -> None:
    """See this page of the selection from now on."""
    _gallery(run)[_PAGE] = (selection, page)
    address.put(_PAGE, None if page == 1 else str(page))


def opened_image(run: Run) -> str | None:
    """The image that is opened: as the address says, else this session; None where none is."""
    chosen: str | None = address.asked(_IMAGE) or _gallery(run).get(_IMAGE)
    _gallery(run)[_IMAGE] = chosen
    address.show(_IMAGE, chosen)
    return chosen


def open_image(run: Run, image_id: str | None) -> None:
    """See this image large from now on; None closes it."""
    _gallery(run)[_IMAGE] = image_id
    address.put(_IMAGE, image_id)


def other_threshold(run: Run, first: float) -> float:
    """The threshold, a logit, that "what changes" goes to: as the address says, else this session, else ``first``."""
    asked = address.finite(address.asked(_OTHER))
    value = float(_gallery(run).get(_OTHER, first)) if asked is None else asked
    _gallery(run)[_OTHER] = value
    address.show(_OTHER, repr(value))
    return value


def set_other_threshold(run: Run, value: float) -> None:
    """Let "what changes" go to ``value``, a finite logit, from now on."""
    _gallery(run)[_OTHER] = float(value)
    address.put(_OTHER, repr(float(value)))


def gallery_filter(run: Run) -> dict[str, tuple[str | None, ...]]:
    """The levels that are wanted, by subgroup; a subgroup that is absent or without levels asks for nothing."""
    return dict(_gallery(run).get("levels", {}))


def want_levels(run: Run, subgroup: str, levels: Sequence[str | None]) -> None:
    """Look only at images of these levels of ``subgroup`` from now on; at all where ``levels`` is empty."""
    _gallery(run).setdefault("levels", {})[subgroup] = tuple(levels)


def marked_only(run: Run) -> bool:
    """Whether only images that a reviewer marked are looked at."""
    return bool(_gallery(run).get("marked_only", False))


def want_marked_only(run: Run, wanted: bool) -> None:
    """Look only at marked images from now on, or at all."""
    _gallery(run)["marked_only"] = wanted


def data_folder(run: Run) -> str | None:
    """Where the reader says that the run's images lie now; None where the run's own place holds."""
    return _gallery(run).get("data_folder")


def set_data_folder(run: Run, folder: str) -> None:
    """Look for the run's images in ``folder`` from now on; where it is empty, in the run's own place."""
    _gallery(run)["data_folder"] = folder.strip() or None


def reviewer() -> str:
    """Who marks images in this session; empty until it was said."""
    return str(st.session_state.get(_REVIEWER, ""))


def set_reviewer(name: str) -> None:
    """Remember who marks images, for this session."""
    st.session_state[_REVIEWER] = name


def _gallery(run: Run) -> dict[str, Any]:
    own: dict[str, Any] = st.session_state.setdefault(_GALLERY, {}).setdefault(run.key, {})
    return own
