"""What several rooms' tests share: a whole run on disk that no network was fitted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.config import TrainConfig
from core.evaluation.predictions import Predictions
from core.evaluation.summary import evaluate
from core.runs.store import PartialRun

WriteRun = Callable[..., Path]


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
