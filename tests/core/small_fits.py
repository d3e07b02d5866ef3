"""The settings of a fit of seconds on the forty children of ``small_data``."""

from pathlib import Path

from core.config import TrainConfig, resolve


def config(data: Path, out: Path, **changes: object) -> TrainConfig:
    settings = {"weights": "none", "image_size": 32, "epochs": 2, "batch_size": 8, "device": "cpu"} | changes
    return resolve(TrainConfig(data=str(data), out=str(out), **settings))
