"""Reading a run folder, and refusing one that is not whole, with the file and the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from core.config import TrainConfig
from core.errors import RunFolderError
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.predictions import Predictions
from core.runs import files
from core.runs.files import MANIFEST, REMEDY, read_json, reason
from core.runs.finding_tables import Asked, read_finding_tables
from core.runs.findings import finding_names, manifest_of
from core.runs.listed_files import check_files
from core.runs.seal import is_sealed
from core.runs.shapes import check_calibration, check_manifest, check_metrics, check_operating_points, config_of
from core.runs.sites import ALL, NO_SITES, Sites, read_sites
from core.runs.tables import read_tables
from core.tables.writing import unguarded

T = TypeVar("T")

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
    ``evaluation_sets`` has the keys ``validation`` and ``test``, one without images with none (n = 0); ``sites`` are
    further sets, of other hospitals, periods or scanners, whose truth may be unknown. ``calibration`` and
    ``operating_points`` are None without validation; ``history``, ``skipped`` (columns path, reason) and ``checkpoint``
    are None for a run without images. ``hidden`` says that its test figures are withheld (:mod:`core.runs.hiding`): it
    then seems to have no images of test and no sites.

    A run with several findings is opened for one of them, ``opened_for``: all of the above is of that one, images whose
    truth is unknown for it left out (``unlabelled`` has their number by set). :meth:`of` opens it for another one.
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
    sites: Sites = NO_SITES
    hidden: bool = False
    unlabelled: Mapping[str, int] = field(default_factory=dict)
    opened_for: str = ""
    views: Mapping[str, Run] = field(default_factory=dict, repr=False)

    @property
    def findings(self) -> tuple[str, ...]:
        """The binary questions that it answers: one, named after its positive class, or several."""
        return finding_names(self.manifest)

    @property
    def finding(self) -> str:
        """The finding that it was opened for."""
        return self.opened_for or self.findings[0]

    @property
    def which(self) -> str:
        """:attr:`finding` as logs, files and pictures say it; empty where the run has one finding alone."""
        return self.finding if len(self.findings) > 1 else ""

    def of(self, finding: str) -> Run:
        """The same run opened for another of its findings. Raises KeyError for any else."""
        if finding not in self.findings:
            raise KeyError(finding)
        return self.views.get(finding, self)

    @property
    def key(self) -> tuple[str, str]:
        """What a threshold belongs to: the run and the finding."""
        return self.run_id, self.finding

    @property
    def sets(self) -> tuple[str, ...]:
        """The evaluation sets that have images, that which chooses thresholds first; sites last."""
        own = (name for name, predictions in self.evaluation_sets.items() if predictions.n)
        return (*own, *self.sites.whole)

    @property
    def labelled_sets(self) -> tuple[str, ...]:
        """Those of :attr:`sets` that have an image whose truth is known."""
        return tuple(name for name in self.sets if self.predictions(name).n)

    def predictions(self, evaluation_set: str, finding: str | None = None) -> Predictions:
        """What the model says of the images of a set whose truth is known, for the finding; n = 0 where it has none.

        ``all`` are all sites of two or more together. Raises KeyError for a name that is no set, or no finding.
        """
        if finding is not None:
            return self.of(finding).predictions(evaluation_set)
        if evaluation_set == ALL and len(self.sites.labelled(self.finding)) > 1:
            return self.sites.together(self.finding)
        own = self.evaluation_sets.get(evaluation_set)
        return self.site(evaluation_set).labelled if own is None else own

    def site(self, name: str) -> EvaluationSet:
        """All images of a site, for the finding. Raises KeyError for a name that is no site of this run."""
        return self.sites.whole[name].findings[self.finding]

    @property
    def free(self) -> bool:
        """Whether its scores are no logits but on a scale of their own, of which no probability is known unless Platt
        scaling made some."""
        return bool(self.manifest.get("data", {}).get("scale") == "free")

    @property
    def synthetic(self) -> bool:
        """Whether the images are the embedded phantoms, which must be said wherever the run is shown."""
        return is_synthetic(self.manifest)

    @property
    def sealed(self) -> bool:
        """Whether its manifest carries a check of its own (:mod:`core.runs.seal`)."""
        return is_sealed(self.manifest)


def read_run(folder: Path) -> Run:
    """The run in ``folder``, every file compared with its size and SHA-256 in the manifest; of several findings opened
    for the first.

    Raises :class:`RunFolderError` naming folder, file, what is wrong and what to do.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest, hashes=True)
    config, names = config_of(manifest, folder / MANIFEST), finding_names(manifest)
    tables = _tables(folder, names)
    pa.default_memory_pool().release_unused()  # what reading took besides: a server keeps its runs for long
    calibration = _entries(folder / files.CALIBRATION, names, check_calibration)
    points = _entries(folder / files.OPERATING_POINTS, names, check_operating_points)
    metrics = read_metrics(folder, names)
    listed = manifest["files"]
    history = read_history(folder / files.HISTORY) if files.HISTORY in listed else None
    skipped = _read_skipped(folder / files.SKIPPED, guarded=is_sealed(manifest)) if files.SKIPPED in listed else None
    sites = read_sites(folder, manifest, names)
    views: dict[str, Run] = {}
    for name in names:
        views[name] = Run(
            run_id=manifest["run_id"],
            folder=folder,
            manifest=manifest_of(manifest, name),
            config=config,
            records=tables[name].records,
            evaluation_sets=tables[name].sets,
            calibration=calibration[name],
            operating_points=points[name],
            metrics=metrics[name],
            history=history,
            skipped=skipped,
            checkpoint=folder / files.CHECKPOINT if files.CHECKPOINT in listed else None,
            sites=sites,
            unlabelled=tables[name].unlabelled,
            opened_for=name,
            views=views,
        )
    return views[names[0]]


