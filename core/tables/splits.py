"""What a split is called: the words that mean one of the three, and those that mean two."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.tables.sheet import Mask, Sheet, few

_WORDS = {
    "train": ("train", "training", "trn", "fit", "fitting"),
    "validation": ("validation", "valid", "val", "validate", "validating", "tune", "tuning"),
    "test": ("test", "testing", "tst"),
}
_KNOWN = {word: split for split, words in _WORDS.items() for word in words}
_NOT_GIVEN = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "<na>", "unknown"})
_SUFFIXES = ("set", "split", "data", "fold")
_TWO_MEANINGS = {
    "dev": "means training to some and validation to others",
    "development": "means training to some and validation to others",
    "eval": "means validation to some and test to others",
    "evaluation": "means validation to some and test to others",
    "holdout": "means validation to some and test to others",
    "hold-out": "means validation to some and test to others",
}


def read_splits(sheet: Sheet, name: str) -> tuple[npt.NDArray[np.object_], Mask]:
    """A column of splits, shape (n,), as ``train``, ``validation`` or ``test``, ``""`` where a word says that it is
    not known, and the cells as they stand where they mean nothing of these; and where they are one of the three (n,).
    Other spellings are said.
    """
    splits, known, places = distinct_splits(sheet, name)
    return np.asarray(np.array(splits, dtype=object)[places], dtype=object), np.array(known, dtype=np.bool_)[places]


def distinct_splits(sheet: Sheet, name: str) -> tuple[list[str], list[bool], npt.NDArray[np.int32]]:
    """What :func:`read_splits` makes of the distinct words of a column, and for each cell the place of its own (n,)."""
    words, places = sheet.words(name)
    if not_given := [place for place, word in enumerate(words) if word and word.casefold() in _NOT_GIVEN]:
        told = few(words[place] for place in not_given)
        sheet.say(np.isin(places, not_given), name, f"({told}) is no split: unknown", f"({told}) are no split: unknown")
        words = ["" if place in not_given else word for place, word in enumerate(words)]
    meant = [split_of(word) for word in words]
    for one in _WORDS:
        other = [place for place, split in enumerate(meant) if split == one and words[place] != one]
        if other:
            said = few(words[place] for place in other)
            sheet.say(np.isin(places, other), name, f"({said}) was read as {one}", f"({said}) were read as {one}")
    return [one or word for one, word in zip(meant, words, strict=True)], [one is not None for one in meant], places


def split_of(word: str) -> str | None:
    """The split that a word means, in any case and with or without "set" after it; None where it means none or two."""
    plain = word.casefold().strip()
    for suffix in _SUFFIXES:
        if plain.endswith(suffix) and (short := plain.removesuffix(suffix).rstrip(" _-")) in _KNOWN:
            return _KNOWN[short]
    return _KNOWN.get(plain)


def ambiguous(word: str) -> str:
    """What is unclear about a word that means two splits; empty for any other."""
    return _TWO_MEANINGS.get(word.casefold().strip(), "")
