"""A small data set on disk that a fit of seconds can learn, and the runs that were fitted on it once for all tests."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from tests.core.small_fits import config


@pytest.fixture(scope="session")
def small_data(made_once: Callable[..., Path]) -> Path:
    """Forty children, two images each, {train,test}/{NORMAL,PNEUMONIA}; positives have a bright patch."""

    def draw(folder: Path) -> None:
        rng = np.random.default_rng(0)
        for child in range(40):
            split, positive = ("test" if child >= 30 else "train"), child % 2 == 1
            place = folder / split / ("PNEUMONIA" if positive else "NORMAL")
            place.mkdir(parents=True, exist_ok=True)
            for number in range(2):
                image = rng.integers(0, 140, (48, 40), dtype=np.uint8)
                if positive:
                    image[10:28, 8:24] += 90
                name = f"person{child}_bacteria_{number}.png" if positive else f"IM-{child:04d}-{number:04d}.png"
                cv2.imwrite(str(place / name), image)

    return made_once("small", draw)


@pytest.fixture(scope="session")
def fitted(made_once: Callable[..., Path], small_data: Path) -> Path:
    """The folder of a run of two epochs, the only one in its own; copied before it is changed."""
    from core.pipeline import train

    return made_once("fitted", lambda out: train(config(small_data, out, name="whole"))) / "whole"


@pytest.fixture(scope="session")
def fitted_on_two(made_once: Callable[..., Path], small_data: Path) -> Path:
    """The same on two findings, of which the second one is known of some images; beside it lie ``labels.csv`` and what
    the fit ``said.txt``."""
    from core.pipeline import train

    def fit(out: Path) -> None:
        files = sorted(path.relative_to(small_data).as_posix() for path in small_data.rglob("*.png"))
        rows = pd.DataFrame({"path": files, "split": ["test" if "test/" in file else "" for file in files]})
        rows["label:Pneumonia"] = ["1" if "PNEUMONIA" in file else "0" for file in files]
        rows["label:Other"] = [str(int(number % 3 == 0)) for number in range(len(files))]
        rows.loc[rows.index % 5 == 0, "label:Other"] = ""
        rows.to_csv(out / "labels.csv", index=False)
        with redirect_stdout(io.StringIO()) as said:
            train(config(small_data, out, name="two", labels=str(out / "labels.csv"), epochs=1))
        (out / "said.txt").write_text(said.getvalue(), encoding="utf-8")

    return made_once("fitted-on-two", fit) / "two"
