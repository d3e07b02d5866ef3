"""What words mean here, read from ``docs/glossary.md``, the only place where that is said. No streamlit."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).resolve().parent.parent / "docs" / "glossary.md"
_ROW = re.compile(r"\| (?P<words>.+?) \| (?P<meaning>.+?) \|")
_HEADS = 2
"""Rows of the table before its first word."""


@cache
def entries() -> tuple[tuple[str, str], ...]:
    """Words and their meaning, a pair a row, as they stand there: ``("precision, PPV", "of the images called …")``."""
    rows = [_ROW.fullmatch(line) for line in _FILE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return tuple((row["words"], row["meaning"].replace("`", "")) for row in rows[_HEADS:] if row is not None)


@cache
def meanings() -> dict[str, str]:
    """The meaning of every word in lower case; a row may have several, with commas or semicolons between them."""
    return {word.lower(): meaning for words, meaning in entries() for word in re.split(r"[,;] ", words)}


def meaning(word: str) -> str:
    """What ``word`` means here; empty where the glossary does not have it."""
    return meanings().get(word.lower(), "")


def explained(text: str) -> str:
    """HTML of ``text``, each word of the glossary in it with its meaning on hover."""
    pieces = _words().split(text)  # every other one is a word
    return "".join(_with_meaning(piece) if place % 2 else html.escape(piece) for place, piece in enumerate(pieces))


def column_head(name: str, look: str = "") -> str:
    """HTML of the head of a table's column, with the attribute ``look``; without a name it is none."""
    return f"<th scope='col'{look}>{explained(name)}</th>" if name else f"<td{look}></td>"


def _with_meaning(word: str) -> str:
    return f"<span class='tw-term' title='{html.escape(meaning(word))}'>{html.escape(word)}</span>"


@cache
def _words() -> re.Pattern[str]:
    """Any word of the glossary that stands by itself, the longest that fits."""
    longest_first = sorted(meanings(), key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
