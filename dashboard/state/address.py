"""The address of a page, in which everything that a reader chose stands: a copied link shows the same again.

It is read once when the script begins, by :func:`resolve`, and written in one piece, by :func:`settle`: each time it is
written the browser's history gets an entry. Nothing that reads a choice writes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_ADDRESS = "address"
_REMEMBERED = 20
_ECHOED = 80
"""So many characters of an address a page repeats at most."""


@dataclass(kw_only=True)
class _Address:
    """What the address of ``page`` ``holds``; what was ``read`` of it in this run of the script, with what was read
    where it says nothing; what it ``asked`` for anew, and of that what cannot be read. ``before`` is what it held.
    It is ``settled`` when a run of the script came so far as to write it; ``chosen`` is what was put since then."""

    page: str | None = None
    holds: dict[str, str] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    unread: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, str | None] = field(default_factory=dict)
    before: list[dict[str, str]] = field(default_factory=list)
    settled: bool = True


def resolve(page: str = "") -> None:
    """See what the address asks for: what a link, a person or the way back in the history put there.

    A click that is faster than the server still carries what the address held before an earlier click, or what it held
    when the click ended a run of the script; that is nothing that anybody asks for anew. A click while one page gives
    way to another, as the first address does to the page's own, is kept beside what the other's address asks for.
    """
    own, given, back = _own(), st.query_params.to_dict(), _on_the_way_back()
    late = page == own.page and given in own.before and not back
    kept = {} if page == own.page or back else own.chosen
    if own.settled or not late:
        own.unread, own.asked = {}, set()
    own.page, own.read, own.settled = page, {}, False
    if not late:
        own.holds, own.asked, own.chosen = given, set(given), {}
        _remember(own, given)
    for name, value in kept.items():
        put(name, value)


def page() -> str:
    """The address of the page that is seen, without its choices; empty for the first one."""
    return _own().page or ""


def settle() -> None:
    """Let the browser's address hold what was chosen, in one piece: one entry of its history, none without a change."""
    own = _own()
    if own.holds != st.query_params.to_dict():
        st.query_params.from_dict(own.holds)
    _remember(own, own.holds)
    own.settled, own.chosen = True, {}


def held() -> dict[str, str]:
    """All that the address holds: what every link to another page carries along."""
    return dict(_own().holds)


def complete() -> dict[str, str]:
    """What the address holds, and what this run of the script read where it says nothing."""
    own = _own()
    return own.holds | {name: text for name, text in own.read.items() if name not in own.holds}


def text(name: str) -> str | None:
    """What stands in the address under this name, or None."""
    return _own().holds.get(name)


def echoed(text: str) -> str:
    """``text`` out of the address as a page repeats it: not endless."""
    return text if len(text) <= _ECHOED else f"{text[: _ECHOED - 1]}…"


def put(name: str, value: str | None) -> None:
    """Let the address hold ``value`` under this name from now on, or nothing; :func:`settle` writes it."""
    own = _own()
    own.chosen[name] = value
    _hold(own, name, value)


def write_out() -> None:
    """Let the address hold whatever was read until now, said by it or not."""
    _own().holds = complete()


def note(name: str, value: str) -> None:
    """This is what was read under this name; the address itself need not say so."""
    _own().read[name] = value


def refuse(name: str) -> None:
    """What stands under this name cannot be read: it leaves the address, and is said where somebody asked for it."""
    own = _own()
    asked, unread = name in own.asked, own.holds.get(name)
    if unread is not None:
        _hold(own, name, None)
        if asked:
            own.unread[name] = unread


def asked() -> bool:
    """Whether the address came from a link, a person or the history, and not from what the reader did here."""
    return bool(_own().asked)


def unread() -> dict[str, str]:
    """What the address asked for and cannot be had, by name."""
    return dict(_own().unread)


def finite(text: str | None) -> float | None:
    """The finite number that ``text`` is, else None."""
    try:
        value = math.nan if text is None else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _hold(own: _Address, name: str, value: str | None) -> None:
    own.read.pop(name, None)
    own.asked.discard(name)
    own.holds = {known: kept for known, kept in own.holds.items() if known != name}
    if value is not None:
        own.holds[name] = value


def _remember(own: _Address, held: dict[str, str]) -> None:
    if held not in own.before:
        own.before = [*own.before, held][-_REMEMBERED:]


def _on_the_way_back() -> bool:
    """Whether the reader went back or forth in the browser's history."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def _own() -> _Address:
    own: _Address = st.session_state.setdefault(_ADDRESS, _Address())
    return own
