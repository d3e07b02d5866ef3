"""The same fit with several seeds: how far what a run says depends on chance in the fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.config import TrainConfig
from core.errors import ConfigError
from core.runs.hiding import open_run
from core.runs.seed_spread import seed_spread, spread_text
from core.runs.store import finished_run, partial_folder

MOST = 100

Train = Callable[..., Path]


def train_seeds(config: TrainConfig, seeds: int, *, name: str, train: Train, given: frozenset[str]) -> list[Path]:
    """Make ``seeds`` runs, called NAME-seed0 and so on, whose seeds are ``config.seed`` and those after it.

    ``train`` is :func:`core.pipeline.train`. Runs of these names that are whole are kept, one that was stopped is
    continued; so the same command, with a name, goes on where it was stopped. Prints how far the figures move.
    Raises ConfigError for a number of seeds that is not from 2 to 100.
    """
    if not 2 <= seeds <= MOST:
        raise ConfigError(f"--seeds {seeds}: must be from 2 to {MOST}")
    folders, out = [], Path(config.out)
    for number in range(seeds):
        run_id = f"{name}-seed{number}"
        own = replace(config, name=run_id, seed=config.seed + number)
        begun = finished_run(out, run_id) is not None or partial_folder(out, run_id).exists()
        print(f"\nseed {number + 1} of {seeds}", flush=True)
        folders.append(train(own, resume=run_id if begun else None, given=given | {"seed"}))
    print(f"\n{spread_text(seed_spread([open_run(folder) for folder in folders]))}")
    return folders
