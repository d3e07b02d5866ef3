import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import __main__ as program

ROOT = Path(__file__).parents[2]
ROWS = [
    f"{split[0]}{i},{i % 2},{(i % 2) * 2 - 1 + (i % 7) / 3:.3f},{split}"
    for split in ("validation", "test")
    for i in range(40)
]
PREDICTIONS = "image_id,y_true,logit,split\n" + "\n".join(ROWS)


def _run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("main")
    (folder / "predictions.csv").write_text(PREDICTIONS)
    done = _run("import", folder / "predictions.csv", "--name", "first", "--out", folder / "runs")
    assert (done.returncode, done.stderr) == (0, "")
    assert "first: 80 images (validation 40, test 40)" in done.stdout
    return folder / "runs"


def test_report_as_json_is_what_the_files_hold(out: Path) -> None:
    done = _run("report", "first", "--json", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(done.stdout)
    assert figures.pop("run_id") == "first"
    assert figures == {name: json.loads((out / "first" / f"{name}.json").read_text()) for name in figures}
    assert set(figures) == {"calibration", "operating_points", "metrics"}


def test_report_as_text_by_folder_even_on_an_ascii_terminal(out: Path) -> None:
    done = _run("report", out / "first", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Research use only. Not for diagnosis." in done.stdout


def test_a_report_imports_no_heavy_library(out: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "core", "report", str(out / "first")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    imported = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "pandas" in imported
    assert not imported & {"torch", "cv2", "PIL", "streamlit", "plotly", "pytorch_grad_cam"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "nowhere"), "no run 'nowhere'"),
        (("report", ""), "no run ''"),
        (("overlays", "nowhere"), "no run 'nowhere'"),
        (("overlays", "first"), "imported from predictions"),
        (("stress", "first"), "imported from predictions"),
        (("import", "nowhere.csv", "--name", "second"), "no such file"),
        (("import", "nowhere.csv", "--name", "first"), "already a run of this name"),
        (("import", "nowhere.csv", "--name", "a b"), "run name 'a b'"),
    ],
)
def test_errors_are_one_line_and_status_2(
    out: Path, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main([*arguments, "--out", str(out)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1


def test_phantom_writes_the_embedded_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written: list[tuple[Path, int]] = []
    monkeypatch.setattr(
        "core.data.phantom.write_phantom", lambda folder, *, seed, progress: written.append((folder, seed))
    )
    assert program.main(["phantom", str(tmp_path / "data"), "--seed", "3"]) == 0
    assert written == [(tmp_path / "data", 3)]
    assert "synthetic" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["reprot", "x"], ["import", "file"], ["report"], ["phantom"]])
def test_a_wrong_command_line_shows_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        program.main(arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m core")


def test_a_closed_pipe_is_no_error(out: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "core", "report", str(out / "first")],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=False,
    )
    os.close(writing)
    assert done.stderr == ""


def test_ctrl_c_is_one_line(out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.runs.report.report", stop)
    assert program.main(["report", "first", "--out", str(out)]) == 130
    assert capsys.readouterr().err.split() == ["stopped"]
