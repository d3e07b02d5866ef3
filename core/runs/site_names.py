"""What a site can be called: a folder's name on every operating system, and no word for one of the run's own sets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.errors import RunFolderError
from core.tables.splits import split_of

LONGEST = 80

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(10))})
"""Names that Windows keeps for devices, with any ending."""


def site_name_problem(name: str, taken: Iterable[str] = ()) -> str:
    """Why no new site can be called ``name`` beside those ``taken``; empty where it can."""
    if not name:
        return "it is empty"
    if len(name) > LONGEST or not _NAME.fullmatch(name) or name.endswith("."):
        return (
            f"use 1 to {LONGEST} letters (a to z), digits, '.', '_' or '-', beginning with a letter or digit and not "
            "ending in a dot"
        )
    if name.casefold() == "all" or split_of(name) is not None:
        return "it is a word for the run's own images; choose the hospital's name"
    if name.split(".")[0].casefold() in _DEVICES:
        return "Windows keeps it for a device"
    same = next((other for other in taken if other.casefold() == name.casefold()), None)
    if same == name:
        return "there is a site of this name already"
    return "" if same is None else f"it differs from {same!r} in capitals only"


def check_site_name(name: str, taken: Iterable[str] = ()) -> str:
    """``name`` itself; :class:`RunFolderError` where no new site can have it."""
    if problem := site_name_problem(name, taken):
        raise RunFolderError(f"site name {name[:LONGEST]!r}: {problem}")
    return name
