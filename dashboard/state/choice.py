"""Whatever a reader chooses among several things: declared once, remembered from page to page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from dashboard.state import address

_CHOICES = "choices"

T = TypeVar("T")


@dataclass(frozen=True)  # without slots: a frozen generic class with them cannot be made as Choice[str](...)
class Choice(Generic[T]):
    """A choice by its ``name`` in the session. One that is ``in_address`` is a text, and stands there under its name.

    ``key`` is that of the widget that shows it, the name where none is given.
    """

    name: str
    key: str = ""
    in_address: bool = False

    @property
    def widget(self) -> str:
        return self.key or self.name

    def among(self, known: Sequence[T], first: T | None = None) -> T:
        """One of ``known``: the address's, else this session's, else ``first`` where it is given, else the first."""
        otherwise = known[0] if first is None else first
        wanted: tuple[Any, ...] = (address.asked(self.name) if self.in_address else None, _kept().get(self.name))
        chosen = next((value for value in wanted if value in known), otherwise)
        if self.in_address:
            _kept()[self.name] = chosen
            address.show(self.name, str(chosen))
        return chosen

    def value(self, first: T) -> T:
        """What this session chose last, whatever it is; ``first`` until then."""
        chosen: T = _kept().get(self.name, first)
        return chosen

    def choose(self, value: T) -> None:
        """Hold ``value`` from now on."""
        _kept()[self.name] = value
        if self.in_address:
            address.put(self.name, str(value))


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault(_CHOICES, {})
    return kept


SPLIT = Choice[str]("split", "split_switch", in_address=True)
SCALE = Choice[str]("scale", "scale_switch", in_address=True)
FINDING = Choice[str]("finding", in_address=True)
POPULATION = Choice[str]("population", "population_switch", in_address=True)
"""Whose prevalence figures are for: "images" or "clinic"."""
SUBGROUP = Choice[str]("by", "subgroup_switch", in_address=True)
GALLERY_KIND = Choice[str]("show", "gallery_kind", in_address=True)
GALLERY_ORDER = Choice[str]("sort", "gallery_order", in_address=True)
HEAT_MAP_METHOD = Choice[str]("heat_map_method")
HEAT_MAP_LAYER = Choice[str]("heat_map_layer")
BINNING = Choice[str]("binning", "binning_switch")
"""How probabilities are put into bins, of ``theme.BINNINGS``."""
BINS = Choice[int]("bins", "bins_slider")
RULE = Choice[str]("delivery_rule")
"""Which rule's promise is held against test."""
MARGIN = Choice[str]("margin", "margin_select", in_address=True)
"""The shortfall of a promised rate that does not matter, a decimal numeral."""
