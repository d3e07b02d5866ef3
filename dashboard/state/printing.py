"""Whether the page is laid out for paper: what its address says, and nothing else."""

from __future__ import annotations

from urllib.parse import urlencode

from dashboard.state import address

_PRINT = "print"
# Streamlit's own words: light whatever the reader's theme, and without its toolbar.
_LIGHT = {"embed": "true", "embed_options": "light_theme"}


def printing() -> bool:
    """Whether the page is laid out for paper."""
    return address.text(_PRINT) == "1"


def address_for_print() -> str:
    """The address, relative to the page's own, of the same page laid out for paper; when the script has run."""
    return f"?{urlencode(address.complete() | {_PRINT: '1'} | _LIGHT)}"
