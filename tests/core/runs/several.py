"""A table of two findings on the same images, with truths that are unknown, and the runs that it makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from core.runs.importer import import_predictions
from core.runs.mapping import Mapping, parse_mapping

FINDINGS = ("Pneumonia", "Pleural Effusion")
MAPPING = "subgroups = []\n" + "".join(
    f'[[finding]]\nlabel = "{name}"\nscore = "pred_{name}"\nscale = "probability"\n' for name in FINDINGS
)


def mapping() -> Mapping:
    return parse_mapping(MAPPING, Path("mapping.toml"))


def table(n: int = 240, *, seed: int = 0, sets: tuple[str, ...] = ("validation", "test")) -> pd.DataFrame:
    """Two images a patient; about one truth of six is unknown, of each finding by itself."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "image": [f"{seed}-{i}.png" for i in range(n)],
            "patient": [f"{seed}-{i // 2}" for i in range(n)],
            "split": [sets[(i // 2) % len(sets)] for i in range(n)],
        }
    )
    for name, prevalence, apart in zip(FINDINGS, (0.45, 0.3), (2.0, 3.0), strict=True):
        truth = rng.random(n) < prevalence
        logit = apart * (truth - 0.5) + rng.normal(size=n)
        rows[name] = np.where(rng.random(n) < 1 / 6, "", np.where(truth, "1.0", "0.0"))
        rows[f"pred_{name}"] = 1 / (1 + np.exp(-logit))
    return rows


def write(rows: pd.DataFrame, file: Path) -> Path:
    rows.to_csv(file, index=False)
    return file


def two_findings(folder: Path, name: str = "two", *, hide_test: bool = False) -> Path:
    """The run ``folder/runs/name`` of :func:`table`."""
    file = write(table(), folder / f"{name}.csv")
    return import_predictions(file, name=name, out=folder / "runs", mapping=mapping(), hide_test=hide_test)
