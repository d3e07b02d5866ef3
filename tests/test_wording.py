"""No meaning is read out of words: what a program must know of a figure or a rule has a field of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WORDS = {"method", "reason", "rule", "label", "report"}
READING = {"startswith", "endswith", "removeprefix", "removesuffix", "replace", "split", "partition", "find", "index"}

EXPRESSIONS = {"compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub"}
ALLOWED = {
    ("core/evaluation/estimates/intervals.py", "from_dict"),  # older files have a reason in the words of a method
    ("core/explain/gradcam.py", "__call__"),  # a heat map's method is one of a list of names
}
"""Files and functions that may."""

FILES = [file for room in ("core", "dashboard", "pages") for file in sorted((ROOT / room).rglob("*.py"))]


def is_words(node: ast.expr) -> bool:
    """``found.method``, ``values["method"]``, a variable ``method``, and the same in lower case or as ``str(...)``."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=name)):
            return name in WORDS
        case ast.Call(func=ast.Name(id="str"), args=[inner]):
            return is_words(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "strip" | "casefold" | "capitalize")):
            return is_words(inner)
    return False


def is_text(node: ast.expr) -> bool:
    """A text of letters, or a collection with one; compared with the empty text, a reason is only there or not."""
    match node:
        case ast.Constant(value=str(text)):
            return bool(text)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return any(map(is_text, parts))
    return isinstance(node, ast.JoinedStr)


def is_reading(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=name), args=args):
            return name in EXPRESSIONS and any(map(is_words, args))
        case ast.Call(func=ast.Attribute(value=text, attr=name)):
            return name in READING and is_words(text)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [left, *comparators]
            held = [side for op, side in zip(ops, comparators, strict=True) if isinstance(op, ast.In | ast.NotIn)]
            return any(map(is_words, held)) or (any(map(is_words, sides)) and any(map(is_text, sides)))
    return False


def readings(node: ast.AST, function: str = "") -> Iterator[tuple[int, str]]:
    """Line and function where a text for people is taken apart, or compared with a literal that is not empty."""
    if isinstance(node, ast.FunctionDef):
        function = node.name
    if is_reading(node):
        yield node.lineno, function
    for child in ast.iter_child_nodes(node):
        yield from readings(child, function)


@pytest.mark.parametrize("file", [file.relative_to(ROOT).as_posix() for file in (*FILES, ROOT / "train.py")])
def test_no_meaning_is_read_out_of_words(file: str):
    found = readings(ast.parse((ROOT / file).read_text(encoding="utf-8")))
    assert [(line, function) for line, function in found if (file, function) not in ALLOWED] == []


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ('found.method.removeprefix("undefined: ")', [1]),
        ('x = 1\nif found.method == "Wilson": pass', [2]),
        ('"one class" in found.reason', [1]),
        ("noun in found.reason", [1]),
        ('reason.replace("negative patients", called)', [1]),
        ('values["method"].split(", ")', [1]),
        ('str(found.reason).lower().endswith("patients")', [1]),
        ('point.rule in {"largest F1", "by hand"}', [1]),
        ('re.search("[0-9]+", found.reason)', [1]),
        ('found.reason or "none"', []),
        ('if found.reason != "": pass', []),
        ("name.startswith('a')", []),
        ("label == 1", []),
        ("f'{found.method}, as {found.reason}'", []),
    ],
)
def test_what_counts_as_reading(code: str, lines: list[int]):
    assert [line for line, _ in readings(ast.parse(code))] == lines
