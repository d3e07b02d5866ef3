"""Labelled cases of another site out of an uploaded file: read in memory, used and forgotten, never on a disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import ImportFileError
from core.evaluation.predictions import Predictions
from core.runs.asking import OpenQuestionsError
from core.runs.odd_scores import odd_sets_in_words
from core.runs.prediction_file import EXPECTED
from core.runs.prediction_rows import read_rows
from core.runs.reading import Run
from core.runs.said import Said


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalFile:
    """All rows of a prediction file, whatever their split, and what is to be said of them.

    ``clipped`` probabilities of 0 or 1 were clipped, ``changed`` tells what was read otherwise than it stands there, a
    sentence each, and ``odd`` what looks wrong about the scores.
    """

    predictions: Predictions
    clipped: int
    changed: tuple[str, ...]
    odd: tuple[Said, ...]


def read_local_file(run: Run, name: str, content: bytes) -> LocalFile:
    """The cases in ``content`` whose truth is known, a file as :func:`core.runs.importer.import_predictions` takes it,
    scored by the model of ``run``. Raises :class:`ImportFileError`, which calls the file by ``name``."""
    try:
        rows = read_rows(Path(name), site="local", content=content)
    except OpenQuestionsError as error:
        raise ImportFileError(f"{name}: its columns have other names; {EXPECTED}") from error
    if run.free and rows.notes["score"] == "probability":
        raise ImportFileError(f"{name}: has probabilities, and the run has a free score; give it in a column logit")
    local, notes = rows.sets["local"].labelled, rows.notes
    if not local.n:
        raise ImportFileError(f"{name}: the truth of no case is known, and local cases are judged by it; {EXPECTED}")
    return LocalFile(
        predictions=local,
        clipped=int(notes["clipped_probabilities"]),
        changed=tuple(notes["changed_in_reading"]),
        odd=tuple(odd_sets_in_words(run, {"your file": local}, given_as_logits=notes["score"] == "logit")),
    )
