"""What several rooms' tests share: a whole run on disk that no network was fitted for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from core.config import TrainConfig, resolve
from core.evaluation.predictions import Predictions
from core.evaluation.summary import evaluate
from core.runs.store import PartialRun

# A machine that is busy with other work must not make a property false.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

WriteRun = Callable[..., Path]


def pytest_configure() -> None:
    """Small fits gain nothing from threads, and on a busy machine threads that wait for each other lose a lot.

    Said before anything imports torch, and to the programs that tests start.
    """
    os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Hundreds of small runs are written; ``core/test_disk.py`` and ``core/runs`` check what is synced, and when."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


def _records(rng: np.random.Generator, sizes: dict[str, int], prefix: str) -> pd.DataFrame:
    parts = []
    for split, size in sizes.items():
        label = (rng.random(size) < 0.62).astype(int)
        number = np.arange(size)
        part = {
            "image_id": [f"{prefix}{split}/{i:04d}.jpeg" for i in number],
            "path": [f"{split}/{i:04d}.jpeg" for i in number],
            "label": label,
            "patient_id": [f"{split}-{i // 2}" for i in number],
            "split": split,
            "sha256": [f"{i:064x}" for i in number],
            "width": 200,
            "height": 180,
            "subtype": np.where(label == 1, rng.choice(["bacteria", "virus"], size).astype(object), None),
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def _predictions(rng: np.random.Generator, part: pd.DataFrame, shift: float) -> Predictions:
    label = part["label"].to_numpy()
    return Predictions(
        image_id=part["image_id"].to_numpy(dtype=object),
        patient_id=part["patient_id"].to_numpy(dtype=object),
        y_true=label.astype(np.int8),
        logit=rng.normal(np.where(label == 1, 3.0, -3.0) + shift, 1.4),
        subgroups={"subtype": part["subtype"].to_numpy(dtype=object)},
    )


@pytest.fixture(scope="session")
def write_run() -> WriteRun:
    """Write a whole run with images on record, a history and a checkpoint file; test drifts by ``drift`` logits."""

    def write(
        out: Path,
        run_id: str,
        *,
        config: TrainConfig | None = None,
        data: dict[str, Any] | None = None,
        drift: float = 2.5,
        skipped: Sequence[tuple[str, str]] = (),
        image_prefix: str = "",
        sizes: dict[str, int] | None = None,
        seed: int = 0,
    ) -> Path:
        rng = np.random.default_rng(seed)
        records = _records(rng, sizes or {"train": 200, "validation": 120, "test": 160}, image_prefix)
        predictions = {
            split: _predictions(rng, records[records["split"] == split], shift)
            for split, shift in (("validation", 0.0), ("test", drift))
        }
        history = pd.DataFrame(
            {
                "epoch": range(1, 9),
                "train_loss": np.geomspace(0.5, 0.05, 8),
                "learning_rate": 1e-3,
                "seconds": 20.0,
                "val_auroc": 1 - np.geomspace(0.1, 0.005, 8),
                "val_auprc": 1 - np.geomspace(0.1, 0.004, 8),
                "val_sensitivity_at_0.5": 0.95,
                "val_specificity_at_0.5": 0.95,
            }
        )
        config = config or TrainConfig(data="radiographs", image_size=96, epochs=8, weights="none")
        facts = {"class_names": ["NORMAL", "PNEUMONIA"], "leakage": {"images": [], "patients": []}, **(data or {})}
        with PartialRun.begin(out, run_id, config) as partial:
            checkpoint = partial.path / "weights.pt"
            checkpoint.write_bytes(b"not a network")
            return partial.finish(
                records=records,
                predictions=predictions,
                evaluation=evaluate(predictions["validation"], predictions["test"]),
                history=history,
                skipped=skipped,
                checkpoint=checkpoint,
                data=facts,
            )

    return write


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """``made_once(name, make)``: the folder that ``make`` filled in whichever worker of xdist asked first; the others
    wait for it. Nobody changes it: what is changed is a copy."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name: str, make: Callable[[Path], object]) -> Path:
        folder, whole = shared / name, shared / f"{name}.whole"
        with FileLock(shared / f"{name}.lock"):
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
                folder.mkdir()
                make(folder)
                whole.touch()
        return folder

    return once


WITH_IMAGES = 8
"""Images of each split of ``write_run_with_images``, half of them with pneumonia, two a patient."""


