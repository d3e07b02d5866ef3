"""How the classes of a run are called in sentences, in terminal, report and dashboard alike."""

from __future__ import annotations

from collections.abc import Sequence


def class_words(class_names: Sequence[str] | None) -> tuple[str, str]:
    """How the two classes are called in a sentence: ``("without pneumonia", "with pneumonia")``.

    ``class_names`` is (negative, positive) as the run saved it; where a run does not name its classes, they are
    called by their labels.
    """
    if not class_names:
        return "labelled negative", "labelled positive"
    return f"without {finding(class_names)}", f"with {finding(class_names)}"


def finding(class_names: Sequence[str] | None) -> str:
    """How the positive class is called in a sentence, ``pneumonia``; empty where a run does not name its classes."""
    return str(class_names[1]).replace("_", " ").lower() if class_names else ""
