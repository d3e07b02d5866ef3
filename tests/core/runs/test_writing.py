import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import disk
from core.config import TrainConfig
from core.errors import RunFolderError
from core.evaluation.predictions import Predictions
from core.evaluation.summary import Evaluation
from core.file_lock import locked
from core.runs import attachments, files, listed_files, sealing, writing
from core.runs.folder_lock import lock_folder
from core.runs.store import PartialRun, finished_run, list_runs, read_run

CONFIG = TrainConfig(data="/data/chest", seed=3)
ROOT = Path(__file__).parents[3]


def test_the_settings_lie_there_before_anything_else(tmp_path: Path) -> None:
    with PartialRun.begin(tmp_path / "runs", "a", CONFIG) as partial:
        assert partial.path == tmp_path / "runs" / ".a.partial"
        assert [entry.name for entry in partial.path.iterdir()] == ["config.json"]
        assert json.loads((partial.path / "config.json").read_text()) == {"begun_by": "fit", **CONFIG.to_dict()}
    with PartialRun.resume(tmp_path / "runs", "a") as again:
        assert again.config == CONFIG


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".a", "-a", "a/b", "../a", "a\\b", "a b", "a\n", "ä", "a\0", "x" * 129]
)
def test_impossible_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunFolderError, match="run name"):
        PartialRun.begin(tmp_path, name, CONFIG)
    assert list(tmp_path.iterdir()) == []


def test_a_long_name_is_possible(tmp_path: Path) -> None:
    with PartialRun.begin(tmp_path, "x" * 128, CONFIG) as partial:
        assert partial.path.is_dir()


def test_a_taken_name_is_refused(copy_of_run: Path) -> None:
    for open_run in (PartialRun.begin, PartialRun.resume):
        with pytest.raises(RunFolderError, match="already a run of this name"):
            open_run(copy_of_run.parent, "first", CONFIG)


def test_an_unfinished_run_is_resumed_not_begun(tmp_path: Path) -> None:
    PartialRun.begin(tmp_path, "a", CONFIG).close()
    with pytest.raises(RunFolderError, match=rf"`python train\.py --resume a --out {tmp_path}`"):
        PartialRun.begin(tmp_path, "a", CONFIG)


def test_resume_without_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="no unfinished run 'a'"):
        PartialRun.resume(tmp_path, "a")
    with PartialRun.resume(tmp_path, "a", CONFIG) as partial:
        assert partial.config == CONFIG


def test_resume_after_a_stop_before_the_settings_were_saved(tmp_path: Path) -> None:
    (tmp_path / ".a.partial").mkdir()
    with pytest.raises(RunFolderError, match=r"no config\.json"):
        PartialRun.resume(tmp_path, "a")
    with PartialRun.resume(tmp_path, "a", CONFIG) as partial:
        assert partial.config == CONFIG


@pytest.mark.parametrize("content", ["", "[]", "3", '{"seed": 1, "mixup": 2}', "[[]]"])
def test_settings_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    (tmp_path / ".a.partial").mkdir()
    (tmp_path / ".a.partial" / "config.json").write_text(content)
    with pytest.raises(RunFolderError, match=r"config\.json"):
        PartialRun.resume(tmp_path, "a")


def test_out_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(RunFolderError, match="cannot be written"):
        PartialRun.begin(tmp_path / "runs", "a", CONFIG)


def test_a_link_in_an_unfinished_run_leads_no_writer_out(tmp_path: Path, ingredients: Any) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("of somebody else")
    with PartialRun.begin(tmp_path / "runs", "a", CONFIG) as partial:
        for name in (*files.RUN_FILES, files.MANIFEST):
            (partial.path / name).symlink_to(elsewhere)
        run = read_run(ingredients.finish(partial))
    assert elsewhere.read_text() == "of somebody else"
    assert not [path for path in run.folder.iterdir() if path.is_symlink()]


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    first = PartialRun.begin(tmp_path, "a", CONFIG)
    with pytest.raises(RunFolderError, match="another process is writing"):
        PartialRun.resume(tmp_path, "a")
    first.close()
    PartialRun.resume(tmp_path, "a").close()