def _phantom_records() -> pd.DataFrame:
    from core.data.phantom import index_phantom

    found = {
        (split, label): [r for r in index_phantom().records if (r.split, r.label) == (split, label)]
        for split in ("train", "test")
        for label in (0, 1)
    }
    half = WITH_IMAGES // 2
    sources = {"train": ("train", 0), "validation": ("train", half), "test": ("test", 0)}
    rows = [
        {"image_id": r.image_id, "path": None, "label": label, "patient_id": r.patient_id, "split": split}
        for split, (source, start) in sources.items()
        for label in (0, 1)
        for r in found[source, label][start : start + half]
    ]
    return pd.DataFrame(rows).assign(sha256=None, width=250, height=220)


def _file_records(folder: Path) -> pd.DataFrame:
    """Gray JPEG files of 300 x 240 in ``folder``; their order in the table is not that of their names."""
    import cv2

    rng, rows = np.random.default_rng(1), []
    for split in ("train", "validation", "test"):
        (folder / split).mkdir(parents=True)
        for i in range(WITH_IMAGES):
            path = folder / split / f"{WITH_IMAGES - i:03d}.jpeg"
            coarse = rng.integers(0, 256, (6, 8), dtype=np.uint8)
            cv2.imwrite(str(path), cv2.resize(coarse, (300, 240), interpolation=cv2.INTER_CUBIC))
            name = f"{split}/{path.name}"
            row = {"image_id": name, "path": name, "label": i % 2, "patient_id": f"{split}-{i // 2}", "split": split}
            rows.append({**row, "sha256": sha256(path.read_bytes()).hexdigest(), "width": 300, "height": 240})
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of reported inputs beside the project; its files are not shipped with it."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the reported inputs are not here")
    return folder


@pytest.fixture(scope="session")
def network_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that was not fitted, for inputs of 64 pixels."""
    import torch

    from core.model.network import Preprocessing, build_network, save_checkpoint

    torch.manual_seed(4)
    network = build_network().train()
    for _ in range(3):  # running statistics away from their initial values
        network(torch.rand(8, 3, 64, 64))
    file = tmp_path_factory.mktemp("network") / "best_model.pt"
    save_checkpoint(file, network, Preprocessing(image_size=64))
    return file


@pytest.fixture(scope="session")
def write_run_with_images(network_file: Path) -> WriteRun:
    """Write a whole run on image files in ``out/data``, or on phantoms, with a network that can be loaded."""

    def write(
        out: Path,
        run_id: str,
        *,
        phantoms: bool = False,
        change: Callable[[pd.DataFrame], pd.DataFrame] = lambda records: records,
        data: dict[str, Any] | None = None,
    ) -> Path:
        rng = np.random.default_rng(2)
        records = change(_phantom_records() if phantoms else _file_records(out / "data")).assign(subtype=None)
        predictions = {
            split: _predictions(rng, records[records["split"] == split], 0.0) for split in ("validation", "test")
        }
        facts = {"class_names": ["NORMAL", "PNEUMONIA"], "leakage": {"images": [], "patients": []}}
        if phantoms:
            facts |= {"kind": "phantom", "generator_version": 1}
        config = TrainConfig(data=None if phantoms else str(out / "data"), image_size=64, epochs=1, weights="none")
        with PartialRun.begin(out, run_id, config) as partial:
            return partial.finish(
                records=records,
                predictions=predictions,
                evaluation=evaluate(predictions["validation"], predictions["test"]),
                checkpoint=Path(shutil.copyfile(network_file, partial.path / "weights.pt")),
                data={**facts, **(data or {})},
            )

    return write


@pytest.fixture(scope="session")
def run_of_both(made_once: Callable[..., Path]) -> Path:
    """The folder of a run on a few phantoms, one network for pneumonia and effusion; copied before it is changed."""
    from core.data import phantom
    from core.pipeline import train

    def fit(out: Path) -> None:
        asked = {"positive_class": "PNEUMONIA,EFFUSION", "epochs": 1, "batch_size": 8, "device": "cpu"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(phantom, "IMAGES", {group: 20 if group[0] == "train" else 8 for group in phantom.IMAGES})
            train(resolve(TrainConfig(out=str(out), name="both", **asked)))

    return made_once("run-of-both", fit) / "both"
