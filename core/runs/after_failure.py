"""After a write has failed: what to say, by what is on the disk now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.disk import refusal
from core.errors import RunFolderError, UnconfirmedError

T = TypeVar("T")


def after_failure(path: Path, error: OSError, *, stands: Callable[[], bool], remedy: str) -> RunFolderError:
    """The error to raise where writing ``path`` raised ``error``; ``stands`` looks whether it is written all the same.

    An :class:`UnconfirmedError` where it is: done, and not to be repeated. Otherwise nothing was changed, and
    ``remedy`` says what to do; where the disk cannot be read either, that it is not known.
    """
    try:
        done = stands()
    except (OSError, RunFolderError):
        return RunFolderError(
            f"{path}: whether it was written cannot be seen ({refusal(error)}); look again before you repeat it"
        )
    if done:
        return UnconfirmedError(
            f"{path}: is written and can be read, but the disk did not confirm that it will last ({refusal(error)}); "
            "do not repeat it, look at the disk, and keep a copy elsewhere"
        )
    return RunFolderError(f"{path}: cannot be written ({refusal(error)}); {remedy}")


def read_again(folder: Path, read: Callable[[Path], T]) -> T:
    """The run that was written to ``folder`` just now; UnconfirmedError, as it stands, where it cannot be read."""
    try:
        return read(folder)
    except RunFolderError as error:
        raise UnconfirmedError(
            f"{folder}: is written, but the disk did not confirm that it can be read: {error}"
        ) from error
