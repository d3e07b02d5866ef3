"""No meaning is read out of words: what a program must know of a figure or a rule has a field of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WORDS = {"method", "reason", "rule", "label", "report"}
READING = {"startswith", "endswith", "removeprefix", "removesuffix", "replace", "split", "partition", "find", "index"}

FILES = sorted(file for room in ("core", "dashboard", "pages") for file in (ROOT / room).rglob("*.py"))


def is_words(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in WORDS


def readings(tree: ast.AST) -> Iterator[int]:
    """Lines on which a text for people is taken apart, or compared with a literal that is not empty."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READING:
            if is_words(node.func.value):
                yield node.lineno
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            literal = any(
                isinstance(side, ast.Constant) and isinstance(side.value, str) and side.value for side in sides
            )
            if literal and any(map(is_words, sides)):
                yield node.lineno


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_meaning_is_read_out_of_words(file: Path):
    assert list(readings(ast.parse(file.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ('found.method.removeprefix("undefined: ")', [1]),
        ('x = 1\nif found.method == "Wilson": pass', [2]),
        ('"one class" in found.reason', [1]),
        ('found.reason or "none"', []),
        ('if found.reason != "": pass', []),
        ("name.startswith('a')", []),
    ],
)
def test_what_counts_as_reading(code: str, lines: list[int]):
    assert list(readings(ast.parse(code))) == lines
