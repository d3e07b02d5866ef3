"""The command line of ``train.py``, built from :class:`TrainConfig`, and how errors leave a program."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

from core.config import TrainConfig, resolve
from core.errors import ConfigError, WorkbenchError

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float}


def parse_train(arguments: list[str]) -> tuple[TrainConfig, str | None, frozenset[str]]:
    """The resolved config, the id to resume (or None), and the names of the settings that were given.

    Raises:
        ConfigError: a value that cannot be honoured. argparse itself leaves on unknown flags, with the usage.
    """
    parser = argparse.ArgumentParser(
        prog="train.py",
        description="Fit, calibrate and evaluate a pneumonia classifier on chest radiographs. "
        "Research use only, never for diagnosis.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    for setting in fields(TrainConfig):
        kind = _TYPES[str(setting.type).split(" ")[0]]
        parser.add_argument(
            "--" + setting.name.replace("_", "-"),
            type=kind,
            help=setting.metadata["help"],
            choices=setting.metadata["choices"],
            metavar=setting.metadata["metavar"] or None,
        )
    parser.add_argument("--resume", metavar="ID", help="continue the run that was stopped")
    values = vars(parser.parse_args(arguments))
    resume = values.pop("resume", None)
    config = replace(TrainConfig(), **values)
    _check(config)
    return resolve(_absolute(config)), resume, frozenset(values)


def guarded(program: Callable[[], None]) -> int:
    """Run ``program``; an error meant for a person becomes one message and exit status 2, Ctrl-C 130."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a sign still shows the rest
    try:
        program()
        sys.stdout.flush()
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone; nothing more can be said to it, nor by the interpreter's last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def _absolute(config: TrainConfig) -> TrainConfig:
    """Paths as seen from anywhere: the run names its data, and is read from other folders."""

    def absolute(path: str | None) -> str | None:
        return None if path is None else str(Path(path).expanduser().absolute())

    weights = config.weights
    if weights not in (None, "imagenet", "none"):
        weights = absolute(weights)
    return replace(config, data=absolute(config.data), labels=absolute(config.labels), weights=weights)


def _check(config: TrainConfig) -> None:
    least = {"image_size": 32, "epochs": 1, "batch_size": 2, "seed": 0}
    for name, limit in least.items():
        value = getattr(config, name)
        if value is not None and value < limit:
            raise ConfigError(f"--{name.replace('_', '-')} {value}: must be at least {limit}")
    if config.image_size is not None and config.image_size > 2048:
        raise ConfigError(f"--image-size {config.image_size}: must be at most 2048")
    if config.learning_rate is not None and not 0 < config.learning_rate < 10:
        raise ConfigError(f"--learning-rate {config.learning_rate}: must be above 0 and below 10")
    if config.weight_decay is not None and not 0 <= config.weight_decay < 10:
        raise ConfigError(f"--weight-decay {config.weight_decay}: must be at least 0 and below 10")
    if config.data is None:
        for name in ("labels", "positive_class", "patient_pattern"):
            if getattr(config, name) is not None:
                raise ConfigError(f"--{name.replace('_', '-')} needs --data: the embedded images have their own labels")
    if config.patient_pattern is not None:
        try:
            re.compile(config.patient_pattern)
        except re.error as error:
            raise ConfigError(
                f"--patient-pattern {config.patient_pattern!r}: not a regular expression ({error})"
            ) from error
