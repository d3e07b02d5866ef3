"""A small whole run with every file, made once and copied for each test that damages it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.config import TrainConfig
from core.evaluation.predictions import Predictions
from core.evaluation.summary import Evaluation, evaluate
from core.runs.seal import sealed
from core.runs.store import PartialRun


@dataclass(frozen=True)
class Ingredients:
    """What a fit hands to ``PartialRun.finish``."""

    config: TrainConfig
    records: pd.DataFrame
    predictions: dict[str, Predictions]
    evaluation: Evaluation
    history: pd.DataFrame
    skipped: list[tuple[str, str]]

    def finish(self, partial: PartialRun, **changes: Any) -> Path:
        checkpoint = partial.path / "last_epoch.pt"
        checkpoint.write_bytes(b"weights" * 100)
        arguments = {
            "records": self.records,
            "predictions": self.predictions,
            "evaluation": self.evaluation,
            "history": self.history,
            "skipped": self.skipped,
            "checkpoint": checkpoint,
            "data": {"layout": "flat", "class_names": ["NORMAL", "PNEUMONIA"], "fingerprint": "f" * 64},
        }
        return partial.finish(**(arguments | changes))


def _records() -> pd.DataFrame:
    n = 90
    label = [int(i % 3 != 0) for i in range(n)]
    return pd.DataFrame(
        {
            "image_id": [f"NORMAL/{i:03d}.png" for i in range(n - 1)] + ["NA"],
            "path": [f"NORMAL/{i:03d}.png" for i in range(n - 1)] + ["NA"],
            "label": label,
            "patient_id": [f"{i // 2:03d}" for i in range(n)],
            "split": ["train"] * 30 + ["validation"] * 30 + ["test"] * 30,
            "sha256": [sha256(str(i).encode()).hexdigest() for i in range(n)],
            "width": [600 + i for i in range(n)],
            "height": 400,
            "subtype": pd.Series(
                [None if y == 0 else ("bacteria" if i % 2 else "virus") for i, y in enumerate(label)], dtype=object
            ),
        }
    )


def _predictions(records: pd.DataFrame, split: str, seed: int) -> Predictions:
    rows = records[records["split"] == split]
    noise = np.random.default_rng(seed).normal(size=len(rows))
    return Predictions(
        image_id=rows["image_id"].to_numpy(dtype=object),
        patient_id=rows["patient_id"].to_numpy(dtype=object),
        y_true=rows["label"].to_numpy(),
        logit=2 * rows["label"].to_numpy() - 1 + noise,
        subgroups={"subtype": rows["subtype"].to_numpy(dtype=object)},
    )


@pytest.fixture(scope="session")
def ingredients() -> Ingredients:
    records = _records()
    predictions = {"validation": _predictions(records, "validation", 0), "test": _predictions(records, "test", 1)}
    history = pd.DataFrame(
        {
            "epoch": [1, 2],
            "train_loss": [0.1 + 0.2, 1 / 3],
            "learning_rate": [1e-4, 1e-5],
            "seconds": [1.5, 1.25],
            "val_auroc": [0.9, float("nan")],
            "val_auprc": [0.8, 0.85],
            "val_sensitivity_at_0.5": [0.7, 0.75],
            "val_specificity_at_0.5": [0.6, 0.65],
        }
    )
    return Ingredients(
        config=TrainConfig(data="/data/chest", image_size=64),
        records=records,
        predictions=predictions,
        evaluation=evaluate(predictions["validation"], predictions["test"]),
        history=history,
        skipped=[("a,b.png", 'not an image: "x"\nsecond line'), ("=1+1", "NA")],
    )


@pytest.fixture(scope="session")
def whole_run(ingredients: Ingredients, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that no test may change; ``copy_of_run`` is for that."""
    out = tmp_path_factory.mktemp("runs")
    with PartialRun.begin(out, "first", ingredients.config) as partial:
        return ingredients.finish(partial)


@pytest.fixture
def copy_of_run(whole_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole_run, tmp_path / "runs" / "first"))


@pytest.fixture
def replace_file() -> Callable[[Path, str, bytes], None]:
    """Put other bytes into a file of a run and its manifest, as a program that writes the format wrongly would."""

    def replace(folder: Path, name: str, content: bytes) -> None:
        (folder / name).write_bytes(content)
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["files"][name] = {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
        (folder / "manifest.json").write_text(json.dumps(sealed(manifest)))

    return replace


@pytest.fixture
def edit_manifest() -> Callable[[Path, str, Any], None]:
    """Set one field of a manifest and seal it anew; ``a|b`` goes into the field a. ``...`` removes it."""

    def edit(folder: Path, name: str, value: Any) -> None:
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text())
        place, parents = manifest, name.split("|")
        for parent in parents[:-1]:
            place = place[parent]
        if value is ...:
            del place[parents[-1]]
        else:
            place[parents[-1]] = value
        path.write_text(json.dumps(sealed(manifest)))

    return edit
