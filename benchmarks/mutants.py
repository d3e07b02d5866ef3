"""Whether the tests notice: code is changed in one place at a time, and the tests that reach it must fail.

python benchmarks/mutants.py [--number 200] [--seed 0] [--workers 2] [--only core/evaluation/sweep.py]

Mutants are Cosmic Ray's, drawn by place, so that no line weighs more because it can be changed in more ways. Each runs
in a copy of the tree: first the test file that mirrors the module, then every other one that reaches it by imports,
until one fails. What survives must be explained as equivalent in docs/mutants.md; else the exit status is 1.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from cosmic_ray.ast import get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parent.parent
MUTATED = ("core/evaluation", "dashboard/gateway", "dashboard/charts")
EXPLAINED = ROOT / "docs" / "mutants.md"
PATIENCE = 300.0
"""Seconds after which a test that does not end has noticed."""

_ARITHMETIC = ("Add", "Sub", "Mul", "Div")
_OPERATORS = tuple(
    name
    for name in operator_names()
    # Others give type errors, or change annotations, which nothing reads.
    if ("ReplaceBinaryOperator" in name and name.split("_")[1] in _ARITHMETIC and name.split("_")[2] in _ARITHMETIC)
    or ("ReplaceComparisonOperator" in name and "Is" not in name)
    or name.split("/")[1]
    in {
        "NumberReplacer",
        "AddNot",
        "ReplaceAndWithOr",
        "ReplaceOrWithAnd",
        "ReplaceTrueWithFalse",
        "ReplaceFalseWithTrue",
        "ReplaceUnaryOperator_USub_UAdd",
        "ReplaceUnaryOperator_Delete_Not",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """One change of one file: which operator, its how-manieth occurrence there, and the line it stands on, from 1."""

    file: str
    operator: str
    occurrence: int
    line: int


def mutants(file: Path) -> Iterator[Mutant]:
    """Every change of a file."""
    tree = get_ast(file.read_text(encoding="utf-8"))
    for name in _OPERATORS:
        operator, found = get_operator(name)(), 0
        for node in _nodes(tree):
            for start, _ in operator.mutation_positions(node):
                yield Mutant(file=str(file.relative_to(ROOT)), operator=name, occurrence=found, line=start[0])
                found += 1


def _nodes(node: object) -> Iterator[object]:
    yield node
    for child in getattr(node, "children", ()):
        yield from _nodes(child)


def drawn(number: int, seed: int, only: str) -> list[Mutant]:
    """``number`` mutants: lines drawn without replacement, then one change of each."""
    places: dict[tuple[str, int], list[Mutant]] = {}
    for room in MUTATED:
        for file in sorted((ROOT / room).rglob("*.py")):
            if str(file.relative_to(ROOT)).startswith(only):
                for mutant in mutants(file):
                    places.setdefault((mutant.file, mutant.line), []).append(mutant)
    rng = random.Random(seed)
    order = rng.sample(sorted(places), len(places))
    chosen = (mutant for place in order if (mutant := _one_that_compiles(places[place], rng)) is not None)
    return list(itertools.islice(chosen, number))


def _one_that_compiles(mutants: list[Mutant], rng: random.Random) -> Mutant | None:
    """One of them, at random, that is Python and leaves the star of keyword arguments, which is taken for a product."""
    source = (ROOT / mutants[0].file).read_text(encoding="utf-8")
    for mutant in rng.sample(mutants, len(mutants)):
        mutated = changed(mutant)[0]
        with contextlib.suppress(SyntaxError):
            ast.parse(mutated)
            if mutated.count("*,") == source.count("*,"):
                return mutant
    return None


def changed(mutant: Mutant) -> tuple[str, str]:
    """The source of the mutant, and what was changed, ``before -> after``."""
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    mutated = mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence)
    assert mutated is not None, mutant
    pairs = difflib.ndiff(source.splitlines(), mutated.splitlines())
    lines = [line for line in pairs if line[:2] in ("- ", "+ ")]
    return mutated, " -> ".join(line[2:].strip() for line in lines)


def tests_of(file: str) -> list[str]:
    """The test files that reach a module by imports, the one that mirrors it first, then the nearest, and that of
    the architecture last; a page's test reaches its page."""
    removes = _removes_from(file.removesuffix(".py").replace("/", "."))
    mirror = Path("tests", file).with_name(f"test_{Path(file).name}")
    found: dict[str, int] = {str(mirror): -1} if (ROOT / mirror).is_file() else {}
    for room in ("tests/core/evaluation", "tests/core/runs", "tests/dashboard", "tests/pages"):
        for test in sorted((ROOT / room).rglob("test_*.py")):
            page = ROOT / "pages" / test.name.removeprefix("test_")
            seen = _imports(test) | (_imports(page) if room == "tests/pages" and page.is_file() else set())
            if near := [removes[module] for module in seen & removes.keys()]:
                found.setdefault(str(test.relative_to(ROOT)), min(near))
    return [*sorted(found, key=lambda test: found[test]), "tests/test_architecture.py"]


