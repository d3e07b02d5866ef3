"""What the cells of a column say, whole columns at a time: padding, words for "unknown", ids a spreadsheet rounded."""

from __future__ import annotations

import re
import sys

import pyarrow as pa
import pyarrow.compute as pc

from core.tables.on_disk import by_part, is_text, made_of, parts_of

PADDING = "".join(chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()) + (
    "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
)
"""Spaces of every width, line ends, and characters that nobody sees: zero-width ones and the byte order mark."""

_UNKNOWN = frozenset(
    {
        "na",
        "n/a",
        "n / a",
        "n/d",
        "n.d",
        "n.a",
        "n/k",
        "nk",
        "#n/a",
        "#na",
        "nan",
        "nat",
        "null",
        "nil",
        "none",
        "unknown",
        "unk",
        "unkn",
        "unknown_patient",
        "anonymous",
        "anonym",
        "anon",
        "anonymized",
        "anonymised",
        "anonymisiert",
        "missing",
        "undefined",
        "undef",
        "unspecified",
        "tbd",
        "void",
        "empty",
        "blank",
        "unbekannt",
        "k.a",
        "k. a",
        "n.v.t",
        "nvt",
        "inconnu",
        "inconnue",
        "desconocido",
        "desconhecido",
        "sconosciuto",
        "onbekend",
        "-1",
        "-1.0",
        "-9",
        "-99",
        "-999",
        "-9999",
        "#value!",
        "#ref!",
        "#name?",
        "#num!",
        "#null!",
        "#div/0!",
        "not available",
        "not applicable",
        "not known",
        "not recorded",
        "not provided",
        "not given",
        "no id",
        "no value",
        "unknown patient",
        "patient unknown",
        "anonymous patient",
        "keine angabe",
        "not stated",
        "no data",
        "sans objet",
        "sin dato",
        "redacted",
        "removed",
        "deleted",
        "withheld",
        "hidden",
        "private",
        "de-identified",
        "deidentified",
        "pseudonymized",
        "pseudonymised",
        "anonymous_patient",
        "anonymized_patient",
        "anonymised_patient",
        "未知",
        "不明",
        "不详",
        "неизвестно",
    }
)
_WRAPPING = PADDING + "\"'`´“”„‘’‚«»‹›()[]{}<>^.*"
_NOTHING = r"^(?:0+(?:[.,]0+)?|[^\p{L}\p{N}]*|x{2,})$"
ZERO = r"^0+(?:[.,]0+)?$"
ROUNDED = r"^[+-]?(?:[0-9]+(?:[.,][0-9]+)?[eE]\+[0-9]+|[0-9]+[.,][0-9]+[eE][0-9]+)$"
"""A whole number as spreadsheets show long ones: 1.27E+15."""
LONG = r"^[0-9]{16,}$"
FILLED = r"^[0-9]{15}0+$"
"""A whole number of more digits than the 15 that a spreadsheet keeps, the others 0."""


def trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """``column`` of text without :data:`PADDING` at either end of its cells; the column itself where none has any."""
    if not pc.any(by_part(column, lambda part: pc.not_equal(_trimmed(part), part))).as_py():
        return column
    return made_of(map(_trimmed, parts_of(column)))


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_trim(column, characters=PADDING)


def trim(text: str) -> str:
    """One cell, as :func:`trimmed` has it."""
    return text.strip(PADDING)


def is_empty(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether each cell is null or, in a column of text, has no character."""
    absent = pc.is_null(column)
    if not is_text(column.type):
        return absent
    return pc.or_(absent, by_part(column, lambda part: pc.fill_null(pc.equal(part, ""), True)))


def is_unknown(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether each cell of text is nobody's id: a word for "unknown" in any case, bare or quoted, a sign alone, or 0.

    A null or empty cell is one too.
    """
    words = pa.array(sorted(_UNKNOWN), column.type)

    def judged(part: pa.ChunkedArray) -> pa.ChunkedArray:
        bare = pc.utf8_trim(pc.utf8_lower(pc.fill_null(part, "")), characters=_WRAPPING)
        return pc.or_(pc.is_in(bare, value_set=words), pc.match_substring_regex(bare, _NOTHING))

    return by_part(column, judged)


def matches(column: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    """Whether each cell of text matches a regular expression (of RE2); False where it is null."""
    return by_part(column, lambda part: pc.match_substring_regex(pc.fill_null(part, ""), pattern))


def plain_name(name: str) -> str:
    """A column's name as names are compared: lower case, trimmed, ``_`` for what parts its words."""
    return re.sub(r"[\s\-.]+", "_", trim(name).casefold())
