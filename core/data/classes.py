"""Which two classes a data set has, and which of them is the positive one."""

from __future__ import annotations

from collections.abc import Iterable

from core.errors import DataError
from core.tables.truth_words import PAIRS

PUBLIC_PAIR = ("normal", "pneumonia")
NUMBERED_PAIR = ("0", "1")
_PAIRS = tuple((negative, positive) for positive, negative in PAIRS)
_WORDS = tuple(pair for pair in _PAIRS if pair == NUMBERED_PAIR or len(pair[0]) > 1)
_MOST_NAMED = 6


def choose_classes(names: Iterable[str], positive_class: str | None, *, where: str) -> tuple[str, str]:
    """(negative, positive), spelled as first found; upper and lower case are the same.

    Without ``positive_class``, the pair is NORMAL and PNEUMONIA where both occur, or 0 and 1, false and true, no and
    yes, or another such pair, where nothing else does; 1, true and yes are positive, as everywhere in a run. With it,
    the negative class is NORMAL or the only other one.
    ``where`` says in errors what ``names`` are ("folders in data/x", "labels in y.csv"). Raises DataError that names
    what was found when the pair is not clear.
    """
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(name.casefold(), name)
    negative, positive = next((pair for pair in _PAIRS if set(spelled) == set(pair)), PUBLIC_PAIR)
    if positive_class is not None:
        positive = positive_class.strip().casefold()
        if positive not in spelled:
            raise DataError(f"--positive-class {positive_class}: no such class among the {where}: {listed(spelled)}")
        others = [name for name in spelled if name != positive]
        if negative not in others and len(others) == 1:
            negative = others[0]
    if negative in spelled and positive in spelled and negative != positive:
        return spelled[negative], spelled[positive]
    if len(spelled) < 2:
        raise DataError(
            f"two classes are needed, NORMAL and PNEUMONIA or another pair, but the {where}: {listed(spelled)}"
        )
    if len(spelled) > 2 and negative not in spelled:
        raise DataError(
            f"a run tells two classes apart, but the {where}: {listed(spelled)}; write two names in the column label "
            "of a table for --labels, merging classes or leaving the label of rows empty that are neither (uncertain "
            "ones)"
        )
    if positive_class is None:
        raise DataError(f"which class is the positive one? Say --positive-class NAME; the {where}: {listed(spelled)}")
    raise DataError(
        f"--positive-class {positive_class} names the negative class; name another of the {where}: {listed(spelled)}"
    )


def words_for(names: Iterable[str], class_names: tuple[str, str], *, where: str) -> tuple[str, str]:
    """By which words ``names`` call the two classes: their own names, in any case, or 0 and 1, false and true, and
    other such pairs of words.

    One of a pair is enough; the names count where there are any. ``where`` as in :func:`choose_classes`. Raises
    DataError where none of them is among ``names``.
    """
    spelled = {name.casefold(): name for name in names}
    for pair in (class_names, *_WORDS):
        if any(name.casefold() in spelled for name in pair):
            return pair
    raise DataError(
        f"the run tells {class_names[0]} from {class_names[1]}, and none of these, nor 0 and 1, is among the {where}: "
        f"{listed(spelled)}"
    )


def listed(spelled: dict[str, str]) -> str:
    """The first few names for an error message."""
    names = sorted(spelled.values())
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return (", ".join(names[:_MOST_NAMED]) + more) or "none"
