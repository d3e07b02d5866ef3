"""The main job, end to end on a small data set: what it writes, that it repeats, and that a stop costs nothing."""

import io
import random
import shutil
import subprocess
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.config import TrainConfig, resolve
from core.errors import ConfigError, DataError, RunFolderError, WeightsError
from core.explain.pictures import Pictures
from core.films.features import read_features
from core.model import fit
from core.pipeline import train
from core.run_scorer import run_scorer
from core.runs.hiding import open_run
from core.runs.report import report
from core.runs.report_text import report_text
from core.runs.store import list_runs, read_run
from core.runs.under_way import ask_to_stop, fits_under_way
from tests.core.small_fits import config

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 3  # of the runs that are killed


def logits(folder: Path) -> pd.Series:
    return pd.read_parquet(folder / "predictions.parquet").set_index(["split", "image_id"])["logit"]


@pytest.fixture(scope="session")
def whole(fitted: Path) -> Path:
    return fitted


def test_the_run_is_whole_and_says_where_it_came_from(whole: Path, small_data: Path):
    run = read_run(whole)
    assert run.config.data == str(small_data)
    assert not run.synthetic
    assert len(run.records) == 80
    assert list(run.history["epoch"]) == [1, 2]
    assert run.predictions("test").n == 20
    assert run.predictions("validation").n == pytest.approx(6, abs=2)
    assert run.checkpoint is not None
    assert [entry.run_id for entry in list_runs(whole.parent)] == ["whole"]
    assert not list(whole.parent.glob(".*partial"))


def test_it_keeps_what_its_network_makes_of_each_image(whole: Path):
    run = read_run(whole)
    found = read_features(run)
    assert found is not None and "features.npz" in run.manifest["files"]
    for name, own in found.items():
        assert sorted(own.image_id) == sorted(run.records.loc[run.records["split"] == name, "image_id"])
        assert own.values.dtype == np.float16 and own.values.shape[1] == 512
    last = run_scorer(run).network.fc
    test = run.predictions("test")
    logit = found["test"].of(test.image_id).astype(np.float64) @ last.weight[0].numpy() + last.bias.numpy()
    np.testing.assert_allclose(logit, test.logit, atol=2e-2)  # features are kept in 16 bits


def test_a_run_that_hides_test_says_nothing_of_it(small_data: Path, tmp_path: Path, capsys):
    folder = train(config(small_data, tmp_path, name="blind", hide_test=True, epochs=1))
    said = capsys.readouterr().out
    run, seen = read_run(folder), open_run(folder)
    assert run.config.hide_test and run.metrics["test"] is not None
    assert report_text(report(seen), hidden=True) in said
    assert report_text(report(run)) not in said
    (described,) = [line.split() for line in said.splitlines() if line.strip().startswith("test ")]
    assert described[1:5] == ["20", "images,", "hidden", "PNEUMONIA,"]
    delivered = [line for line in said.splitlines() if line.strip().startswith(("AUROC ", "sensitivity "))]
    assert len(delivered) > 1
    assert all("—" in line for line in delivered)
    text = {path.name: path.read_text() for path in folder.iterdir() if path.suffix == ".csv"}
    assert not [name for name, content in text.items() if "test" in content.splitlines()[0]]


def test_one_network_is_fitted_on_several_findings(fitted_on_two: Path):
    folder, rows = fitted_on_two, pd.read_csv(fitted_on_two.parent / "labels.csv", dtype=str, keep_default_na=False)
    said = (folder.parent / "said.txt").read_text(encoding="utf-8")
    assert "Run two, finding Pneumonia" in said and "Run two, finding Other" in said
    run = read_run(folder)
    assert run.findings == ("Pneumonia", "Other")
    of_other = rows.set_index("path")["label:Other"]
    for finding in run.findings:
        own = run.of(finding)
        for split in ("validation", "test"):
            images = own.predictions(split)
            truth = rows.set_index("path")[f"label:{finding}"].loc[list(images.image_id)]
            np.testing.assert_array_equal(images.y_true, truth.astype(int))
            assert run_scorer(own).output == run.findings.index(finding)
        assert own.calibration is not None and own.metrics["test"] is not None
    assert run.of("Other").unlabelled["test"] == int((of_other[rows.set_index("path")["split"] == "test"] == "").sum())
    pixels = Pictures(run)
    image_id = str(run.predictions("test").image_id[0])
    square = pixels.square(image_id, 32)[np.newaxis]
    for finding in run.findings:
        found = pd.read_parquet(folder / "predictions.parquet").set_index(["finding", "image_id"])["logit"]
        assert run_scorer(run.of(finding)).logits(square)[0] == found[finding, image_id]


def test_no_patient_stands_in_train_and_validation(whole: Path):
    records = read_run(whole).records
    ours = records[records["split"] != "test"]
    assert ours.groupby("patient_id")["split"].nunique().max() == 1


def test_same_seed_same_predictions(whole: Path, small_data: Path, tmp_path: Path):
    again = train(config(small_data, tmp_path))
    pd.testing.assert_series_equal(logits(again), logits(whole), check_exact=True)