def test_a_run_that_is_finished_while_another_waits_for_it(
    tmp_path: Path, ingredients: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    partial = PartialRun.begin(tmp_path, "a", CONFIG)

    def finish_then_lock(file: Path, patience: float = 0.0) -> Any:
        ingredients.finish(partial)
        return locked(file)

    monkeypatch.setattr("core.runs.folder_lock.locked", finish_then_lock)
    with pytest.raises(RunFolderError, match="finished or removed this run just now"):
        PartialRun.resume(tmp_path, "a")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
    with pytest.raises(RunFolderError, match="finished or removed this run just now"):
        lock_folder(tmp_path / ".a.partial")


def test_the_lock_of_a_killed_process_is_free_though_its_worker_lives(tmp_path: Path) -> None:
    program = (
        "import os, sys, time; from pathlib import Path; from core.config import TrainConfig\n"
        "from core.runs.store import PartialRun\n"
        f"run = PartialRun.begin(Path({str(tmp_path)!r}), 'a', TrainConfig())\n"
        "worker = os.fork()\n"
        "if worker: print(worker, flush=True)\n"
        "time.sleep(60)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert writer.stdout is not None
    worker = int(writer.stdout.readline())
    try:
        with pytest.raises(RunFolderError, match="another process"):
            PartialRun.resume(tmp_path, "a")
        writer.kill()
        writer.wait()
        time.sleep(0.1)  # the worker may not have got to its own code yet
        PartialRun.resume(tmp_path, "a").close()
    finally:
        os.kill(worker, signal.SIGKILL)
        writer.stdout.close()


def test_a_finished_run_holds_the_run_and_nothing_else(tmp_path: Path, ingredients: Any) -> None:
    with PartialRun.begin(tmp_path, "a", CONFIG) as partial:
        (partial.path / "checkpoints").mkdir()
        (partial.path / "checkpoints" / "epoch_1.pt").write_bytes(b"x")
        (partial.path / "overlays").mkdir()
        folder = ingredients.finish(partial)
    assert folder == tmp_path / "a"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
    assert {entry.name for entry in folder.iterdir()} == {*files.RUN_FILES, "manifest.json", "overlays"}
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, entry in manifest["files"].items():
        content = (folder / name).read_bytes()
        assert entry == {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
    assert manifest["schema_version"] == 1
    assert manifest["config"] == CONFIG.to_dict()
    assert manifest["package_versions"]["numpy"] == np.__version__
    assert manifest["data"]["kind"] == "folder"
    assert manifest["data"]["images"] == {"train": 30, "validation": 30, "test": 30}
    assert manifest["data_fingerprint"] == "f" * 64
    assert "fingerprint" not in manifest["data"]


def test_the_kind_of_data_tells_what_is_synthetic(tmp_path: Path, ingredients: Any) -> None:
    with PartialRun.begin(tmp_path, "a", TrainConfig()) as partial:
        run = read_run(ingredients.finish(partial, data={}))
    assert run.synthetic
    with PartialRun.begin(tmp_path, "b", TrainConfig()) as partial:
        assert not read_run(ingredients.finish(partial, data={"kind": "predictions"})).synthetic


def test_a_run_without_images_is_whole(tmp_path: Path, ingredients: Any) -> None:
    with PartialRun.begin(tmp_path, "a", CONFIG) as partial:
        run = read_run(ingredients.finish(partial, history=None, skipped=None, checkpoint=None))
    assert (run.history, run.skipped, run.checkpoint) == (None, None, None)


def test_nothing_skipped_is_an_empty_table(tmp_path: Path, ingredients: Any) -> None:
    with PartialRun.begin(tmp_path, "a", CONFIG) as partial:
        run = read_run(ingredients.finish(partial, skipped=[]))
    assert run.skipped is not None
    assert list(run.skipped.columns) == ["path", "reason"]
    assert len(run.skipped) == 0


def test_names_that_are_no_unicode_are_skipped_files_too(tmp_path: Path, ingredients: Any) -> None:
    name = os.fsdecode(b"a\xff.png")
    with PartialRun.begin(tmp_path, "a", CONFIG) as partial:
        run = read_run(ingredients.finish(partial, skipped=[(name, "not an image"), ("b\rc", "CR")]))
    assert run.skipped is not None
    assert list(run.skipped["path"]) == ["a\\udcff.png", "b\rc"]


def test_undefined_is_null(tmp_path: Path, ingredients: Any) -> None:
    metrics = ingredients.evaluation.metrics
    undefined = {"value": float("nan"), "low": np.float64("nan"), "high": None, "level": 0.95, "method": "x"}
    changed = replace(ingredients.evaluation, metrics={**metrics, "test": {**metrics["test"], "auroc": undefined}})
    with PartialRun.begin(tmp_path, "a", CONFIG) as partial:
        folder = ingredients.finish(partial, evaluation=changed)
    assert "NaN" not in (folder / "metrics.json").read_text()
    assert read_run(folder).metrics["test"]["auroc"]["value"] is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda records: records.assign(label=2), "values other than 0 and 1"),
        (lambda records: records.assign(split="training"), "'split' has values other"),
        (lambda records: records.drop(columns="sha256"), "'sha256' cannot be written"),
        (lambda records: records.assign(subtype=3), "'subtype' cannot be written"),
        (lambda records: records.assign(patient_id="x"), r"patient_id of .* is another"),
        (lambda records: records.iloc[:-1], "not those of validation and test"),
        (lambda records: records.assign(image_id="x"), "image_id is repeated"),
    ],
)
def test_tables_against_the_format_are_not_written(
    tmp_path: Path, ingredients: Any, change: Callable[[pd.DataFrame], pd.DataFrame], reason: str
) -> None:
    with PartialRun.begin(tmp_path, "a", CONFIG) as partial:
        with pytest.raises(RunFolderError, match=reason):
            ingredients.finish(partial, records=change(ingredients.records))
        assert list_runs(tmp_path) == []
        ingredients.finish(partial)
    assert read_run(tmp_path / "a").run_id == "a"


