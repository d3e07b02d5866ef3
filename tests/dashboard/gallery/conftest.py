from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.runs.store import Run, read_run
from core.telling.scale import scales
from dashboard import gateway
from dashboard.gallery.view import View


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory, write_run_with_images: Callable[..., Path]) -> Run:
    """A run whose eight images of each split lie on the disk."""
    return read_run(write_run_with_images(tmp_path_factory.mktemp("runs"), "pictured"))


@pytest.fixture
def view_of() -> Callable[..., View]:
    """A view of a run's test split, as the page makes it, without a session."""

    def make(run: Run, *, threshold: float = 0.0, kind: str = "tp", other: float | None = None, **rest: Any) -> View:
        levels = tuple((name, ()) for name in gateway.subgroup_levels(run, "test"))
        selection = gateway.Selection(
            split="test",
            threshold=threshold,
            kind=kind,
            order="confident",
            other=other,
            levels=rest.pop("levels", levels),
        )
        values = {
            "marked_only": False,
            "marks": {},
            "marks_problem": "",
            "rows": gateway.selected(run, selection),
        } | rest
        return View(run=run, scale=scales(run)["raw"], selection=selection, **values)

    return make