def _removes_from(module: str) -> dict[str, int]:
    """``module``, every module of ours that imports it, and at how many removes."""
    files = [file for room in ("core", "dashboard") for file in (ROOT / room).rglob("*.py")]
    graph = {".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): _imports(f) for f in files}
    removes, distance = {module: 0}, 0
    while grown := {name for name, taken in graph.items() if taken & removes.keys()} - removes.keys():
        distance += 1
        removes |= dict.fromkeys(grown, distance)
    return removes


def _imports(file: Path) -> set[str]:
    taken: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            taken |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            taken |= {alias.name for alias in node.names}
    return taken


def survives(mutant: Mutant, tree: Path) -> bool:
    """Whether no test notices the mutant, which stands in ``tree``, a copy of the project, while they run."""
    place, (mutated, _) = tree / mutant.file, changed(mutant)
    place.write_text(mutated, encoding="utf-8")
    try:
        first, *others = tests_of(mutant.file) or [""]
        return _pass([first], tree) and (not others or _pass(others, tree))
    finally:
        shutil.copy(ROOT / mutant.file, place)


def _pass(tests: list[str], tree: Path) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not long", "-p", "no:cacheprovider", *tests]
    # Compiled files are told apart by second and size, which a mutant may share with its original.
    quiet = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(command, cwd=tree, env=quiet, capture_output=True, timeout=PATIENCE).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def copies(number: int, place: Path) -> Iterator[Path]:
    """``number`` copies of what git knows of the project."""
    known = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout
    for copy in range(number):
        for name in known.split("\0"):
            if (ROOT / name).is_file():
                target = place / str(copy) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, target)
        yield place / str(copy)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="files whose path begins so")
    arguments = parser.parse_args()
    asked = drawn(arguments.number, arguments.seed, arguments.only)
    explained = EXPLAINED.read_text(encoding="utf-8") if EXPLAINED.is_file() else ""
    started, left = time.monotonic(), []
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(arguments.workers) as pool:
        trees: Queue[Path] = Queue()
        for tree in copies(arguments.workers, Path(place)):
            trees.put(tree)

        def tried(mutant: Mutant) -> tuple[Mutant, bool]:
            tree = trees.get()
            try:
                return mutant, survives(mutant, tree)
            finally:
                trees.put(tree)

        for number, (mutant, alive) in enumerate(pool.map(tried, asked), 1):
            what = changed(mutant)[1]
            known = alive and f"`{what}`" in explained
            word = "equivalent" if known else "SURVIVED" if alive else "killed"
            print(f"{number:3} {word:10} {mutant.file}:{mutant.line}  {what}", flush=True)
            left += [mutant] if alive and not known else []
    minutes = (time.monotonic() - started) / 60
    print(f"{len(asked)} mutants in {minutes:.0f} min: {len(left)} survived without an explanation in docs/mutants.md")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
