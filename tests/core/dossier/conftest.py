"""A whole run to make a dossier of, and what a dossier's file holds."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.runs.locked_points import Signature, lock_point
from core.runs.store import Run, read_run


@pytest.fixture
def run(tmp_path: Path, write_run: Callable[..., Path]) -> Run:
    """A whole run whose test split drifts."""
    return read_run(write_run(tmp_path, "fitted"))


@pytest.fixture
def locked(run: Run) -> Run:
    """The same with a threshold of 0.25 locked that promises a sensitivity of 0.9."""
    signed = Signature(name="ward 3", rule="by hand", who="Ann <b>", why="few misses", floors={"sensitivity": "0.9"})
    lock_point(run, 0.25, signed)
    return run


def parts(page: str) -> dict[str, object]:
    """The data inside of a dossier."""
    found = re.findall(r"<script type='application/json' data-part='(\w+)'>(.*?)</script>", page)
    return {name: json.loads(text) for name, text in found}
