"""The scorer of a run: its network, loaded once in a process for all who ask for logits."""

from __future__ import annotations

import importlib
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ConfigError, RunFolderError
from core.runs.files import CHECKPOINT, REMEDY, reason, sha256_of
from core.runs.report import temperature
from core.runs.store import Run

if TYPE_CHECKING:
    from core.model.scorer import Scorer

_loading = threading.Lock()


def import_torch() -> None:
    """Import what scorers and heat maps need, beforehand. Raises ImportError.

    No two threads do so at once: torchvision's modules import each other, and a second thread would see them half made.
    """
    with _loading:
        importlib.import_module("core.explain.gradcam")


def run_scorer(run: Run) -> Scorer:
    """The scorer of ``run`` for its finding, on the device of its fit, or where this machine has none, on the best one.

    torch is imported at the first call. Raises RunFolderError for a run without a network, or one whose file was
    changed or cannot be read; WeightsError for a file that holds none.
    """
    if run.checkpoint is None:
        raise RunFolderError(f"{run.folder}: imported from predictions, so it has no network that could score images")
    with _loading:
        return _load(
            run.checkpoint,
            run.manifest["files"][CHECKPOINT]["sha256"],
            run.config.device,
            temperature(run.calibration),
            run.findings.index(run.finding),
        )


@lru_cache(maxsize=4)
def _load(checkpoint: Path, sha256: str, device: str, calibrated_by: float | None, output: int) -> Scorer:
    try:
        found = sha256_of(checkpoint)
    except OSError as error:
        raise RunFolderError(f"{checkpoint}: cannot be read ({reason(error)}); {REMEDY}") from error
    if found != sha256:
        raise RunFolderError(f"{checkpoint}: was changed or damaged (SHA-256 differs from the manifest); {REMEDY}")
    from core.model.infer import choose_device  # torch: only once it is needed
    from core.model.scorer import Scorer

    try:
        where = choose_device(device)
    except ConfigError:
        where = choose_device("auto")
    return Scorer.load(checkpoint, device=where, temperature=calibrated_by, output=output)
