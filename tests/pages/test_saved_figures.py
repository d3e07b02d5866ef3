"""Figures that were saved with a run, by methods of another day, are shown on no page: every page computes its own."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.runs.seal import sealed
from core.runs.store import read_run
from dashboard import theme

SAVED = ("metrics.json", "calibration.json", "operating_points.json")
PARAMETERS = {"threshold", "name", "rule", "level", "n", "n_pos", "n_patients"}


def of_another_day(values: Any) -> Any:
    """The same with another figure in every place of one; thresholds, and the temperature itself, stay."""
    if isinstance(values, list):
        return [of_another_day(value) for value in values]
    if not isinstance(values, dict):
        return 0.1234 if isinstance(values, float) else values
    return {name: value if name in PARAMETERS else of_another_day(value) for name, value in values.items()}


@pytest.fixture(scope="module")
def today(runs, tmp_path_factory) -> Path:
    """``fitted`` alone, without what other tests decided of it."""
    out = tmp_path_factory.mktemp("today") / "runs"
    shutil.copytree(runs / "fitted", out / "fitted", ignore=shutil.ignore_patterns("decisions.jsonl"))
    return out


@pytest.fixture(scope="module")
def older(today, tmp_path_factory) -> Path:
    """The same with other figures in its files."""
    out = tmp_path_factory.mktemp("older") / "runs"
    folder = Path(shutil.copytree(today / "fitted", out / "fitted"))
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in SAVED:
        saved = json.loads((folder / name).read_text())
        changed = of_another_day(saved)
        if name == "calibration.json":
            changed["temperature"]["value"] = saved["temperature"]["value"]
        (folder / name).write_text(json.dumps(changed))
        content = (folder / name).read_bytes()
        manifest["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (folder / "manifest.json").write_text(json.dumps(sealed(manifest)))
    return out


def seen(open_dashboard, shown, out: Path, page: str) -> tuple[list[str], list[str]]:
    """The HTML of a page but for the picker's line, and the specifications and alternatives of its figures."""
    app = open_dashboard(out, page, run="fitted", split="test")
    lines = [line for line in shown(app, "html").splitlines() if "as saved" not in line]
    return lines, [text for chart in app.get("plotly_chart") for text in (chart.proto.spec, chart.proto.alt)]


@pytest.mark.parametrize("page", list(theme.PAGES))
def test_every_page_shows_what_it_computes(open_dashboard, shown, today, older, page):
    assert read_run(older / "fitted").metrics["test"]["auroc"]["low"] == 0.1234
    assert seen(open_dashboard, shown, older, page) == seen(open_dashboard, shown, today, page)


def test_the_picker_shows_what_was_saved_without_an_interval(open_dashboard, shown, older):
    html = shown(open_dashboard(older, run="fitted"), "html")
    assert "480 images · validation AUROC 0.123, as saved<" in html
    assert html.count("0.123") == 1
