"""The mutation run draws the same changes every time, and sees what a test sees."""

from pathlib import Path

import pytest

from benchmarks import mutants

SWEEP = "core/evaluation/sweep.py"


def test_the_same_seed_draws_the_same_mutants_one_a_line():
    first, again, other = (mutants.drawn(12, seed, "core/evaluation/worth/") for seed in (0, 0, 1))
    assert first == again != other
    assert len({(mutant.file, mutant.line) for mutant in first}) == len(first) == 12


@pytest.mark.parametrize("mutant", mutants.drawn(12, 3, "core/evaluation/worth/"), ids=lambda mutant: mutant.file)
def test_a_mutant_is_one_changed_line_that_compiles(mutant):
    source = Path(mutants.ROOT, mutant.file).read_text(encoding="utf-8").splitlines()
    mutated, what = mutants.changed(mutant)
    compile(mutated, mutant.file, "exec")
    differing = [
        number for number, pair in enumerate(zip(source, mutated.splitlines(), strict=True), 1) if len(set(pair)) > 1
    ]
    assert len(differing) == 1
    assert " -> " in what


def test_the_tests_of_a_module_are_its_mirror_and_what_reaches_it():
    found = mutants.tests_of(SWEEP)
    assert found[0] == "tests/core/evaluation/test_sweep.py"
    assert {"tests/core/evaluation/test_summary.py", "tests/pages/test_utility.py"} <= set(found)
    assert not any("data" in Path(test).parts for test in found)


@pytest.mark.long
def test_a_change_that_is_noticed_and_one_that_is_not(tmp_path):
    (tree,) = mutants.copies(1, tmp_path)
    wrong = next(mutant for mutant in mutants.mutants(mutants.ROOT / SWEEP) if "Sub_Add" in mutant.operator)
    assert not mutants.survives(wrong, tree)
    assert (tree / SWEEP).read_bytes() == (mutants.ROOT / SWEEP).read_bytes()
    (tree / "tests/core/evaluation/test_sweep.py").write_text("def test_nothing():\n    assert True\n")
    assert mutants._pass(["tests/core/evaluation/test_sweep.py"], tree)
