"""Tables of public data sets, larger than their miniatures, fitted end to end on several of their findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.config import TrainConfig, resolve
from core.pipeline import train
from core.runs.store import read_run
from tests.core.data.layouts.miniatures import FOUR_VALUES, picture, table

FINDINGS = ("Pneumonia", "Edema")
N = 60
Truth = dict[str, tuple[int | None, ...]]


def _truths() -> list[tuple[int | None, ...]]:
    """Of each of ``N`` images the truth of each finding; None where it is uncertain or not told."""
    rng = np.random.default_rng(5)
    return [(int(rng.random() < 0.5), (0, 1, None)[rng.integers(3)]) for _ in range(N)]


def nih(folder: Path) -> tuple[Path, Truth]:
    """A finding that its cell does not list is not there: nothing is unknown."""
    rows, truths = [], {}
    for number, truth in enumerate(_truths()):
        name, known = f"{number:08d}_000.png", tuple(int(bool(one)) for one in truth)
        listed = "|".join(finding for finding, one in zip(FINDINGS, known, strict=True) if one) or "No Finding"
        rows.append(f"{name},{listed},0,{number},045Y,F,PA,2500,2048,0.168,0.168,")
        picture(folder / "images_001" / "images" / name, number)
        truths[f"images_001/images/{name}"] = known
    header = (
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
        "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
    )
    return table(folder / "Data_Entry_2017.csv", header, rows), truths


def chexpert(folder: Path) -> tuple[Path, Truth]:
    """An uncertain label is -1 and stays unknown."""
    rows, truths, columns = [], {}, FOUR_VALUES.split(",")
    for number, truth in enumerate(_truths()):
        name = f"train/patient{number:05d}/study1/view1_frontal.jpg"
        told = {one: "-1.0" if known is None else f"{known:.1f}" for one, known in zip(FINDINGS, truth, strict=True)}
        cells = [told.get(column, "") for column in columns]
        rows.append(f"CheXpert-v1.0-small/{name},Female,68,Frontal,AP,{','.join(cells)}")
        picture(folder / name, number)
        truths[name] = truth
    return table(folder / "train.csv", f"Path,Sex,Age,Frontal/Lateral,AP/PA,{FOUR_VALUES}", rows), truths


@pytest.mark.parametrize("write", [nih, pytest.param(chexpert, marks=pytest.mark.long)])
def test_a_public_table_is_fitted_on_two_findings(write: Callable[[Path], tuple[Path, Truth]], tmp_path: Path) -> None:
    labels, truths = write(tmp_path / "data")
    settings = {"weights": "none", "image_size": 32, "epochs": 1, "batch_size": 8, "device": "cpu", "odd": "keep"}
    asked = {"data": str(labels.parent), "labels": str(labels), "positive_class": ",".join(FINDINGS)}
    run = read_run(train(resolve(TrainConfig(out=str(tmp_path / "runs"), name="public", **asked, **settings))))
    assert run.findings == FINDINGS
    saved = pd.read_parquet(run.folder / "records.parquet").set_index("image_id")
    for place, finding in enumerate(FINDINGS):
        wanted = pd.Series({image_id: truth[place] for image_id, truth in truths.items()}, dtype=float)
        pd.testing.assert_series_equal(
            saved[f"label:{finding}"].astype(float).sort_index(), wanted.sort_index(), check_names=False
        )
        own = run.of(finding)
        for split in ("validation", "test"):
            known = wanted[saved.index[saved["split"] == split]]
            assert own.predictions(split).n == known.notna().sum()
            assert own.unlabelled[split] == known.isna().sum()
    assert run.of("Edema").unlabelled["test"] == 0 if write is nih else sum(run.of("Edema").unlabelled.values()) > 0
