"""The stress test against a plain loop, its exactness unshifted, and going on after it was stopped."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import torch

import core.run_scorer
import core.stress_test
from core import __main__ as program
from core.data.acquisition import SHIFTS, seed_of, shifted
from core.data.decode import to_square
from core.errors import ImageError, RunFolderError
from core.explain.pictures import Pictures
from core.model.network import load_checkpoint, prepare
from core.model.scorer import Scorer
from core.runs.folder_lock import lock_folder, unlock
from core.runs.hiding import visible
from core.runs.store import Run, read_run
from core.scoring import add_scored, score_folder
from core.stress_test import VARIANTS, images_done, kept_stress_test, stress_test, stressed_sets

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.stress_test, "_BLOCK", 3)


@pytest.fixture
def run(write_run_with_images, tmp_path: Path) -> Run:
    return read_run(write_run_with_images(tmp_path, "run"))


def plain(run: Run, image_id: str) -> list[float]:
    """One image after the other, one variant after the other."""
    network, preprocessing, _ = load_checkpoint(run.checkpoint)
    gray, found = Pictures(run).radiograph(image_id), []
    for variant in VARIANTS:
        picture = gray
        if variant.shift:
            shift = next(shift for shift in SHIFTS if shift.name == variant.shift)
            picture = shifted(gray, shift, variant.strength, seed_of(gray))
        square = torch.from_numpy(to_square(picture, 64)[np.newaxis].copy())
        with torch.inference_mode():
            found.append(float(network(prepare(square, preprocessing))[0, 0]))
    return found


@pytest.mark.parametrize("phantoms", [False, pytest.param(True, marks=pytest.mark.long)])
def test_is_what_a_plain_loop_finds(write_run_with_images, tmp_path, small_blocks, phantoms):
    run = read_run(write_run_with_images(tmp_path, "run", phantoms=phantoms))
    told = []
    found = stress_test(run, Pictures(run), progress=lambda *now: told.append(now))
    chosen = [0, 3, 7]
    expected = np.array([plain(run, image_id) for image_id in run.predictions("test").image_id[chosen]]).T
    assert found.split == "test"
    assert np.abs(found.logits[:, chosen] - expected).max() < 1e-4
    assert np.ptp(found.logits, axis=0).min() > 0.01, "shifts do something"
    assert told == [(0, 8), (3, 8), (6, 8), (8, 8)]
    kept = kept_stress_test(run)
    assert (kept.logits == found.logits).all()


def test_unshifted_images_have_the_stored_scores_also_of_large_files(write_run_with_images, tmp_path):
    """A large JPEG is decoded at a reduced scale for the fit; the stress test must start from the same pixels."""
    run = read_run(write_run_with_images(tmp_path, "run"))
    path = tmp_path / "data" / run.records["path"][0]
    cv2.imwrite(str(path), cv2.resize(cv2.imread(str(path), 0), (1200, 960)))
    from hashlib import sha256

    run.records.loc[0, "sha256"] = sha256(path.read_bytes()).hexdigest()
    pictures, image_id = Pictures(run), run.records["image_id"][0]
    assert pictures.radiograph(image_id, at_least=64).shape != pictures.radiograph(image_id).shape
    scorer = Scorer.load(run.checkpoint)
    found = core.stress_test._score(np.array([image_id], dtype=object), pictures, scorer)
    assert found[0, 0] == scorer.logits(pictures.square(image_id, 64)[np.newaxis])[0]


def test_what_was_scored_is_not_scored_again(run, small_blocks, monkeypatch):
    pictures, read, asked = Pictures(run), Pictures.radiograph, []

    def interrupted(self, image_id, **wanted):
        asked.append(image_id)
        if len(set(asked)) > 5:
            raise KeyboardInterrupt
        return read(self, image_id, **wanted)

    monkeypatch.setattr(core.stress_test.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(Pictures, "radiograph", interrupted)
    with pytest.raises(KeyboardInterrupt):
        stress_test(run, pictures)
    assert images_done(run) == (3, 8)
    assert kept_stress_test(run) is None
    asked.clear()
    monkeypatch.setattr(Pictures, "radiograph", lambda self, i, **wanted: (asked.append(i), read(self, i, **wanted))[1])
    found = stress_test(run, pictures)
    assert asked == list(run.predictions("test").image_id[3:])
    assert images_done(run) == (8, 8)
    assert np.abs(found.logits[:, 0] - plain(run, run.predictions("test").image_id[0])).max() < 1e-4


def test_scores_that_cannot_be_kept_are_said_to_be_not_kept(run, small_blocks, monkeypatch):
    def refuse(path, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(RunFolderError, match=r"cannot be kept there \(the disk is full\)"):
            stress_test(run, Pictures(run))
    assert images_done(run) == (0, 8)
    stress_test(run, Pictures(run))
    assert images_done(run) == (8, 8)


def test_no_link_is_followed_out_of_the_run(run, small_blocks, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".new-precious").write_text("precious")
    shutil.rmtree(run.folder / "cache", ignore_errors=True)
    (run.folder / "cache").symlink_to(elsewhere)
    try:
        with pytest.raises(RunFolderError, match="a link stands in its place, which is not followed"):
            stress_test(run, Pictures(run))
    finally:
        (run.folder / "cache").unlink()
    assert [path.name for path in elsewhere.iterdir()] == [".new-precious"]


@pytest.mark.long
def test_a_killed_program_is_gone_on_with(write_run_with_images, tmp_path, monkeypatch):
    def many(records: pd.DataFrame) -> pd.DataFrame:
        test = records["split"] == "test"
        copies = [records[test].assign(image_id=lambda r, k=k: r["image_id"] + f"-{k}") for k in range(4)]
        return pd.concat([records, *copies], ignore_index=True)

    run = read_run(write_run_with_images(tmp_path, "run", change=many))
    command = [sys.executable, "-m", "core", "stress", str(run.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as started:
        deadline = time.monotonic() + 300
        while not images_done(run)[0]:
            assert time.monotonic() < deadline and started.poll() is None
            time.sleep(0.01)
        started.kill()
    before = {path.name: path.read_bytes() for path in (run.folder / "cache" / "stress").glob("[!.]*")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "40 images of test scored unshifted and under 42 shifts" in done.stdout
    after = {path.name: path.read_bytes() for path in (run.folder / "cache" / "stress").glob("[!.]*")}
    assert before.items() <= after.items()
    assert kept_stress_test(run).logits.shape == (len(VARIANTS), 40)


def test_one_at_a_time(run):
    folder = run.folder / "cache" / "stress"
    folder.mkdir(parents=True)
    lock = lock_folder(folder)
    try:
        with pytest.raises(RunFolderError, match="another process"):
            stress_test(run, Pictures(run))
    finally:
        unlock(lock)
    stress_test(run, Pictures(run))
    unlock(lock_folder(folder))


def test_other_shifts_networks_and_images_are_not_taken_for_these(run, monkeypatch):
    stress_test(run, Pictures(run))
    assert images_done(run) == (8, 8)
    for name in ("best_model.pt", "records.parquet"):
        entry, mine = run.manifest["files"][name], run.manifest["files"][name]["sha256"]
        entry["sha256"] = "0" * 64
        assert images_done(run) == (0, 8)
        entry["sha256"] = mine
    monkeypatch.setattr(core.stress_test, "VERSION", core.stress_test.VERSION + 1)
    assert images_done(run) == (0, 8)


def test_a_damaged_block_is_scored_again(run):
    found = stress_test(run, Pictures(run))
    (path,) = (run.folder / "cache" / "stress").glob("*.logits")
    path.write_bytes(path.read_bytes()[:-1])
    assert kept_stress_test(run) is None
    assert (stress_test(run, Pictures(run)).logits == found.logits).all()


def test_validation_where_there_is_no_test(write_run_with_images, tmp_path):
    run = read_run(
        write_run_with_images(tmp_path, "run", change=lambda r: r[r["split"] != "test"].reset_index(drop=True))
    )
    assert stressed_sets(run) == ["validation"]
    assert stress_test(run, Pictures(run)).logits.shape == (len(VARIANTS), 8)


def test_problems_are_named(run, tmp_path):
    image_id = str(run.predictions("test").image_id[0])
    path = tmp_path / "data" / image_id
    content = path.read_bytes()
    path.unlink()
    with pytest.raises(ImageError, match=f"{image_id}: file is missing"):
        stress_test(run, Pictures(run))
    path.write_bytes(content)
    run.checkpoint.write_bytes(b"another network")
    core.run_scorer._load.cache_clear()  # a scorer that is loaded was checked when it was
    with pytest.raises(RunFolderError, match=r"best_model.pt: was changed or damaged"):
        stress_test(run, Pictures(run))


def test_images_elsewhere_are_named_on_the_command_line(run, tmp_path, capsys):
    (tmp_path / "data").rename(tmp_path / "moved")
    arguments = ["stress", run.run_id, "--out", str(tmp_path)]
    assert program.main(arguments) == 2
    assert "the data folder of this run is not there" in capsys.readouterr().err
    assert program.main([*arguments, "--data", str(tmp_path / "moved")]) == 0
    assert "8 images of test scored unshifted and under 42 shifts" in capsys.readouterr().out


def test_what_was_stressed_while_test_was_hidden_can_be_seen_after_it_is_revealed(run):
    assert stressed_sets(run) == ["test"]
    blind = visible(run, hidden=True)
    assert stressed_sets(blind) == ["validation"]
    found = stress_test(blind, Pictures(blind))
    assert found.split == "validation" and stressed_sets(run) == ["test", "validation"]
    assert (kept_stress_test(run, "validation").logits == found.logits).all()
    assert kept_stress_test(run) is None


def test_a_site_with_images_is_stressed_by_its_own(run, tmp_path, capsys):
    """Its image ids are those of test, and its pictures are others."""
    ids = [str(image_id) for image_id in run.predictions("test").image_id[:3]]
    (tmp_path / "far" / "test").mkdir(parents=True)
    for number, image_id in enumerate(ids):
        coarse = np.random.default_rng(number).integers(0, 256, (5, 4), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / "far" / image_id), cv2.resize(coarse, (80, 100), interpolation=cv2.INTER_CUBIC))
    lines = [f"{image_id},{number % 2}" for number, image_id in enumerate(ids)]
    (tmp_path / "far.csv").write_text("\n".join(["path,label", *lines]))
    add_scored(run, "far", score_folder(run, tmp_path / "far", labels=tmp_path / "far.csv"))
    add_scored(run, "no-truth", score_folder(run, tmp_path / "far"))
    again = read_run(run.folder)
    assert stressed_sets(again) == ["test", "far"]
    arguments = ["stress", again.run_id, "--out", str(tmp_path), "--set"]
    assert program.main([*arguments, "no-truth"]) == 2
    assert "--set no-truth: what can be scored again is test, far" in capsys.readouterr().err
    assert program.main([*arguments, "far"]) == 0
    assert "3 images of far scored unshifted and under 42 shifts" in capsys.readouterr().out
    found = kept_stress_test(again, "far")
    assert (found.logits[0] == again.predictions("far").logit).all()
    assert kept_stress_test(again) is None and images_done(again) == (0, 8)
