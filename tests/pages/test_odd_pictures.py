"""What was odd about pictures stands on the Overview, file names as plain text."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from core.runs.odd_pictures import odd, two_labels
from core.runs.store import read_run


@pytest.fixture(scope="module")
def odd_runs(runs, tmp_path_factory) -> Path:
    """``fitted`` with one pair of equal pictures in both classes, and one of few grey levels."""
    out = tmp_path_factory.mktemp("odd") / "runs"
    folder = Path(shutil.copytree(runs / "fitted", out / "fitted"))
    a, b, c, *_ = read_run(folder).records["image_id"]
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["data"] |= {"two_labels": [[a, b]], "odd_pictures": {c: "few grey levels"}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return out


def test_two_labels_are_a_warning_and_odd_pictures_are_said(open_dashboard, shown, odd_runs):
    run = read_run(odd_runs / "fitted")
    app = open_dashboard(odd_runs, run="fitted")
    assert f"One picture, two labels:</strong> {two_labels(run)}<" in shown(app, "html")
    assert set(odd(run)) < {element.value for element in app.text}


def test_a_run_of_which_nothing_was_said_shows_nothing(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="fitted")
    assert "two labels" not in shown(app, "html")
    assert not [element for element in app.text if "odd picture" in element.value]
