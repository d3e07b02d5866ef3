"""A small data set on disk that a fit of seconds can learn."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Small fits gain nothing from threads, and on a busy machine threads that wait for each other lose a lot."""
    os.environ["OMP_NUM_THREADS"] = "1"  # for the programs that tests start
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty children, two images each, {train,test}/{NORMAL,PNEUMONIA}; positives have a bright patch."""
    folder, draw = tmp_path_factory.mktemp("small") / "small", np.random.default_rng(0)
    for child in range(40):
        split, positive = ("test" if child >= 30 else "train"), child % 2 == 1
        place = folder / split / ("PNEUMONIA" if positive else "NORMAL")
        place.mkdir(parents=True, exist_ok=True)
        for number in range(2):
            image = draw.integers(0, 140, (48, 40), dtype=np.uint8)
            if positive:
                image[10:28, 8:24] += 90
            name = f"person{child}_bacteria_{number}.png" if positive else f"IM-{child:04d}-{number:04d}.png"
            cv2.imwrite(str(place / name), image)
    return folder
