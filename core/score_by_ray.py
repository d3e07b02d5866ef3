"""Images scored by the workers of a Ray cluster, or of this machine, into a folder of parts (Moritz et al., OSDI 2018).

Ray is asked for only here: ``pip install -r requirements-ray.txt``. The run, this program and the images must be at
the same place on every machine; ``docs/cluster.md``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from core.config import PROJECT_FOLDER
from core.errors import InstallationError
from core.part_scores import Parts, PartScorer
from core.run_scorer import run_scorer
from core.runs.store import read_run

if TYPE_CHECKING:
    from core.runs.store import Run

_PART, _PATH = "part", "path"


def score_by_ray(run: Run, parts: Parts, progress: Callable[[int, int], None]) -> None:
    """Make what is missing of ``parts`` by as many workers as the cluster has room for.

    A worker that dies is replaced and its part made again. ``progress`` is told how many images are done, of how many.
    The cluster is that of ``RAY_ADDRESS``, the one that runs on this machine, or a new one of all its processors.
    Raises InstallationError where Ray is missing.
    """
    ray = _ray()
    to_do, total = parts.to_do(), len(parts.images.paths)
    done = total - sum(len(parts.paths(part)) for part in to_do)
    progress(done, total)
    if not to_do:
        return
    scorer = run_scorer(run)
    kind, each = ("GPU", 1) if scorer.device.type == "cuda" else ("CPU", scorer.threads or 1)
    with ray.init(log_to_driver=False, logging_level="error", runtime_env={"env_vars": _environment()}):
        workers = max(1, min(int(ray.cluster_resources().get(kind, 0) // each), len(to_do)))
        tables = [pa.table({_PART: [part] * len(parts.paths(part)), _PATH: parts.paths(part)}) for part in to_do]
        scored = ray.data.from_arrow(tables).map_batches(
            _Worker,
            fn_constructor_kwargs={"folder": run.folder.absolute(), "root": parts.images.root},
            batch_format="pyarrow",
            batch_size=None,
            compute=ray.data.ActorPoolStrategy(size=workers),
            **{f"num_{kind.lower()}s": each},
        )
        for table in scored.iter_batches(batch_size=None, batch_format="pyarrow"):
            part = table[_PART][0].as_py()
            parts.write(part, table)
            done += len(parts.paths(part))
            progress(done, total)


class _Worker:
    """Loads the network once, then scores part after part."""

    def __init__(self, folder: Path, root: str) -> None:
        run = read_run(folder)
        self._scorer = PartScorer(scorers={name: run_scorer(run.of(name)) for name in run.findings}, root=root)

    def __call__(self, images: pa.Table) -> pa.Table:
        scores = self._scorer.scores(images[_PATH].to_pylist())
        return scores.append_column(_PART, [pa.array([images[_PART][0].as_py()] * len(scores))])


def _environment() -> dict[str, str]:
    """What a worker needs to find this very program."""
    return {"PYTHONPATH": os.pathsep.join([str(PROJECT_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])])}


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to its makers
    try:
        import ray.data
    except ImportError as error:
        raise InstallationError(
            f"--engine ray needs Ray, which is not installed ({error}): pip install -r requirements-ray.txt"
        ) from error
    logging.getLogger("ray").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray
