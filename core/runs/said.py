"""A warning in words, for terminal, report and pages alike."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """``head`` says what is the matter, ``text`` how much, why, and what to do; both may hold text from files."""

    head: str
    text: str

    def __str__(self) -> str:
        return f"{self.head} {self.text}"