def _tables(folder: Path, names: tuple[str, ...]) -> dict[str, Asked]:
    """The two tables of the run by finding."""
    if len(names) > 1:
        return read_finding_tables(folder, names)
    records, sets = read_tables(folder)
    return {names[0]: Asked(records=records, sets=sets, unlabelled={})}


def _entries(path: Path, names: tuple[str, ...], check: Callable[[Any, Path], T]) -> dict[str, T]:
    """What a JSON file says of each finding: of several it has an entry each."""
    value = read_json(path)
    if len(names) == 1:
        return {names[0]: check(value, path)}
    if not isinstance(value, dict) or set(value) != set(names):
        raise RunFolderError(f"{path}: has not one entry each for {', '.join(names)}; {REMEDY}")
    return {name: check(value[name], path) for name in names}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The checked manifest of a run; :class:`RunFolderError` when there is none, or one of another version."""
    path = folder / MANIFEST
    if not folder.is_dir():
        raise RunFolderError(f"{folder}: there is no such run folder; `--out` says where runs lie")
    if not path.exists():
        raise RunFolderError(f"{folder}: has no {MANIFEST}, so it is no whole run; {REMEDY}")
    return check_manifest(read_json(path), path)


def read_metrics(folder: Path, findings: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The checked figures of a run, as they were when it was made, by each of its ``findings``."""
    return _entries(folder / files.METRICS, findings, check_metrics)


def is_synthetic(manifest: Mapping[str, Any]) -> bool:
    """Whether a checked manifest is that of a fit on the embedded phantoms."""
    return bool(manifest["data"]["kind"] == "phantom")


def read_history(path: Path) -> pd.DataFrame:
    """The epochs of a fit, in the columns of ``HISTORY_COLUMNS``; RunFolderError when they cannot be read."""
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
        # Python's own float: correctly rounded, so that what was written is read to the last bit.
        history = pd.DataFrame({name: [float(cell or "nan") for cell in cells[name]] for name in HISTORY_COLUMNS})
        history["epoch"] = history["epoch"].astype("int64")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"{path}: is not a table of epochs ({reason(error)}); {REMEDY}") from error
    return history


def _read_skipped(path: Path, *, guarded: bool) -> pd.DataFrame:
    """Before there were seals, no text was guarded against spreadsheets either."""
    try:
        skipped = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False)
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path}: is not a table of files ({reason(error)}); {REMEDY}") from error
    if list(skipped.columns) != ["path", "reason"]:
        raise RunFolderError(f"{path}: does not have the columns path and reason; {REMEDY}")
    return skipped.map(unguarded) if guarded else skipped
