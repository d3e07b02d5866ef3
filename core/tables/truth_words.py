"""The words by which a column tells two sides apart, and which of the two means that the finding is there."""

from __future__ import annotations

NUMERALS = ("1", "0")
PAIRS = (
    NUMERALS,
    ("true", "false"),
    ("yes", "no"),
    ("positive", "negative"),
    ("pos", "neg"),
    ("present", "absent"),
    ("t", "f"),
    ("y", "n"),
)
"""(there, not there), in lower case; letters last."""
