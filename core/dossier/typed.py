"""What people typed for the dossier of a run: ``dossier.toml``, which no program can know."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.disk import refusal, write_whole
from core.errors import RunFolderError
from core.runs.files import reason, regular_size

FILE = "dossier.toml"
QUESTIONS = {
    "reference_standard": "How was the truth found (reference standard)?",
    "readers": "Who found it, with what experience, and what did they know?",
    "time_between": "How long between the radiograph and the truth, and what was done meanwhile?",
    "intended_use": "What is the model meant for, by whom, and at which place in the work?",
    "owner": "Who answers for this threshold?",
}
"""Fields of the file, and what is asked."""
LONGEST = 4_000
"""Characters of one answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """Answers by the name of their question, and texts by the number of a reporting item; empty without any."""

    answers: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)


def read_typed(run_folder: Path) -> Typed:
    """What was typed; nothing where there is no file. Raises :class:`RunFolderError` for one that cannot be read."""
    path = run_folder / FILE
    if not path.exists() and not path.is_symlink():
        return Typed()
    regular_size(path)
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RunFolderError(
            f"{path}: cannot be read as TOML ({reason(error)}); correct it, or take it away"
        ) from error
    items = found.pop("items", {})
    unknown = sorted(set(found) - set(QUESTIONS))
    if unknown or not isinstance(items, dict):
        wrong = ", ".join(unknown) or "items"
        raise RunFolderError(
            f"{path}: {wrong} is not understood; it has {', '.join(QUESTIONS)} and a table [items] of texts"
        )
    for name, text in (*found.items(), *items.items()):
        if not isinstance(text, str) or len(text) > LONGEST:
            raise RunFolderError(f"{path}: {name} is no text of at most {LONGEST:,} characters; correct it")
    return Typed(
        answers={name: text.strip() for name, text in found.items() if text.strip()},
        items={name: text.strip() for name, text in items.items() if text.strip()},
    )


def write_typed(run_folder: Path, typed: Typed) -> None:
    """Keep what was typed, whole or not at all. Raises :class:`RunFolderError` where the disk refuses."""
    path = run_folder / FILE
    lines = [f"{name} = {_quoted(typed.answers[name])}" for name in QUESTIONS if typed.answers.get(name)]
    items = [f"{_quoted(number)} = {_quoted(text)}" for number, text in typed.items.items() if text]
    text = "\n".join([*lines, *(["", "[items]", *items] if items else [])]) + "\n"
    try:
        write_whole(path, text.encode("utf-8", errors="replace"))
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be written ({refusal(error)}); allow writing there") from error


def _quoted(text: str) -> str:
    """A TOML basic string, which escapes as JSON does, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
