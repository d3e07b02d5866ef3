"""The reported inputs beside the project: every line of their README is a test that names it."""

import re
from pathlib import Path

TESTS = Path(__file__).parent


def test_every_reported_input_has_a_test_that_names_its_folder(cases: Path) -> None:
    folders = re.findall(r"^\| `([^`/]+)/`", (cases / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    tests = "".join(file.read_text(encoding="utf-8") for file in TESTS.rglob("test_*.py") if file != Path(__file__))
    assert len(folders) >= 9
    assert [name for name in folders if f'"{name}"' not in tests and f'"{name}/' not in tests] == []
