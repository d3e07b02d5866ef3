"""Addresses of pages: put right, copied, and said where something in them cannot be had."""

from __future__ import annotations

from urllib.parse import urlencode

from dashboard import state, widgets, words
from dashboard.component import component


def to_its_address(name: str) -> None:
    """Put the address of the page called ``name`` in the place of another one that led here.

    The browser's history gets no entry, so that the way back does not lead here again and again.
    """
    component("address", "address.js", html="<i hidden></i>")(
        key="to_its_address", data={"address": f"{name}?{urlencode(state.held() | state.unread())}"}
    )


def copy_link() -> None:
    """A button that copies the link to what is seen: with what was not chosen as well, so that it stays as it is."""
    component("copy_link", "copy_link.js", "copy_link.css", html="copy_link.html")(
        key="copy_link", data={"query": urlencode(state.complete())}
    )


def unread() -> None:
    """What the address asks for and cannot be had, in words; it has left the address."""
    for name, text in state.unread().items():
        widgets.small(words.unread(name, text))
