"""A whole run, to be told of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.runs.store import Run, read_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory, write_run: Callable[..., Path]) -> Run:
    """A whole run whose test split drifts."""
    return read_run(write_run(tmp_path_factory.mktemp("runs"), "fitted"))
