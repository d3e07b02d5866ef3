"""The JavaScript: every script is checked, a wrong one is noticed, and core imports nothing of the dashboard."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.telling.joining import joined

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted(file for room in ("core", "dashboard") for file in (ROOT / room).rglob("*.js"))
OXLINT = Path(sys.executable).with_name("oxlint")

needs_tsc = pytest.mark.skipif(not shutil.which("tsc"), reason="no TypeScript here")


def tsc(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["tsc", *map(str, arguments)], capture_output=True, text=True, check=False)


def lint_of(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "script.js").write_text(text, encoding="utf-8")
    command = [OXLINT, "--config", ROOT / ".oxlintrc.json", folder]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@needs_tsc
def test_types_of_every_script_are_checked():
    listed = {Path(line) for line in tsc("--project", ROOT, "--listFilesOnly").stdout.splitlines()}
    assert SCRIPTS
    assert set(SCRIPTS) <= listed


def test_every_script_is_linted():
    command = [OXLINT, "--format", "json", "core", "dashboard"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert re.search(r'"number_of_files": (\d+)', found.stdout)[1] == str(len(SCRIPTS))


WRONG = {
    "a wrong type": ("/** @param {number} n */\nexport const half = (n) => n.length / 2\n", "TS2339"),
    "a parameter without one": ("export const half = (n) => n / 2\n", "TS7006"),
    "a name that is not there": ("export const word = wrod\n", "TS2304"),
    "what may be null": ('export const place = document.querySelector("p").id\n', "TS2531"),
    "a global": ("export const told = globalThis.channel\n", "TS7017"),
    "a module that is not there": ('import { half } from "./missing.js"\nhalf(1)\n', "TS2792"),
    "what nobody uses": ("const unused = 1\nexport {}\n", "TS6133"),
}


@needs_tsc
def test_wrong_scripts_fail_the_check_of_types_and_a_right_one_passes(tmp_path):
    """By the project's own settings."""
    settings = tmp_path / "tsconfig.json"
    settings.write_text(f'{{"extends": "{ROOT}/tsconfig.json", "include": ["*.js"]}}', encoding="utf-8")
    (tmp_path / "right.js").write_text("/** @param {number} n */\nexport const half = (n) => n / 2\n", encoding="utf-8")
    assert not tsc("--project", settings).returncode
    for place, (text, _) in enumerate(WRONG.values()):
        (tmp_path / f"wrong{place}.js").write_text(text, encoding="utf-8")
    found = tsc("--project", settings)
    assert found.returncode
    said = re.findall(r"wrong(\d+)\.js\(.*?error (TS\d+)", found.stdout)
    assert dict(said) == {str(place): code for place, (_, code) in enumerate(WRONG.values())}
    assert "right.js" not in found.stdout


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("export const word = wrod\n", "no-undef"),
        ("window.channel = 1\n", "no-restricted-globals"),
        ("globalThis.channel = 1\n", "no-restricted-globals"),
        ("export const one = (n) => { if (n = 1) return n }\n", "no-cond-assign"),
        ("const word = 1\nexport const told = (word) => word\n", "no-shadow"),
    ],
)
def test_a_wrong_script_fails_the_linter(tmp_path, text, rule):
    found = lint_of(tmp_path, text)
    assert found.returncode
    assert rule in found.stdout


def test_a_right_script_passes_the_linter(tmp_path):
    assert not lint_of(tmp_path, "export const half = (n) => n / 2\n").returncode


def test_make_check_asks_both_and_goes_on_without_typescript(tmp_path):
    """In a folder of programs of our own: the check fails with either of them, and says what is not checked."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("ruff", "mypy", "oxlint"):
        _program(tools / name, 0)
    (tmp_path / "Makefile").write_text(makefile, encoding="utf-8")
    known = tmp_path / "known"
    known.mkdir()
    for name in ("make", "sh", "id", "echo"):
        (known / name).symlink_to(shutil.which(name) or name)
    _program(known / "id", 0, "echo 1000")

    def check() -> subprocess.CompletedProcess[str]:
        given = os.environ | {"PATH": str(known)}
        return subprocess.run(["make", "check"], cwd=tmp_path, env=given, capture_output=True, text=True, check=False)

    without = check()
    assert without.returncode == 0
    assert "the types of the JavaScript are not checked" in without.stdout
    _program(known / "tsc", 0)
    assert check().returncode == 0
    assert "not checked" not in check().stdout
    _program(known / "tsc", 2)
    assert check().returncode
    _program(known / "tsc", 0)
    _program(tools / "oxlint", 1)
    assert check().returncode


def _program(place: Path, status: int, line: str = "true") -> None:
    place.unlink(missing_ok=True)
    place.write_text(f"#!/bin/sh\n{line}\nexit {status}\n", encoding="utf-8")
    place.chmod(0o755)


def test_every_script_is_joined_into_one_that_is_used():
    """Into the dossier's, or into that of a component, which some Python names."""
    python = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "dashboard").rglob("*.py"))
    entries = [file for file in SCRIPTS if f'"{file.relative_to(file.parents[1]).as_posix()}"' in python]
    entries += [file for file in (ROOT / "dashboard").glob("*.js") if f'"{file.name}"' in python]
    entries.append(ROOT / "core" / "dossier" / "dossier.js")
    scripts = [joined(entry) for entry in entries]
    for file in SCRIPTS:
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        assert any(first in script for script in scripts), f"{file} is used nowhere"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_core_imports_no_script_of_the_dashboard(script):
    imported = re.findall(r' from "(\.[^"]+)"$', script.read_text(encoding="utf-8"), re.MULTILINE)
    found = [(script.parent / name).resolve().relative_to(ROOT).parts for name in imported]
    allowed = {"core"} if script.is_relative_to(ROOT / "core") else {"core", "dashboard"}
    assert {room for room, *_ in found} <= allowed
    pages = {parts[1] for parts in found if parts[0] == "dashboard"} - {script.parent.name}
    assert pages <= {"clinic"}, "of the pages' own scripts only the clinic's formulas are another page's as well"
