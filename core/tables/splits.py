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
    """A column of splits, shape (n,), as ``train``, ``validation`` or ``test``, and the cells as they stand where they
    mean none of them; and where they do (n,). Other spellings are said.
    """
    found = sheet.text(name)
    meant = {word: split_of(word) for word in dict.fromkeys(found)}
    split = np.array([meant[word] or word for word in found] + [""], dtype=object)[:-1]
    for one in _WORDS:
        other = [word for word, split in meant.items() if split == one and word != one]
        if other:
            changed = np.isin(found, np.array(other, dtype=object))
            sheet.say(changed, name, f"({few(other)}) was read as {one}", f"({few(other)}) were read as {one}")
    return split, np.array([meant[word] is not None for word in found], dtype=np.bool_)


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
