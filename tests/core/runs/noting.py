"""Events and who notes many of them: all that the processes need which tests start."""

from pathlib import Path

from core.runs.decisions import append_decisions


def noted(folder: Path, *values: object) -> None:
    append_decisions(folder, lambda log: [("noted", {"value": value}) for value in values])


def note_many(folder: Path, who: str, count: int) -> None:
    for i in range(count):
        noted(folder, f"{who}-{i}")