def test_the_published_recipe_runs_and_says_that_it_chose_on_validation(small_data: Path, tmp_path: Path):
    run = read_run(train(config(small_data, tmp_path, recipe="seed", epochs=1)))
    assert run.manifest["data"]["checkpoint_chosen_on_validation"] is True


def test_a_taken_name_is_refused_before_any_work(whole: Path, small_data: Path, tmp_path: Path):
    with pytest.raises(RunFolderError, match="whole"):
        train(config(tmp_path / "nowhere", whole.parent, name="whole"))


def test_a_mistake_before_the_first_epoch_leaves_no_folder(small_data: Path, tmp_path: Path):
    with pytest.raises(DataError, match="nowhere"):
        train(config(tmp_path / "nowhere", tmp_path / "runs", name="a"))
    with pytest.raises(WeightsError):
        train(config(small_data, tmp_path / "runs", name="a", weights=str(tmp_path / "none.pt")))
    assert {path.name for path in (tmp_path / "runs").iterdir()} <= {".cache"}


def test_weights_that_cannot_be_used_are_noticed_before_an_image_is_decoded(
    small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    weights = tmp_path / "weights.pt"
    weights.write_bytes(b"no network")
    monkeypatch.setattr("core.pipeline.load_dataset", lambda *_, **__: pytest.fail("images were decoded"))
    with pytest.raises(WeightsError, match=r"weights\.pt"):
        train(config(small_data, tmp_path / "runs", weights=str(weights)))


@pytest.fixture(scope="module")
def stopped(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which a fit of one epoch was stopped after it, and what it printed."""
    out = tmp_path_factory.mktemp("stopped")
    with redirect_stdout(io.StringIO()) as said:
        stop_after_the_epoch(small_data, out)
    return out, said.getvalue()


def test_control_c_says_how_to_continue(stopped: tuple[Path, str]):
    assert "continue with: python train.py --resume a" in stopped[1]


def test_a_fit_that_is_asked_to_stop_ends_like_ctrl_c_and_is_resumed(small_data: Path, whole: Path, tmp_path: Path):
    out = tmp_path / "runs"
    process = start(small_data, out, epochs=2)
    assert process.stdout is not None
    assert any(line.startswith("epoch   1") for line in process.stdout)
    (fit,) = fits_under_way(out)
    assert fit.running and fit.process == process.pid
    assert (len(fit.history), fit.epochs) == (1, 2)
    assert fit.progress is not None and fit.progress.label.startswith(("decoding", "epoch "))
    ask_to_stop(fit)
    assert "continue with: python train.py --resume a" in process.communicate()[0]
    assert process.returncode == 130
    (fit,) = fits_under_way(out)
    assert fit.running is False and len(fit.history) == 1
    pd.testing.assert_series_equal(logits(train(config(small_data, out), resume="a")), logits(whole), check_exact=True)
    assert fits_under_way(out) == []


def test_a_whole_run_has_nothing_to_resume(whole: Path, small_data: Path, capsys):
    assert train(config(small_data, whole.parent), resume="whole") == whole
    assert "nothing to resume" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="--epochs 5 differs from 2"):
        train(config(small_data, whole.parent, epochs=5), resume="whole", given=frozenset({"epochs"}))


def stop_after_the_epoch(data: Path, out: Path) -> None:
    import core.pipeline as pipeline

    def interrupted(*_: object) -> Path:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "_finish", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(config(data, out, name="a", epochs=1))


def test_resuming_with_another_setting_names_it(stopped: tuple[Path, str], small_data: Path, tmp_path: Path):
    out = Path(shutil.copytree(stopped[0], tmp_path / "runs"))
    with pytest.raises(ConfigError, match="--epochs 5 differs from 1"):
        train(config(small_data, out, epochs=5), resume="a", given=frozenset({"epochs"}))
    with pytest.raises(ConfigError, match="--name b differs from --resume a"):
        train(config(small_data, out, name="b"), resume="a")
    assert train(config(small_data, out, epochs=5), resume="a").name == "a"


@pytest.mark.parametrize("epoch", [pytest.param(1, marks=pytest.mark.long), 2])
def test_a_disk_that_fills_while_the_fit_saves_is_one_sentence_and_leaves_room(
    small_data: Path, tmp_path: Path, monkeypatch, epoch: int
):
    write, saved = fit.write_whole, []

    def full_at_last(path: Path, content: memoryview) -> None:
        saved.append(path)
        if len(saved) >= epoch:
            raise OSError(28, "No space left on device", str(path))
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(fit, "write_whole", full_at_last)
        match = r"the disk is full; mend that, then " + ("begin again" if epoch == 1 else "continue with `python train")
        with pytest.raises(RunFolderError, match=match):
            train(config(small_data, tmp_path, name="a", epochs=epoch))
    assert {path.name for path in tmp_path.iterdir()} <= {".cache", ".a.partial"}
    assert (tmp_path / ".a.partial").exists() is (epoch == 2)
    assert train(config(small_data, tmp_path, name="a"), resume="a").name == "a"


def test_a_failed_resume_keeps_what_was_begun(small_data: Path, tmp_path: Path, monkeypatch):
    import core.pipeline as pipeline

    data, settings = tmp_path / "data", {"name": "a", "epochs": 1}
    shutil.copytree(small_data, data)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "_fit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            train(config(data, tmp_path / "runs", **settings))
    data.rename(tmp_path / "away")
    with pytest.raises(DataError):
        train(config(small_data, tmp_path / "runs"), resume="a")
    (tmp_path / "away").rename(data)
    assert read_run(train(config(small_data, tmp_path / "runs"), resume="a")).config.data == str(data)


def test_resuming_on_changed_images_is_refused(small_data: Path, tmp_path: Path):
    data = tmp_path / "data"
    shutil.copytree(small_data, data)
    stop_after_the_epoch(data, tmp_path)
    next((data / "train" / "NORMAL").iterdir()).unlink()
    with pytest.raises(RunFolderError, match="images have changed"):
        train(config(data, tmp_path), resume="a")


def test_a_data_folder_of_any_name_gives_a_run_with_its_bad_files_leakage_and_their_reasons(
    small_data: Path, tmp_path: Path
):
    data = tmp_path / "Röntgen (1)"
    shutil.copytree(small_data, data)
    (data / "train" / "NORMAL" / "broken.png").write_bytes(b"not an image")
    copied = next((data / "test" / "PNEUMONIA").iterdir())
    shutil.copy(copied, data / "train" / "PNEUMONIA" / "person99_virus_1.png")
    run = read_run(train(config(data, tmp_path / "runs", epochs=1)))
    assert run.run_id.startswith("R-ntgen-1-2")
    assert list(run.skipped["path"]) == ["train/NORMAL/broken.png"]
    assert len(run.records) == 81
    pairs = [tuple(pair) for pair in run.manifest["data"]["leakage"]["images"]]
    assert pairs == [("train/PNEUMONIA/person99_virus_1.png", f"test/PNEUMONIA/{copied.name}")]


def start(small_data: Path, out: Path, *, epochs: int = EPOCHS) -> subprocess.Popen[str]:
    """The real program, with ``--resume a``."""
    command = [sys.executable, str(ROOT / "train.py"), "--resume", "a", "--data", str(small_data), "--out", str(out)]
    command += ["--weights", "none", "--image-size", "32", "--epochs", str(epochs), "--batch-size", "8"]
    command += ["--device", "cpu"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def kill_at(moment: float | str, small_data: Path, out: Path) -> bool:
    """Start the program and kill -9 it, seconds after the start or at a line; returns whether it was still at work.

    Whatever the moment, a run that is listed is whole.
    """
    process = start(small_data, out)
    assert process.stdout is not None
    if isinstance(moment, str):
        assert any(line.startswith(moment) for line in process.stdout)
    else:
        time.sleep(moment)
    at_work = process.poll() is None
    process.kill()
    process.communicate()
    for entry in list_runs(out):
        assert entry.problem is None
        read_run(entry.folder)
    return at_work


def check_end(small_data: Path, out: Path) -> None:
    """Let the program end, and compare with a run that was never stopped."""
    process = start(small_data, out / "killed")
    printed = process.communicate()[0]
    assert process.returncode == 0, printed
    undisturbed = train(config(small_data, out / "undisturbed", epochs=EPOCHS, name="a"))
    pd.testing.assert_series_equal(logits(out / "killed" / "a"), logits(undisturbed), check_exact=True)
    assert {path.name for path in (out / "killed").iterdir()} == {"a", ".cache"}


@pytest.mark.long
def test_killed_and_resumed_ends_with_the_same_predictions(small_data: Path, tmp_path: Path):
    assert all(kill_at(moment, small_data, tmp_path / "killed") for moment in ("run a", "epoch   1", "epoch   2"))
    check_end(small_data, tmp_path)


@pytest.mark.long
def test_killed_at_twenty_random_moments(small_data: Path, tmp_path: Path):
    started = time.monotonic()
    start(small_data, tmp_path / "timed").communicate()
    whole_time, draw = time.monotonic() - started, random.Random(0)
    killed = 0
    while killed < 20:
        killed += kill_at(draw.uniform(0.1, whole_time), small_data, tmp_path / "killed")
        if (tmp_path / "killed" / "a").exists():  # it ended between two kills; once more from the start
            check_end(small_data, tmp_path)
            shutil.rmtree(tmp_path / "killed")
            shutil.rmtree(tmp_path / "undisturbed")
    check_end(small_data, tmp_path)


@pytest.mark.long
def test_real_radiographs_are_told_apart(tmp_path: Path):
    data = ROOT.parent / "shared" / "data" / "chest-xray-pneumonia"
    if not data.is_dir():
        pytest.skip(f"the real radiographs are not at {data}")
    run = read_run(train(resolve(TrainConfig(data=str(data), out=str(tmp_path), weights="none", image_size=96))))
    assert run.metrics["test"]["auroc"]["value"] >= 0.995
    ours = run.records[run.records["split"] != "test"]
    assert ours.groupby("patient_id")["split"].nunique().max() == 1
    assert np.isfinite(run.predictions("test").logit).all()
