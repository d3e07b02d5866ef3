"""The README does what it says: its commands on runs are run, those that take minutes are checked."""

import re
import shlex
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from core.command_line import parse_train, seeds_asked

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def commands(language: str) -> list[list[str]]:
    lines = [line for told, block in BLOCKS if told == language for line in block.splitlines()]
    return [shlex.split(line.replace("\\", "/"), comments=True) for line in lines]  # those of Windows


COMMANDS = commands("")


def of(*beginning: str) -> list[list[str]]:
    return [command for command in COMMANDS if tuple(command[: len(beginning)]) == beginning]


def run(*arguments: str) -> str:
    result = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_first_lines_are_the_two_commands():
    assert COMMANDS[:2] == [["make", "demo"], ["make", "test"]]


def test_every_command_is_of_a_kind_that_is_tested_here():
    kinds = (["make"], ["python", "train.py"], ["python", "-m", "core"], ["streamlit", "run"], ["torchrun"])
    other = [command for command in COMMANDS if not any(command[: len(kind)] == kind for kind in kinds)]
    assert [command for command in other if command[0] == "python" and not (ROOT / command[1]).is_file()] == []
    assert [command for command in other if command[0] != "python"] == []


def test_commands_for_windows_are_those_of_the_makefile():
    windows = [" ".join(command).replace("Scripts", "bin") for command in commands("powershell")]
    install = ".venv/bin/python -m pip install -r requirements{}.txt -c constraints.txt"
    in_place = ".venv/bin/python -m pip install --no-build-isolation --no-deps -e ."
    assert windows == [
        "py -3.11 -m venv .venv",
        install.format(""),
        in_place,
        ".venv/bin/python train.py",
        ".venv/bin/streamlit run dashboard/Home.py",
        install.format("-dev"),
        "$env:PYTHONUTF8 = 1; .venv/bin/python -m pytest -m not long",
    ]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(BIN)", ".venv/bin")
    assert windows[4] in makefile
    assert in_place.partition("install ")[2] in makefile
    assert "-m dashboard.fits.starting" in makefile, "which begins the fit of train.py beside the dashboard"
    for file in ("requirements.txt", "requirements-dev.txt"):
        assert f"-r {file} -c constraints.txt" in makefile


@pytest.mark.parametrize("command", of("make"), ids=" ".join)
def test_make_knows_its_targets(command: list[str]):
    dry = subprocess.run(["make", "-n", *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert dry.returncode == 0, dry.stderr


@pytest.mark.parametrize("command", of("python", "train.py"), ids=" ".join)
def test_training_commands_are_understood(command: list[str]):
    config, resume, given = parse_train(command[2:])
    assert (resume is not None) == ("--resume" in command)
    assert given == {flag[2:].replace("-", "_") for flag in command if flag.startswith("--")} - {"resume", "seeds"}
    assert seeds_asked(command[2:]) == (5 if "--seeds" in command else None)
    assert config.image_size is not None


def test_commands_on_runs_do_what_they_say(tmp_path: Path):
    rows = "image_id,y_true,logit,split\n" + "".join(
        f"{split}{i},{i % 2},{(i % 2) * 2 - 1 + (i * 7 % 5 - 2) * 0.6},{split}\n"
        for split in ("validation", "test")
        for i in range(30)
    )
    (tmp_path / "p.csv").write_text(rows)
    place = {"FILE": str(tmp_path / "p.csv"), "ID": "a", "RUN": "a", "DIR": str(tmp_path / "phantoms")}
    ran, order = (
        set(),
        ["import", "report", "compare", "dossier", "overlays", "stress", "phantom", "score", "export", "unpack"],
    )
    for command in sorted(of("python", "-m", "core"), key=lambda c: order.index(c[3])):
        needed = takewhile(lambda word: not word.startswith("["), command[3:])
        name, arguments = command[3], [place.get(word, word) for word in needed]
        # Of images: tested in their own places, here only that they exist.
        if name in ("overlays", "stress", "phantom", "score", "export", "unpack"):
            assert "usage" in run("-m", "core", name, "--help")
        else:
            to = ["--to", str(tmp_path / "dossier.html")] if name == "dossier" else []
            assert run("-m", "core", *arguments, *to, "--out", str(tmp_path / "runs"))
        ran.add(name)
    assert ran == set(order)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_it_says_what_it_must():
    assert "@@" not in README  # a place left open for a figure
    for words in ("Research use only. Not for diagnosis.", "MIT", "CC BY 4.0", "CheXNet", "10.17632/rscbjbr9sj"):
        assert words in README
