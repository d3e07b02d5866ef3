from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.runs.store import Run, read_run
from tests.glossary import without_meanings


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory, write_run: Callable[..., Path]) -> Run:
    """A whole run whose test split drifts."""
    return read_run(write_run(tmp_path_factory.mktemp("runs"), "fitted"))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML that widgets hand to Streamlit, its words without their meanings on hover."""
    pages: list[str] = []
    monkeypatch.setattr("streamlit.html", lambda html: pages.append(without_meanings(html)))
    return pages
