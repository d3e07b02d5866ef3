"""Runs with features, without a fit: the file is laid into a whole run and its manifest sealed again."""

import json
from pathlib import Path

import numpy as np

from core.explain.pictures import Pictures
from core.films.features import SETS, Features, write_features
from core.run_scorer import run_scorer
from core.runs.files import FEATURES, write_json
from core.runs.listed_files import listed_files
from core.runs.seal import SEAL, sealed
from core.runs.store import read_run


def add_features(folder: Path, sets: dict[str, Features]) -> None:
    write_features(folder / FEATURES, sets)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest.pop(SEAL)
    manifest["files"] |= listed_files(folder, [FEATURES])
    write_json(folder / "manifest.json", sealed(manifest))


def add_drawn_features(folder: Path, *, width: int = 6, seed: int = 0) -> None:
    """Normal features of spreads from 1 to ``width``."""
    rng, records = np.random.default_rng(seed), read_run(folder).records
    sets = {}
    for name in SETS:
        ids = records.loc[records["split"] == name, "image_id"].to_numpy(dtype=str)
        values = rng.normal(0, np.arange(1, width + 1), (len(ids), width)).astype(np.float16)
        sets[name] = Features(image_id=ids, values=values)
    add_features(folder, sets)


def add_own_features(folder: Path) -> None:
    """Those that the run's network has of its images."""
    run = read_run(folder)
    pictures, scorer = Pictures(run), run_scorer(run)
    sets = {}
    for name in SETS:
        ids = run.records.loc[run.records["split"] == name, "image_id"].to_numpy(dtype=str)
        squares = np.stack([pictures.square(str(one), scorer.preprocessing.image_size) for one in ids])
        sets[name] = Features(image_id=ids, values=scorer.features(squares).astype(np.float16))
    add_features(folder, sets)
