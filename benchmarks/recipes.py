"""The default recipe against the published baseline, also on radiographs unlike those it was fitted on.

    python benchmarks/recipes.py [--data DIR] [--image-size 96] [--epochs 8] [--seeds 3] [--out DIR]

In this data exposure, sharpness and framing alone nearly tell the classes apart, which a network may learn instead of
pneumonia. So, beside the given test folder, a second test set is cut from all images: of each class the share whose
exposure, sharpness and framing look most like the other class's (by a logistic regression, cross-validated by patient).
Their patients are kept out of the fit. A network that relies on the acquisition fails there. With ``--seeds`` each is
fitted several times, and a figure is the mean, with the lowest and the highest in brackets.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.config import TrainConfig, resolve
from core.data.decode import decode_image, to_square
from core.data.index import index_images
from core.pipeline import train
from core.runs.store import read_run
from core.several_seeds import train_seeds

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "chest-xray-pneumonia"
UNLIKE = 0.15  # share of each class that becomes the second test set


def acquisition(square: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Exposure, contrast, sharpness and framing of one image as fifteen numbers; nothing about the lungs."""
    grey = square.astype(np.float64)
    borders = [grey[:8].mean(), grey[-8:].mean(), grey[:, :6].mean(), grey[:, -6:].mean()]
    levels = np.percentile(grey, [1, 5, 25, 50, 75, 95, 99])
    return np.array([grey.mean(), grey.std(), cv2.Laplacian(grey, cv2.CV_64F).std(), *levels, *borders])


def write_unlike(data: Path, file: Path) -> None:
    """Write a label file whose test split is the images whose acquisition contradicts their class."""
    records = index_images(data).records
    features = np.array([acquisition(to_square(decode_image(data / str(r.path)).gray, 96)) for r in records])
    label = np.array([r.label for r in records])
    patient = np.array([r.patient_id for r in records])
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    score = cross_val_predict(model, features, label, groups=patient, cv=folds, method="decision_function")
    print(f"acquisition alone: AUROC {roc_auc_score(label, score):.3f} in cross-validation")
    against = np.where(label == 1, -score, score)
    chosen = np.zeros(len(label), dtype=bool)
    for value in (0, 1):
        member = np.flatnonzero(label == value)
        chosen[member[np.argsort(-against[member])[: round(UNLIKE * len(member))]]] = True
    # The other images of a chosen patient are in neither part: they would tell the fit about the patient.
    kept = chosen | ~np.isin(patient, patient[chosen])
    table = pd.DataFrame(
        {
            "path": [r.path for r in records],
            "label": label,
            "patient_id": patient,
            "split": np.where(chosen, "test", "train"),
        }
    )[kept]
    table.to_csv(file, index=False)


def fitted(config: TrainConfig, run_id: str, seeds: int) -> list[Path]:
    """The runs of so many seeds; those that are there are not made again."""
    if seeds > 1:
        return train_seeds(config, seeds, name=run_id, train=train, given=frozenset())
    folder = Path(config.out) / run_id
    return [folder if folder.exists() else train(config, resume=run_id)]


def row(name: str, recipe: str, folders: Sequence[Path]) -> dict[str, Any]:
    """One line of the table: what validation promised and test delivered at Youden's threshold."""
    fits = [read_run(folder).metrics for folder in folders]
    shown: dict[str, Any] = {"test set": name, "recipe": recipe}
    for split in ("validation", "test"):
        for figure in ("auroc", "auprc"):
            areas = [metrics[split][figure] for metrics in fits]
            between = f" ({areas[0]['low']:.3f} to {areas[0]['high']:.3f})" if len(fits) == 1 else ""
            shown[f"{split} {figure.upper()}"] = figures([area["value"] for area in areas]) + between
        points = [metrics[split]["operating_points"]["youden"] for metrics in fits]
        for figure in ("sensitivity", "specificity"):
            shown[f"{split} {figure}"] = figures([point[figure]["value"] for point in points])
    return shown


def figures(values: Sequence[float]) -> str:
    """One figure, or the mean of several fits with the lowest and the highest."""
    mean = f"{np.mean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.3f} to {max(values):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description="The default recipe against the published baseline.")
    parser.add_argument("--data", type=Path, default=REAL_DATA)
    parser.add_argument("--image-size", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs"))
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"error: {options.data} is not there; name the real data with --data DIR")
    options.out.mkdir(parents=True, exist_ok=True)
    unlike = options.out / "unlike.csv"
    write_unlike(options.data, unlike)
    rows = []
    for name, labels in (("unlike", str(unlike.absolute())), ("given", None)):
        for recipe in ("default", "seed"):
            run_id = f"recipes-{name}-{recipe}-{options.image_size}px-{options.epochs}"
            config = TrainConfig(
                data=str(options.data.absolute()),
                labels=labels,
                out=str(options.out),
                recipe=recipe,
                weights="none",
                image_size=options.image_size,
                epochs=options.epochs,
            )
            rows.append(row(name, recipe, fitted(resolve(config), run_id, options.seeds)))
    print(pd.DataFrame(rows).T.to_string(header=False))


if __name__ == "__main__":
    main()
