"""The items of STARD-AI, and where a dossier meets them: ``stard_ai.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).parent / "stard_ai.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One item, or one part of one. ``where`` is the section that a run fills, wholly or ``partly``; ``asks`` is the
    question whose answer meets it; ``tripod`` and ``claim`` are the numbers of the same in TRIPOD+AI and CLAIM 2024."""

    number: str
    title: str
    where: str = ""
    partly: bool = False
    asks: str = ""
    tripod: str = ""
    claim: str = ""


def stard_ai() -> tuple[str, tuple[Item, ...]]:
    """Where the list is from, and its items in order."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return found["source"], tuple(Item(**item) for item in found["items"])
