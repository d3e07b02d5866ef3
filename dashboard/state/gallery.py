"""The gallery: which images of a run are looked at, which one is opened, and where they lie."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import streamlit as st

from core.runs.store import Run
from dashboard.state import address
from dashboard.state.choice import IMAGE, PAGE, Choice, Note, numeral, whole

Levels = Mapping[str, tuple[str | None, ...]]


def _read_levels(text: str) -> Levels | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(isinstance(levels, list) for levels in found.values()):
        return None
    if not all(level is None or isinstance(level, str) for levels in found.values() for level in levels):
        return None
    return {name: tuple(levels) for name, levels in found.items()}


def _write_levels(levels: Levels) -> str:
    return json.dumps(levels, ensure_ascii=False, separators=(",", ":"))


GALLERY_PAGE = Choice[int](PAGE, read=whole, of_run=True)
OPENED_IMAGE = Choice[str](IMAGE, of_run=True)
OTHER_THRESHOLD = Choice[float]("to", read=address.finite, write=numeral, of_run=True, of_selection=True)
LEVELS = Choice[Levels]("only", read=_read_levels, write=_write_levels, of_run=True, of_selection=True)
MARKED_ONLY = Choice[bool](
    "marked",
    "gallery_marked",
    read={"yes": True, "no": False}.get,
    write=lambda only: "yes" if only else "no",
    of_run=True,
    of_selection=True,
)
_CLOSED = Note[int]("closed_image")
_CLOSINGS = Note[int]("closings")
_FOLDERS = "data_folders"
_REVIEWER = "reviewer"


def gallery_page(pages: int) -> int:
    """The page that is seen, from 1 to ``pages``, as the address says."""
    return min(max(GALLERY_PAGE.held() or 1, 1), max(pages, 1))


def turn_gallery_page(page: int) -> None:
    """See this page from now on."""
    GALLERY_PAGE.choose(None if page == 1 else page)


def opened_image() -> str | None:
    """The image that is opened, as the address says; None where none is."""
    return OPENED_IMAGE.held() or None


def open_image(image_id: str | None) -> None:
    """See this image large from now on; None closes it."""
    OPENED_IMAGE.choose(image_id)


def close_image(number: int) -> None:
    """See no image large from now on; the one seen last has this ``number`` of those looked at, from 0, or -1."""
    open_image(None)
    _CLOSED.keep(number)
    _CLOSINGS.keep(_CLOSINGS.value(0) + 1)


def take_closed_image() -> tuple[int, int]:
    """The number of the image that the reader comes back from, -1 where there is none, or it was asked for before; and
    how often one was closed."""
    number = _CLOSED.value(-1)
    _CLOSED.keep(-1)
    return number, _CLOSINGS.value(0)


def gallery_filter() -> dict[str, tuple[str | None, ...]]:
    """The levels that are wanted, by subgroup; a subgroup that is absent or without levels asks for nothing."""
    return dict(LEVELS.held() or {})


def want_levels(subgroup: str, levels: Sequence[str | None]) -> None:
    """Look only at images of these levels of ``subgroup`` from now on; at all where ``levels`` is empty."""
    wanted = {name: own for name, own in (gallery_filter() | {subgroup: tuple(levels)}).items() if own}
    LEVELS.choose(wanted or None)


def data_folder(run: Run, evaluation_set: str) -> str | None:
    """Where the reader says that the images of a set lie now; None where the place on record holds.

    A fact of this machine, which no link may change.
    """
    folder: str | None = st.session_state.get(_FOLDERS, {}).get(_place(run, evaluation_set))
    return folder


def set_data_folder(run: Run, evaluation_set: str, folder: str) -> None:
    """Look for the images of a set in ``folder`` from now on; where it is empty, in the place on record."""
    st.session_state.setdefault(_FOLDERS, {})[_place(run, evaluation_set)] = folder.strip() or None


def _place(run: Run, evaluation_set: str) -> tuple[str, str]:
    """The run's own sets lie in one folder, each site in its own."""
    return run.run_id, evaluation_set if evaluation_set in run.sites.whole else ""


def reviewer() -> str:
    """Who marks images in this session; empty until it was said."""
    return str(st.session_state.get(_REVIEWER, ""))


def set_reviewer(name: str) -> None:
    """Remember who marks images, for this session."""
    st.session_state[_REVIEWER] = name
