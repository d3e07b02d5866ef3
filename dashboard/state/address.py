"""The address of a page: looked at once when the script begins to run, and written once at its end.

In between nothing that reads state touches it. What a reader's action changes is written at once, by :func:`put`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import streamlit as st

_ADDRESS = "address"


@dataclass(kw_only=True)
class _Address:
    """What ``written`` by us stands in it, what it ``asked`` for besides, and what this run of the script ``shows``."""

    written: dict[str, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    shows: dict[str, str | None] = field(default_factory=dict)


def resolve() -> None:
    """See what the address asks for: what a link, a person or the history of the browser put there, not we."""
    own = _own()
    given = st.query_params.to_dict()
    own.asked = {name: value for name, value in given.items() if own.written.get(name) != value}
    own.shows = {}


def settle() -> None:
    """Let the address hold what was read since :func:`resolve`, in one piece: one entry of the browser's history."""
    own = _own()
    given = st.query_params.to_dict()
    kept = {name: value for name, value in (given | own.shows).items() if value is not None}
    if kept != given:
        st.query_params.from_dict(kept)
    own.written = {name: value for name, value in kept.items() if name in own.shows or own.written.get(name) == value}


def asked(name: str) -> str | None:
    """What the address asks for under this name; None where it says nothing that we did not write there ourselves."""
    return _own().asked.get(name)


def show(name: str, value: str | None) -> None:
    """Let the address hold ``value`` when the script has run, or nothing under this name; for what reads state."""
    _own().shows[name] = value


def put(name: str, value: str | None) -> None:
    """Let the address hold ``value``, or nothing under this name, from now on; for what a reader does."""
    own = _own()
    own.asked.pop(name, None)
    own.shows[name] = value
    if value is None:
        own.written.pop(name, None)
        st.query_params.pop(name, None)
    else:
        own.written[name] = value
        if st.query_params.get(name) != value:
            st.query_params[name] = value


def finite(text: str | None) -> float | None:
    """The finite number that ``text`` is, else None."""
    try:
        value = math.nan if text is None else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _own() -> _Address:
    own: _Address = st.session_state.setdefault(_ADDRESS, _Address())
    return own
