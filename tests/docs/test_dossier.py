"""The script of docs/dossier.md computes what a dossier shows from what is inside."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.dossier.writing import write_dossier
from core.runs.report import report
from core.runs.store import read_run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "dossier.md"


def test_the_script_computes_every_figure_it_names(tmp_path, write_run):
    run = read_run(write_run(tmp_path, "fitted"))
    write_dossier(run, tmp_path / "run.html")
    (tmp_path / "script.py").write_text(re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[1])
    command = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "run.html")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.split() for line in ended.stdout.splitlines()]
    metrics = report(run)["metrics"]
    assert len(lines) == 2 * (1 + 4)
    for name, what, *values in lines:
        if what == "auroc":
            assert float(values[0]) == pytest.approx(metrics[name]["auroc"]["value"], abs=1e-12)
            assert float(values[2]) == pytest.approx(metrics[name]["auprc"]["value"], abs=1e-12)
        else:
            point = metrics[name]["operating_points"][what]
            assert [int(value) for value in values] == [point[cell] for cell in ("tp", "fp", "tn", "fn")]
