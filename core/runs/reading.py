"""Reading a run folder, and refusing one that is not whole, with the file and the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from core.config import TrainConfig
from core.errors import ConfigError, RunFolderError
from core.evaluation.predictions import Predictions
from core.runs import files
from core.runs.files import MANIFEST, REMEDY, read_json, reason, regular_size, sha256_of
from core.runs.shapes import (
    check_calibration,
    check_manifest,
    check_metrics,
    check_operating_points,
    config_of,
)
from core.runs.tables import read_predictions, read_records

HISTORY_COLUMNS = (
    "epoch",
    "train_loss",
    "learning_rate",
    "seconds",
    "val_auroc",
    "val_auprc",
    "val_sensitivity_at_0.5",
    "val_specificity_at_0.5",
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Run:
    """A whole run as it lies on the disk.

    ``records`` has one row an image (``width`` and ``height`` are ``Int64``; text that is absent is None).
    ``evaluation_sets`` has the keys ``validation`` and ``test``, one without images with none (n = 0). ``calibration``
    and ``operating_points`` are None without validation; ``history``, ``skipped`` (columns path, reason) and
    ``checkpoint`` are None for a run without images. ``hidden`` says that its test figures are withheld
    (:mod:`core.runs.hiding`): it then seems to have no images of test.
    """

    run_id: str
    folder: Path
    manifest: dict[str, Any]
    config: TrainConfig
    records: pd.DataFrame
    evaluation_sets: Mapping[str, Predictions]
    calibration: dict[str, Any] | None
    operating_points: list[dict[str, Any]] | None
    metrics: dict[str, Any]
    history: pd.DataFrame | None
    skipped: pd.DataFrame | None
    checkpoint: Path | None
    hidden: bool = False

    @property
    def findings(self) -> tuple[str, ...]:
        """The binary questions that it answers: one, named after its positive class."""
        classes = self.manifest.get("data", {}).get("class_names")
        return (str(classes[1]) if classes else "positive",)

    @property
    def finding(self) -> str:
        """The finding that it was opened for."""
        return self.findings[0]

    def of(self, finding: str) -> Run:
        """The same run opened for another of its findings. Raises KeyError for any else."""
        if finding not in self.findings:
            raise KeyError(finding)
        return self

    @property
    def key(self) -> tuple[str, str]:
        """What a threshold belongs to: the run and the finding."""
        return self.run_id, self.finding

    @property
    def sets(self) -> tuple[str, ...]:
        """The evaluation sets that have images, that which chooses thresholds first."""
        return tuple(name for name, predictions in self.evaluation_sets.items() if predictions.n)

    def predictions(self, evaluation_set: str) -> Predictions:
        """What the model says of the images of a set, for the finding; no images (n = 0) where it has none."""
        return self.evaluation_sets[evaluation_set]

    @property
    def synthetic(self) -> bool:
        """Whether the images are the embedded phantoms, which must be said wherever the run is shown."""
        return is_synthetic(self.manifest)


def read_run(folder: Path) -> Run:
    """The run in ``folder``, every file compared with its size and SHA-256 in the manifest.

    Raises :class:`RunFolderError` naming folder, file, what is wrong and what to do.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest, hashes=True)
    config = config_of(manifest, folder / MANIFEST)
    records = read_records(folder / files.RECORDS)
    listed = manifest["files"]
    return Run(
        run_id=manifest["run_id"],
        folder=folder,
        manifest=manifest,
        config=config,
        records=records,
        evaluation_sets=read_predictions(folder / files.PREDICTIONS, records),
        calibration=check_calibration(*_json(folder / files.CALIBRATION)),
        operating_points=check_operating_points(*_json(folder / files.OPERATING_POINTS)),
        metrics=read_metrics(folder),
        history=_read_history(folder / files.HISTORY) if files.HISTORY in listed else None,
        skipped=_read_skipped(folder / files.SKIPPED) if files.SKIPPED in listed else None,
        checkpoint=folder / files.CHECKPOINT if files.CHECKPOINT in listed else None,
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """The checked manifest of a run; :class:`RunFolderError` when there is none, or one of another version."""
    path = folder / MANIFEST
    if not folder.is_dir():
        raise RunFolderError(f"{folder}: there is no such run folder; `--out` says where runs lie")
    if not path.exists():
        raise RunFolderError(f"{folder}: has no {MANIFEST}, so it is no whole run; {REMEDY}")
    return check_manifest(read_json(path), path)


def read_metrics(folder: Path) -> dict[str, Any]:
    """The checked figures of a run, as they were when it was made."""
    return check_metrics(*_json(folder / files.METRICS))


def read_settings(path: Path) -> TrainConfig:
    """The settings that an unfinished run was begun with; :class:`RunFolderError` when they cannot be read."""
    values = read_json(path)
    try:
        return TrainConfig.from_dict(values)
    except (ConfigError, TypeError, ValueError) as error:
        raise RunFolderError(f"{path}: {reason(error)}; delete {path.parent} and begin the run again") from error


def check_files(folder: Path, manifest: Mapping[str, Any], *, hashes: bool) -> None:
    """Every file that a checked manifest lists is there, with its size and, where ``hashes``, its SHA-256."""
    for name, expected in manifest["files"].items():
        path = folder / name
        size = regular_size(path)
        if size != expected["bytes"]:
            raise RunFolderError(
                f"{path}: has {size:,} bytes, not the {expected['bytes']:,} it was written with; {REMEDY}"
            )
        if hashes and _digest(path) != expected["sha256"]:
            raise RunFolderError(f"{path}: was changed or damaged (SHA-256 differs from the manifest); {REMEDY}")


def is_synthetic(manifest: Mapping[str, Any]) -> bool:
    """Whether a checked manifest is that of a fit on the embedded phantoms."""
    kind = manifest.get("data", {}).get("kind")
    if kind is None:
        return manifest["config"].get("data") is None and files.CHECKPOINT in manifest["files"]
    return bool(kind == "phantom")


def _digest(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be read ({reason(error)}); {REMEDY}") from error


def _json(path: Path) -> tuple[Any, Path]:
    return read_json(path), path


def _read_history(path: Path) -> pd.DataFrame:
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
        # Python's own float: correctly rounded, so that what was written is read to the last bit.
        history = pd.DataFrame({name: [float(cell or "nan") for cell in cells[name]] for name in HISTORY_COLUMNS})
        history["epoch"] = history["epoch"].astype("int64")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"{path}: is not a table of epochs ({reason(error)}); {REMEDY}") from error
    return history


def _read_skipped(path: Path) -> pd.DataFrame:
    try:
        skipped = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False)
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path}: is not a table of files ({reason(error)}); {REMEDY}") from error
    if list(skipped.columns) != ["path", "reason"]:
        raise RunFolderError(f"{path}: does not have the columns path and reason; {REMEDY}")
    return skipped
