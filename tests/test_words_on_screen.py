"""One notion has one word on every page: what is written of differences and promises is read out of the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard import glossary, theme

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [
    file
    for room in ("dashboard", "pages", "core/telling", "core/dossier")
    for file in sorted((ROOT / room).rglob("*.py"))
]
SCRIPTS = [file for room in ("dashboard", "core") for file in sorted((ROOT / room).rglob("*.js"))]

NOT_OF_A_DIFFERENCE = re.compile(
    r"clearly|\bapart\b|\bbetter\b|\bworse\b|significant|not (?:very )?different|no difference", re.IGNORECASE
)
"""``theme.DIFFERS`` and ``theme.ALIKE`` are what is said of one."""
OF_A_PROMISE = re.compile(r"\b(?:is|are|was) (?:held|broken)\b|do not tell", re.IGNORECASE)
ON_PROMISES = {
    "core/telling/names.py",
    "core/dossier/sections.py",
    "dashboard/delivery/words.py",
    "dashboard/delivery/how.py",
    "pages/delivery.py",
}
FOR_RESEARCHERS = re.compile(r"Wasserstein|probability-cost|m out of n|\bp[- ]values?\b")
IN_A_FOLD = {
    "dashboard/at_hospitals.py",
    "dashboard/compare/words.py",
    "dashboard/delivery/how.py",
    "dashboard/delivery/words.py",
    "dashboard/find_threshold/words.py",
    "dashboard/subgroups/words.py",
    "dashboard/utility/words.py",
}
"""Files whose words for researchers pages show behind a fold of that name."""


def texts(node: ast.AST) -> Iterator[str]:
    """Whatever text a file may show: all but what documents it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        yield from texts(child)


def written(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return list(texts(ast.parse(text)))
    return re.findall(r'"[^"\n]*"|`[^`]*`', re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


FILES = [pytest.param(file, id=file.relative_to(ROOT).as_posix()) for file in (*PYTHON, *SCRIPTS)]


@pytest.mark.parametrize("file", FILES)
def test_a_difference_has_one_word(file: Path):
    assert [text for text in written(file) if NOT_OF_A_DIFFERENCE.search(text)] == []


@pytest.mark.parametrize("file", FILES)
def test_what_is_said_of_a_promise_is_said_of_nothing_else(file: Path):
    found = [text for text in written(file) if OF_A_PROMISE.search(text)]
    assert not found or file.relative_to(ROOT).as_posix() in ON_PROMISES


@pytest.mark.parametrize("file", FILES)
def test_words_for_researchers_stand_behind_a_fold(file: Path):
    found = [text for text in written(file) if FOR_RESEARCHERS.search(text)]
    assert not found or file.relative_to(ROOT).as_posix() in IN_A_FOLD


def test_pages_write_what_is_said_of_a_difference_by_its_name_alone():
    for file in (*PYTHON, *SCRIPTS):
        if file.name != "names.py":
            for said in (theme.DIFFERS, theme.ALIKE):
                assert not any(said in text.replace(f"“{said}”", "") for text in written(file)), (file, said)


@pytest.mark.parametrize(
    "word",
    [
        "logit",
        "LR+",
        "LR−",
        "F1",
        "Youden's J",
        "ECE",
        "prevalence",
        "PC(+)",
        "PPV",
        "NPV",
        "AUROC",
        "AUPRC",
        "NLL",
        "Brier score",
        "calibration slope",
        "calibration intercept",
        "bootstrap support",
        "Wasserstein distance",
        "m out of n",
        "p value",
        "net benefit",
        *theme.RATES.values(),
        *theme.MEASURES.values(),
    ],
)
def test_every_term_of_the_pages_has_its_meaning(word: str):
    assert "title='" in glossary.explained(word)


def test_the_glossary_is_a_table_of_words_that_differ():
    rows = glossary.entries()
    assert len(rows) > 60 and all(meaning for _, meaning in rows)
    words = [word.lower() for row, _ in rows for word in re.split("[,;] ", row)]
    assert len(words) == len(set(words)), sorted(word for word in set(words) if words.count(word) > 1)
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    assert len(rows) == sum(line.startswith("|") for line in lines) - 2


def test_only_whole_words_are_explained_and_everything_is_escaped():
    assert glossary.explained("pieces <b>") == "pieces &lt;b&gt;"
    assert glossary.explained("ECE, debiased").startswith("<span class='tw-term' title='expected calibration error")
    assert glossary.explained("LR+").endswith(">LR+</span>")
    assert glossary.meaning("no such word") == ""
