"""The dossier of a run, and what people type for it; neither is kept, as both follow the run's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.dossier.items import Item, stard_ai
from core.dossier.typed import LONGEST, QUESTIONS, Typed, read_typed, write_typed
from core.runs.store import Run

if TYPE_CHECKING:
    from core.explain.pictures import Pictures

LONGEST_ANSWER = LONGEST


def dossier(run: Run, *, leaves: bool, pictures: Pictures | None = None) -> str:
    """The dossier as HTML, with the pictures of its worst errors where there are any. RunFolderError where none can be
    made."""
    from core.dossier.writing import dossier as written  # which loads what decodes images

    return written(run, leaves=leaves, pictures=pictures)


def typed(run: Run) -> Typed:
    """What was typed for it. RunFolderError for a file that cannot be read."""
    return read_typed(run.folder)


def keep_typed(run: Run, answers: dict[str, str], items: dict[str, str]) -> None:
    """Keep it in the run's folder. RunFolderError where the disk refuses."""
    write_typed(run.folder, Typed(answers=answers, items=items))


def questions() -> dict[str, str]:
    """What is asked, by the name of its field."""
    return dict(QUESTIONS)


def only_people_know() -> tuple[Item, ...]:
    """The reporting items that neither a run nor one of the :func:`questions` answers wholly."""
    return tuple(item for item in stard_ai()[1] if not item.asks and (item.partly or not item.where))
