"""The words of a column of labels, and which of them mean that the finding is there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.runs.asking import Choice, Question, Reason
from core.runs.mapping import Finding
from core.tables import cells
from core.tables.sheet import Sheet, as_mask, few, shown
from core.tables.truth_words import NUMERALS, PAIRS

SIGN = "|"
"""What parts the words of a cell that lists several."""
_MOST_LISTS = 5_000
"""So many different lists are looked into; a column of more is one of other text."""
MOST = 30
"""A column of more different words than these is no column of labels."""
_DOUBTS = frozenset({"-1", "u", "uncertain", "unsure", "equivocal", "indeterminate", "unsicher", "fraglich", "?"})
_NUMERAL = r"^[+-]?[0-9]"


def label_words(sheet: Sheet, name: str) -> npt.NDArray[np.object_]:
    """The word of each row (n,), as labels are compared: without case, 1.0 as 1; ``""`` where the truth is unknown."""
    text = sheet.as_text(name)
    unknown = as_mask(cells.is_unknown(text)) & ~as_mask(cells.matches(text, _NUMERAL))
    encoded = text.combine_chunks().dictionary_encode()
    words = np.array([*map(compared, encoded.dictionary.to_pylist()), ""], dtype=object)[:-1]
    found = np.asarray(words[encoded.indices.to_numpy()], dtype=object) if len(words) else np.empty(0, dtype=object)
    found[unknown & (found != "?")] = ""
    return found


def compared(word: str) -> str:
    """A label as labels are compared."""
    return re.sub(r"^\+?(-?[0-9]+)[.,]0*$", r"\1", cells.trim(word)).casefold()


def spellings(sheet: Sheet, name: str) -> dict[str, str]:
    """The first spelling in the file of each word, in the order of the file."""
    column = sheet.as_text(name).unique().to_pylist()
    found: dict[str, str] = {}
    for word in column:
        found.setdefault(compared(word), cells.trim(word))
    return found


def could_be_labels(sheet: Sheet, name: str) -> bool:
    """Whether a column holds few different words, at least two, one a cell or listed in its cells."""
    if pa.types.is_temporal(sheet.columns[name].type):
        return False
    cells_of = sheet.as_text(name).unique()
    listed = lists(cells_of.to_pylist())
    distinct = set(listed) if listed else {compared(word) for word in cells_of.slice(0, MOST * 4).to_pylist()} - {""}
    return 2 <= len(distinct) <= MOST


def lists(distinct: Sequence[str]) -> list[str]:
    """The words of cells that list several, ``Cardiomegaly|Effusion``, in the order of the file; [] where each cell is
    one word. They are lists where a word of one stands alone, or in another list."""
    several = [words_of(cell) for cell in distinct if SIGN in cell]
    if not several or len(distinct) > _MOST_LISTS:
        return []
    counts = Counter(word for cell in distinct for word in dict.fromkeys(words_of(cell)))
    return list(counts) if any(counts[word] > 1 for words in several for word in words) else []


def words_of(cell: str) -> list[str]:
    """The words that a cell lists, as labels are compared."""
    return [word for part in cell.split(SIGN) if (word := compared(part))]


def sides(sheet: Sheet, finding: Finding, name: str) -> tuple[list[Reason], list[Question]]:
    """The words of both sides of the column ``name`` that ``finding`` leaves open, or what must be asked."""
    counts = Counter(label_words(sheet, name).tolist())
    counts.pop("", None)
    first = spellings(sheet, name)
    if listed_words := lists(list(counts)):
        first = {compared(part): cells.trim(part) for cell in first.values() for part in reversed(cell.split(SIGN))}
        whole, counts = counts, Counter(dict.fromkeys(listed_words, 0))
        for cell, rows in whole.items():
            counts.update(dict.fromkeys(words_of(cell), rows))
    reasons: list[Reason] = []

    def understood(key: str, words: Iterable[str], because: str) -> None:
        nonlocal finding
        value = tuple(first.get(word, word) for word in words)
        reasons.append(Reason(key=key, value=value, because=because))
        finding = _with(finding, key, value)

    def listed() -> str:
        return ", ".join(f"{shown(first[word])} {counts[word]:,}" for word in list(counts)[:MOST])

    doubts = [word for word in counts if word in _DOUBTS]
    pair = next((pair for pair in PAIRS if set(counts) - set(doubts) <= set(pair) and set(counts) & set(pair)), None)
    if pair == NUMERALS and set(counts) == {"1", "-1"}:
        pair = None
    if finding.positive is None:
        if pair is None:
            choices = tuple(Choice(value=(first[word],)) for word in list(counts)[:MOST])
            asks = f"Column {shown(name)}: which word means that the finding is there? ({listed()})"
            return reasons, [Question(key="positive", asks=asks, choices=choices)]
        understood("positive", [pair[0]], f"column {shown(name)} has {listed()}")
    positive = {compared(word) for word in finding.positive or ()}
    rest = [word for word in counts if word not in positive]
    if finding.negative is None:
        if pair is not None and positive == {pair[0]}:
            understood("negative", [pair[1]], f"column {shown(name)} has {listed()}")
        elif len(rest) <= 1:
            understood("negative", rest, "the only other word" if rest else "there is no other word")
        else:
            every = Choice(value=tuple(first[word] for word in rest), means="all others")
            each = tuple(
                Choice(value=(first[word],), means="only this; the others are uncertain") for word in rest[:MOST]
            )
            asks = f"Column {shown(name)}: which words mean that the finding is not there? ({listed()})"
            return reasons, [Question(key="negative", asks=asks, choices=(every, *each))]
    negative = {compared(word) for word in finding.negative or ()}
    uncertain = [word for word in rest if word not in negative]
    if not uncertain or finding.uncertain is not None:
        return reasons, []
    rows = sum(counts[word] for word in uncertain)
    asks = f"Column {shown(name)}: what becomes of {few(first[word] for word in uncertain)} ({rows:,} rows)?"
    choices = (
        Choice(value="leave out", means="a truth that is not known"),
        Choice(value="positive", means="as if the finding were there"),
        Choice(value="negative", means="as if it were not there"),
    )
    return reasons, [Question(key="uncertain", asks=asks, choices=choices)]


def truths(sheet: Sheet, finding: Finding, name: str) -> npt.NDArray[np.float64]:
    """The truth of each row (n,): 1, 0, or NaN where it is unknown; words of neither side as ``uncertain`` says."""
    words = label_words(sheet, name)
    positive, negative = ({compared(word) for word in side or ()} for side in (finding.positive, finding.negative))
    other = {"positive": 1.0, "negative": 0.0}.get(finding.uncertain or "", np.nan)
    distinct, at = np.unique(words.astype(str), return_inverse=True)
    listed = bool(lists(distinct.tolist()))
    said = [set(words_of(word) if listed else [word]) - {""} for word in distinct.tolist()]
    value = [1.0 if one & positive else np.nan if not one else 0.0 if one <= negative else other for one in said]
    return np.array(value, dtype=np.float64)[at]


def _with(finding: Finding, key: str, value: tuple[str, ...]) -> Finding:
    return replace(finding, positive=value) if key == "positive" else replace(finding, negative=value)