STEPS = [
    (disk, "sync"),
    (writing, "write_table"),
    (writing, "write_json"),
    (writing, "write_history"),
    (writing, "write_skipped"),
    (writing, "copy_checkpoint"),
    (attachments, "write_whole"),
    (listed_files, "sha256_of"),
    (writing, "package_versions"),
    (sealing, "sync"),
    (sealing.shutil, "rmtree"),
    (Path, "unlink"),
    (Path, "replace"),
    (sealing, "put_in_place"),
]


class _Killed(BaseException):
    """Ends a process wherever it is, as a signal does."""


@pytest.mark.parametrize("call", [1, 2, 3, 4])
@pytest.mark.parametrize(("owner", "step"), STEPS, ids=[step for _, step in STEPS])
def test_a_stop_anywhere_leaves_the_partial_folder_or_the_whole_run(
    tmp_path: Path, ingredients: Any, monkeypatch: pytest.MonkeyPatch, owner: Any, step: str, call: int
) -> None:
    partial = PartialRun.begin(tmp_path, "a", CONFIG)
    (partial.path / "checkpoints").mkdir()
    original, calls = getattr(owner, step), 0

    def stop(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            raise _Killed
        return original(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, stop)
        try:
            ingredients.finish(partial)
        except _Killed:
            pass
        else:
            assert calls < call, "the step was passed and the stop was lost"
    partial.close()

    entries = list_runs(tmp_path)
    if not (tmp_path / "a").exists():
        assert entries == []
        assert [entry.name for entry in tmp_path.iterdir()] == [".a.partial"]
        if finished_run(tmp_path, "a") is None:
            with PartialRun.resume(tmp_path, "a") as resumed:
                assert resumed.config == CONFIG
                ingredients.finish(resumed)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
    assert {entry.name for entry in (tmp_path / "a").iterdir()} == {*files.RUN_FILES, "manifest.json"}
    assert read_run(tmp_path / "a").checkpoint is not None


def test_a_run_stopped_before_its_rename_is_put_into_place(
    tmp_path: Path, ingredients: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PartialRun.begin(tmp_path, "a", CONFIG) as partial, monkeypatch.context() as patch:
        patch.setattr(sealing, "put_in_place", lambda *_: (_ for _ in ()).throw(_Killed()))
        with pytest.raises(_Killed):
            ingredients.finish(partial)
    assert finished_run(tmp_path, "a") == tmp_path / "a"
    assert finished_run(tmp_path, "a") == tmp_path / "a"
    assert finished_run(tmp_path, "b") is None
    assert read_run(tmp_path / "a").run_id == "a"


def test_a_finished_run_that_was_damaged_is_not_called_whole(copy_of_run: Path) -> None:
    (copy_of_run / "best_model.pt").write_bytes(b"")
    with pytest.raises(RunFolderError, match=r"best_model\.pt: has 0 bytes"):
        finished_run(copy_of_run.parent, "first")


def test_everything_is_on_the_disk_before_the_manifest_and_the_manifest_before_the_rename(
    tmp_path: Path, ingredients: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def fsync(descriptor: int) -> None:
        synced.append(
            next(p.name for p in [*tmp_path.rglob("*"), tmp_path] if p.stat().st_ino == os.fstat(descriptor).st_ino)
        )

    monkeypatch.setattr(os, "fsync", fsync)
    with PartialRun.begin(tmp_path, "a", CONFIG) as partial:
        synced.clear()
        ingredients.finish(partial)
    manifest = synced.index(".manifest.json.new")
    before = {name.removeprefix(".").removesuffix(".new") for name in synced[:manifest]}
    assert set(files.RUN_FILES) <= before
    assert synced[manifest - 1 :] == [".a.partial", ".manifest.json.new", ".a.partial", ".a.partial", tmp_path.name]


def test_a_full_disk_is_said_in_words(tmp_path: Path, ingredients: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", "x")

    with PartialRun.begin(tmp_path, "a", CONFIG) as partial:
        monkeypatch.setattr(writing, "copy_checkpoint", full)
        with pytest.raises(RunFolderError, match="the disk is full"):
            ingredients.finish(partial)


def test_a_name_taken_during_the_fit_is_not_overwritten(tmp_path: Path, ingredients: Any) -> None:
    with PartialRun.begin(tmp_path, "a", CONFIG) as partial:
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "theirs").write_text("x")
        with pytest.raises(RunFolderError, match="already a run of this name"):
            ingredients.finish(partial)
        assert (tmp_path / "a" / "theirs").read_text() == "x"
        assert partial.path.is_dir()


@settings(max_examples=25, deadline=None)
@given(
    logit=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20),
    number=st.floats(allow_nan=False, allow_infinity=False),
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_numbers_and_text_keep_every_bit(
    tmp_path_factory: pytest.TempPathFactory, logit: list[float], number: float, text: str
) -> None:
    n = len(logit)
    ids = np.array([f"{text}{i}" for i in range(n)], dtype=object)
    predictions = Predictions(image_id=ids, patient_id=ids, y_true=np.zeros(n), logit=np.array(logit))
    absent = dict.fromkeys(("path", "sha256", "width", "height"))
    records = pd.DataFrame({"image_id": ids, "label": 0, "patient_id": ids, "split": "test", "site": text, **absent})
    points = [
        {"name": text, "rule": "r", "threshold": number, "probability_raw": number, "probability_calibrated": None}
    ]
    evaluation = Evaluation(calibration=None, operating_points=points, metrics={"validation": None, "test": None})
    with PartialRun.begin(tmp_path_factory.mktemp("runs"), "a", TrainConfig()) as partial:
        run = read_run(
            partial.finish(
                records=records,
                predictions={"test": predictions},
                evaluation=evaluation,
                skipped=[(text, text)],
                data={"kind": "predictions"},
            )
        )
    assert run.predictions("test").logit.tobytes() == np.array(logit).tobytes()
    assert list(run.predictions("test").image_id) == list(ids)
    assert run.predictions("validation").n == 0
    assert run.operating_points is not None
    assert repr(run.operating_points[0]["threshold"]) == repr(number)
    assert run.skipped is not None
    assert list(run.skipped.iloc[0]) == [text, text]
    assert list(run.records["site"]) == [text] * n
