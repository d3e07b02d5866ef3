"""A run that was begun and not finished: its settings, which command began it, and what a person does with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.config import TrainConfig
from core.errors import ConfigError, RunFolderError
from core.runs.files import CONFIG, partial_folder, read_json, reason, resume_command, shell_word, write_json

FIT, IMPORT = "fit", "import"
"""What can begin a run: a fit is continued, an import is repeated."""

_BEGUN_BY = "begun_by"


def save_settings(path: Path, config: TrainConfig, *, begun_by: str) -> None:
    """Save in the partial folder ``path`` what began it and the settings it continues with."""
    write_json(path / CONFIG, {_BEGUN_BY: begun_by, **config.to_dict()})


def read_settings(path: Path) -> TrainConfig:
    """The settings that the unfinished run in ``path`` was begun with; RunFolderError when they cannot be read."""
    saved = path / CONFIG
    values = read_json(saved)
    try:
        return TrainConfig.from_dict({name: value for name, value in values.items() if name != _BEGUN_BY})
    except (ConfigError, AttributeError, TypeError, ValueError) as error:
        raise RunFolderError(f"{saved}: {reason(error)}; delete {path} and begin the run again") from error


def begun_by(path: Path) -> str | None:
    """:data:`FIT` or :data:`IMPORT`; None where a stop came before anything was saved.

    Settings that cannot be read may be those of a fit of hours, and count as such.
    """
    if not (path / CONFIG).exists():
        return None
    try:
        values = read_json(path / CONFIG)
    except RunFolderError:
        return FIT
    return IMPORT if isinstance(values, dict) and values.get(_BEGUN_BY, _told_by(values)) == IMPORT else FIT


def _told_by(values: dict[str, Any]) -> str:
    """What began a run whose settings were saved by a program that did not say so: only a fit knows its epochs."""
    return IMPORT if "epochs" in values and values["epochs"] is None else FIT


def unfinished(out: Path, run_id: str) -> str:
    """That the run was not finished, and the command that does it."""
    path = partial_folder(out, run_id)
    began = begun_by(path)
    if began is None:
        return f"run {run_id!r} was stopped before anything of it was saved ({path}): begin it again"
    if began == FIT:
        return f"run {run_id!r} was begun and not finished ({path}): continue it with `{resume_command(out, run_id)}`"
    place = "" if out == Path(TrainConfig().out) else f" --out {shell_word(out)}"
    again = f"`python -m core import FILE --name {run_id}{place}`"
    return f"run {run_id!r} is an import that was not finished ({path}): repeat it with {again}"
