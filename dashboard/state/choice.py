"""Whatever a reader chooses: declared once, and held by the address, so that every link and every page shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from dashboard.state import address

T = TypeVar("T")

PAGE = "page"
IMAGE = "image"
_OF_RUN: set[str] = set()
_NOTES = "notes"


def of_run() -> frozenset[str]:
    """The names of all choices that belong to one run."""
    return frozenset(_OF_RUN)


def numeral(value: float) -> str:
    """A number to its last bit."""
    return repr(float(value))


def whole(text: str) -> int | None:
    """The whole number from 0 on that ``text`` is, of at most nine digits, else None."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def share(text: str) -> float | None:
    """The number strictly between 0 and 1 that ``text`` is, else None."""
    value = address.finite(text)
    return value if value is not None and 0 < value < 1 else None


def floor(text: str) -> str | None:
    """The decimal numeral above 0 and at most 1, of at most nine decimals, that ``text`` is, else None."""
    is_numeral = text.isascii() and text.replace(".", "", 1).isdecimal() and len(text) <= 11
    return text if is_numeral and 0 < float(text) <= 1 else None


@dataclass(frozen=True)  # without slots: a frozen generic class with them cannot be made as Choice[str](...)
class Choice(Generic[T]):
    """A choice that stands in the address under its ``name``.

    ``key`` is that of the widget that shows it, the name where none is given. ``read`` makes a value of the address's
    text, None of one that is none; ``write`` is its inverse. One that is ``of_run`` is another one in every run, and
    choosing one that is ``of_selection`` shows the gallery's first page again and closes its opened image.
    """

    name: str
    key: str = ""
    read: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    of_run: bool = False
    of_selection: bool = False

    def __post_init__(self) -> None:
        if self.of_run:
            _OF_RUN.add(self.name)

    @property
    def widget(self) -> str:
        return self.key or self.name

    def held(self) -> T | None:
        """What the address says; None where it says nothing. What cannot be read is taken out of it."""
        text = address.text(self.name)
        value: T | None = None if text is None else self.read(text)
        if value is None:
            address.refuse(self.name)
        return value

    def value(self, first: T) -> T:
        """What the address says, whatever it is; ``first`` where it says nothing."""
        held = self.held()
        value = first if held is None else held
        address.note(self.name, self.write(value))
        return value

    def among(self, known: Sequence[T], first: T | None = None) -> T:
        """One of ``known``: the address's, else ``first`` where it is given, else the first of them."""
        held = self.held()
        if held is not None and held not in known:
            address.refuse(self.name)
        return self.value(known[0] if first is None else first)

    def choose(self, value: T | None) -> None:
        """Hold ``value`` from now on; None: nothing."""
        address.put(self.name, None if value is None else self.write(value))
        if self.of_selection:
            address.put(PAGE, None)
            address.put(IMAGE, None)  # of an id that another set may have as well


@dataclass(frozen=True)
class Note(Generic[T]):
    """What one session remembers under this ``name`` and no link carries: a fact of the session, not a choice."""

    name: str

    def value(self, first: T) -> T:
        """What was kept last; ``first`` until then."""
        kept: T = st.session_state.get(_NOTES, {}).get(self.name, first)
        return kept

    def keep(self, value: T) -> None:
        """Remember ``value`` from now on."""
        st.session_state.setdefault(_NOTES, {})[self.name] = value


SPLIT = Choice[str]("split", "split_switch", of_selection=True)
SCALE = Choice[str]("scale", "scale_switch")
FINDING = Choice[str]("finding", "finding_picker", of_run=True, of_selection=True)
"""Which of a run's several findings is asked about."""
POPULATION = Choice[str]("population", "population_switch")
"""Whose prevalence figures are for: "images" or "clinic"."""
SUBGROUP = Choice[str]("by", "subgroup_switch")
CROSSED = Choice[str]("and", "crossed_switch")
"""The second column of Subgroups; the empty text for none."""
LEVEL_PAGE = Choice[str]("levels", "level_page")
"""Which twenty levels of Subgroups are seen."""
GALLERY_KIND = Choice[str]("show", "gallery_kind", of_selection=True)
GALLERY_ORDER = Choice[str]("sort", "gallery_order", of_selection=True)
HEAT_MAP_METHOD = Choice[str]("heat_map", "heat_map_method")
HEAT_MAP_LAYER = Choice[str]("layer", "heat_map_layer")
BINNING = Choice[str]("binning", "binning_switch")
"""How probabilities are put into bins, of ``theme.BINNINGS``."""
BINS = Choice[int]("bins", "bins_slider", read=lambda text: bins if (bins := whole(text)) and 2 <= bins <= 50 else None)
RULE = Choice[str]("rule", "delivery_rule", of_run=True)
"""Which rule's promise is held against test."""
MARGIN = Choice[str]("margin", "margin_select")
"""The shortfall of a promised rate that does not matter, a decimal numeral."""
STRESS_SHIFT = Choice[str]("shift", "stress_shift")
STRESS_IMAGE = Choice[str]("example", "stress_image")
TEST_IS_OF = Choice[str]("test_is_of", "test_is_of_switch")
"""Whether test is of the hospital of validation ("same") or of "another", which only its owner knows."""
HOSPITALS = Choice[tuple[str, ...]](
    "hospitals",
    "hospitals_select",
    read=lambda text: tuple(text.split(",")) if text else None,
    write=",".join,  # a site's name has no comma
    of_run=True,
)
"""At which hospitals the floors of Find a threshold are to hold; none chosen: at all."""
