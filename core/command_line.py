"""The command line of ``train.py``, built from :class:`TrainConfig`, and how errors leave a program."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

from core.config import TrainConfig, embedded_findings, resolve
from core.disk import refusal
from core.errors import ConfigError, WorkbenchError

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float}
_RANGES: dict[str, tuple[float, float]] = {
    "image_size": (32, 2048),
    "epochs": (1, 10_000),
    "batch_size": (2, 65_536),
    "seed": (0, 2**32 - 1),
    "learning_rate": (1e-9, 10),
    "weight_decay": (0, 10),
}


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
        flag, kind = "--" + setting.name.replace("_", "-"), str(setting.type).split(" ")[0]
        if kind == "bool":
            parser.add_argument(flag, action="store_true", help=setting.metadata["help"])
            continue
        parser.add_argument(
            flag,
            type=_TYPES[kind],
            help=setting.metadata["help"],
            choices=setting.metadata["choices"],
            metavar=setting.metadata["metavar"] or None,
        )
    parser.add_argument("--resume", metavar="ID", help="continue the run that was stopped")
    parser.add_argument("--seeds", metavar="K", type=int, help="make K runs, NAME-seed0 and so on, and compare them")
    values = vars(parser.parse_args(arguments))
    resume = values.pop("resume", None)
    if values.pop("seeds", None) is not None and resume is not None:
        raise ConfigError("--seeds and --resume: give --seeds with the --name of before, which continues what is left")
    config = replace(TrainConfig(), **values)
    _check(config, resuming=resume is not None)
    return resolve(_absolute(config)), resume, frozenset(values)


def seeds_asked(arguments: list[str]) -> int | None:
    """The K of ``--seeds K`` in arguments that :func:`parse_train` took; None where it was not given."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--seeds", type=int)
    seeds: int | None = parser.parse_known_args(arguments)[0].seeds
    return seeds


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
    except OSError as error:  # a full disk, a folder that may not be written
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{refusal(error)}", file=sys.stderr)
        return 2
    return 0


def _absolute(config: TrainConfig) -> TrainConfig:
    """Paths as seen from anywhere: the run names its data, and is read from other folders."""

    def absolute(path: str | None) -> str | None:
        return None if path is None else str(Path(path).expanduser().absolute())

    weights = config.weights
    if weights not in (None, "imagenet", "none"):
        weights = absolute(weights)
    return replace(config, data=absolute(config.data), labels=absolute(config.labels), weights=weights)


def _check(config: TrainConfig, *, resuming: bool) -> None:
    """Refuse values out of range. What a pattern or a folder holds is checked where it is read."""
    for name, (least, most) in _RANGES.items():
        value = getattr(config, name)
        if value is not None and not least <= value <= most:
            raise ConfigError(f"--{name.replace('_', '-')} {value}: must be from {least:g} to {most:g}")
    if config.data is None and not resuming:  # a run that is resumed has its own --data
        embedded_findings(config.positive_class)
        for name in ("labels", "patient_pattern", "leave_out"):
            if getattr(config, name) is not None:
                raise ConfigError(f"--{name.replace('_', '-')} needs --data: the embedded images have their own labels")
