"""Tables of several findings: columns of labels and of scores that are called after one another."""

from __future__ import annotations

from collections.abc import Iterable

from core.runs.column_names import parts
from core.runs.label_words import SIGN, compared, could_be_labels, lists, spellings
from core.runs.mapping import Finding
from core.runs.score_scale import could_be_scores
from core.tables.sheet import Sheet

_AFFIXES = frozenset(
    {
        "x",
        "y",
        "p",
        "s",
        "pred",
        "preds",
        "prediction",
        "predicted",
        "prob",
        "probability",
        "score",
        "scores",
        "output",
        "logit",
        "logits",
        "model",
        "label",
        "labels",
        "true",
        "truth",
        "gt",
        "target",
        "finding",
    }
)
"""Words that say whether a column has the labels or the scores of a finding, and not which finding it is."""


def finding_of(name: str) -> frozenset[str]:
    """The words in a column's name that say which finding it is of; empty where none does."""
    return parts(name) - _AFFIXES - {""}


def pairs(sheet: Sheet, names: Iterable[str]) -> dict[str, str]:
    """The columns of labels, each with the one column of scores that is called after the same finding."""
    by_finding: dict[frozenset[str], list[str]] = {}
    for name in names:
        if finding := finding_of(name):
            by_finding.setdefault(finding, []).append(name)
    found = {}
    for same in (same for same in by_finding.values() if len(same) == 2):
        scores = [name for name in same if could_be_scores(sheet, name) and not could_be_labels(sheet, name)]
        labels = [name for name in same if could_be_labels(sheet, name) and name not in scores]
        if len(labels) == len(scores) == 1:
            found[labels[0]] = scores[0]
    return found


def listed_findings(sheet: Sheet, names: Iterable[str], label: str) -> list[Finding]:
    """The findings that cells of the column ``label`` list, ``Cardiomegaly|Effusion``, each with the one column of
    scores among ``names`` that is called after it; those without one are left out, [] where cells list nothing."""
    columns, first = list(names), spellings(sheet, label)
    words = {compared(part): part for cell in first.values() for part in reversed(cell.split(SIGN))}
    listed = lists(list(first))
    found = []
    for word in listed:
        if (score := score_called_after(sheet, columns, [words[word]])) is not None:
            others = tuple(words[other] for other in listed if other != word)
            found.append(Finding(name=words[word], label=label, positive=(words[word],), negative=others, score=score))
    return found


def score_called_after(sheet: Sheet, names: Iterable[str], wanted: Iterable[str]) -> str | None:
    """The one column of scores that is called after one of the ``wanted`` findings; None without, or with several."""
    findings = {finding_of(name) for name in wanted} - {frozenset()}
    found = [name for name in names if finding_of(name) in findings and could_be_scores(sheet, name)]
    return found[0] if len(found) == 1 else None
