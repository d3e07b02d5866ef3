"""Numbers and their percent signs stay on one line, in whatever is drawn."""

import re
from pathlib import Path

import pytest

from dashboard import drawn

ROOT = Path(drawn.__file__).resolve().parents[1]


@pytest.mark.parametrize("kind", ["html", "text", "markdown"])
def test_a_number_and_its_percent_sign_stay_on_one_line(monkeypatch, kind):
    seen = []
    monkeypatch.setattr(f"streamlit.{kind}", seen.append)
    getattr(drawn, kind)("95 % of 10 %, a % of 3, width:5%")
    assert seen == ["95\u00a0% of 10\u00a0%, a % of 3, width:5%"]


def test_all_words_are_drawn_by_it():
    """But for style sheets, whose calls have a file."""
    around = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for room in ("dashboard", "pages")
        for file in (ROOT / room).rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if file.name != "drawn.py" and re.search(r"\bst\.(html|text|markdown|write|caption)\((?!sheet\))", line)
    ]
    assert around == []
