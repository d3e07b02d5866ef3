"""`pip install -e .` as the Makefile says it: the program and its modules are found from any folder."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The prefix of an installation of its own, without network."""
    prefix = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-build-isolation", "--no-deps"]
    own = ["--ignore-installed", "--prefix", str(prefix)]  # or pip takes away the installation that runs this
    done = subprocess.run([*command, *own, "-e", str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return prefix


def test_the_folder_itself_is_found_from_elsewhere_and_nothing_was_copied(installed, tmp_path):
    (site,) = {path.parent for path in installed.rglob("*.pth")}
    code = (
        f"import runpy, site, sys; site.addsitedir({str(site)!r}); import benchmarks, core, dashboard, tests, train; "
        "print(core.__path__[0]); sys.argv[1:] = ['report', '--help']; runpy.run_module('core', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    where, usage = done.stdout.splitlines()[:2]
    assert where == str(ROOT / "core"), done.stderr
    assert usage.startswith("usage: python -m core report")
    assert not list(installed.rglob("pipeline.py"))


def test_the_command_is_python_m_core(installed):
    (program,) = (path for path in installed.rglob("threshold-workbench*") if path.is_file())
    assert "from core.__main__ import main" in program.read_text()
