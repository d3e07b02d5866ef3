"""The commands that docs/coverage.md, docs/strangers.md and docs/walkthrough.md name start as they stand there."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.long
@pytest.mark.parametrize(
    "script",
    [
        "benchmarks/coverage.py",
        "benchmarks/dominance_tried.py",
        "benchmarks/floors_tried.py",
        "benchmarks/strangers.py",
        "benchmarks/uploads.py",
        "docs/make_walkthrough.py",
    ],
)
def test_it_starts(script):
    result = subprocess.run([sys.executable, script, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("usage:")
