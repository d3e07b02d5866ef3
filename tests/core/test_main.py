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


def test_report_as_json_is_what_the_files_hold(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["report", "first", "--json", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    figures = json.loads(printed.out)
    assert figures.pop("run_id") == "first"
    assert figures["metrics"].pop("sites") == {}
    assert list(figures["metrics"].pop("next_hospital")) == ["reason"]
    assert figures == {name: json.loads((out / "first" / f"{name}.json").read_text()) for name in figures}
    assert set(figures) == {"calibration", "operating_points", "metrics"}


def test_report_by_folder_prints_on_an_ascii_terminal_and_imports_no_heavy_library(out: Path) -> None:
    done = _run("report", out / "first", PYTHONIOENCODING="ascii", PYTHONPROFILEIMPORTTIME="1")
    lines = done.stderr.splitlines()
    imported = {line.split("|")[-1].strip().split(".")[0] for line in lines if line.startswith("import time:")}
    assert (done.returncode, [line for line in lines if not line.startswith("import time:")]) == (0, [])
    assert "Research use only. Not for diagnosis." in done.stdout
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
    written: list[tuple[Path, int, tuple[str, ...]]] = []
    monkeypatch.setattr(
        "core.data.phantom_files.write_phantom",
        lambda folder, *, seed, findings, progress: written.append((folder, seed, findings)),
    )
    folder = tmp_path / "data"
    assert program.main(["phantom", str(folder), "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert "synthetic" in said and f"train.py --data {folder}`" in said
    assert program.main(["phantom", str(folder), "--positive-class", "pneumonia, effusion"]) == 0
    assert f"train.py --data {folder} --labels {folder / 'labels.csv'}`" in capsys.readouterr().out
    assert written == [(folder, 3, ("PNEUMONIA",)), (folder, 0, ("PNEUMONIA", "EFFUSION"))]
    assert program.main(["phantom", str(folder), "--positive-class", "hernia"]) == 2
    assert "hernia: the embedded images show PNEUMONIA and EFFUSION" in capsys.readouterr().err


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


def test_what_is_said_of_a_new_run_is_said_of_a_new_site(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scores that point the other way, padded cells, clipped probabilities; and patients that the run has too."""
    rows = [
        f"{' ' if i == 5 else ''}x{i},{'p' if i else 'v0'}{i},{i % 2},{1 if i == 7 else 0.1 + 0.8 * (1 - i % 2)}"
        for i in range(40)
    ]
    rows[0] = rows[0].replace("v00", "v0")
    (out.parent / "more.csv").write_text("image_id,patient_id,y_true,probability\n" + "\n".join(rows))
    for target in (["--name", "second"], ["--into", "first", "--site", "north"]):
        assert program.main(["import", str(out.parent / "more.csv"), *target, "--out", str(out)]) == 0
        said = capsys.readouterr().out
        assert "The scores point the other way:" in said
        assert "1 cell padded with spaces was trimmed" in said
        assert "1 probabilities of exactly 0 or 1 were clipped" in said
    assert "Site north shares ids of patients with the run: 1 patient carries an id that validation has too." in said


def test_a_hidden_run_says_no_figure_of_a_new_site(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """AUROC of a site that is hidden would be one."""
    predictions = str(out.parent / "predictions.csv")
    assert program.main(["import", predictions, "--name", "veiled", "--hide-test", "--out", str(out)]) == 0
    rows = [f"x{i},{i % 2},{-(i % 2)}.{i}" for i in range(40)]
    (out.parent / "turned.csv").write_text("image_id,y_true,logit\n" + "\n".join(rows))
    capsys.readouterr()
    assert (
        program.main(["import", str(out.parent / "turned.csv"), "--into", "veiled", "--site", "n", "--out", str(out)])
        == 0
    )
    assert "AUROC" not in capsys.readouterr().out


def test_an_import_reads_its_file_and_its_run_once(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    sys.addaudithook(lambda event, found: opened.append(str(found[0])) if event == "open" else None)
    predictions = out.parent / "predictions.csv"
    assert program.main(["import", str(predictions), "--name", "once", "--out", str(out)]) == 0
    assert opened.count(str(predictions)) == 1
    made = str(out / "once" / "metrics.json")
    assert opened.count(made) == 2  # its hash, and what it says
