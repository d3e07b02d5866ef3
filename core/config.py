"""What one run of ``train.py`` is told, as one frozen object. The command line is built from its fields."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from core.errors import ConfigError

PROJECT_FOLDER = Path(__file__).resolve().parent.parent


def _flag(help_text: str, *, default: Any = None, choices: tuple[str, ...] | None = None, metavar: str = "") -> Any:
    return field(default=default, metadata={"help": help_text, "choices": choices, "metavar": metavar})


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """Every setting of a run. ``None`` means "by the data and the recipe"; :func:`resolve` fills those in."""

    data: str | None = _flag("folder of images; without it, the embedded synthetic phantoms", metavar="DIR")
    labels: str | None = _flag("CSV with path, label and optionally patient_id, split, subgroups", metavar="FILE")
    positive_class: str | None = _flag(
        "what to find, where it is not PNEUMONIA; several findings of a table of --labels, or of the embedded images "
        "(PNEUMONIA and EFFUSION), with commas between",
        metavar="NAME",
    )
    leave_out: str | None = _flag("lateral, adult or both, where the table of --labels tells", metavar="WHAT")
    patient_pattern: str | None = _flag("regular expression that finds the patient in a file name", metavar="REGEX")
    out: str = _flag("where runs lie", default="runs", metavar="DIR")
    name: str | None = _flag("id of the run; by default the data's name and the UTC time", metavar="ID")
    recipe: str = _flag("how to fit; 'seed' is the published baseline", default="default", choices=("default", "seed"))
    weights: str | None = _flag("initial weights: imagenet, none, or a file", metavar="imagenet|none|FILE")
    image_size: int | None = _flag("side of the square the network sees, in pixels", metavar="N")
    epochs: int | None = _flag("passes over the training images", metavar="N")
    batch_size: int | None = _flag("images a step", metavar="N")
    learning_rate: float | None = _flag("largest learning rate", metavar="X")
    weight_decay: float | None = _flag("AdamW's weight decay", metavar="X")
    seed: int = _flag("seed of split, initial weights, order and augmentation", default=0, metavar="N")
    hide_test: bool = _flag("hide test figures until a threshold is locked on validation", default=False)
    odd: str = _flag(
        "pictures that are odd: judge leaves out blank ones and masks, keep uses all, drop leaves out all",
        default="judge",
        choices=("judge", "keep", "drop"),
    )
    device: str = _flag("where to compute", default="auto", choices=("auto", "cpu", "cuda", "mps"))

    def to_dict(self) -> dict[str, Any]:
        """Plain values by field name, as ``manifest.json`` holds them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """The reverse of :meth:`to_dict`; fields this version does not know are an error that names them."""
        unknown = sorted(set(values) - {f.name for f in fields(cls)})
        if unknown:
            raise ConfigError(f"saved config has settings this version does not know: {', '.join(unknown)}")
        return cls(**values)


SETTINGS_OF_RECIPES: dict[str, dict[str, Any]] = {
    "seed": {"learning_rate": 1e-4, "weight_decay": 1e-4, "batch_size": 8, "epochs": 8},
    "default": {"learning_rate": 1e-3, "weight_decay": 0.05, "batch_size": 16},
}
EMBEDDED: dict[str, Any] = {"weights": "none", "image_size": 64, "epochs": 10}
"""The phantoms are few and small, so a few more epochs fit into the minutes a newcomer waits."""
EMBEDDED_FINDINGS = ("PNEUMONIA", "EFFUSION")
"""What the phantoms may show; the first is what a fit on them looks for where nothing is asked."""


def embedded_findings(positive_class: str | None) -> tuple[str, ...]:
    """The findings of the phantoms that ``--positive-class`` asks for, in its order; case does not matter.

    Raises :class:`ConfigError` that names those there are.
    """
    asked = [name.strip() for name in (positive_class or EMBEDDED_FINDINGS[0]).split(",") if name.strip()]
    if unknown := [name for name in asked if name.upper() not in EMBEDDED_FINDINGS] or ([] if asked else [","]):
        raise ConfigError(
            f"--positive-class {unknown[0]}: the embedded images show {' and '.join(EMBEDDED_FINDINGS)}; name one of "
            "them, or both with a comma between"
        )
    return tuple(dict.fromkeys(name.upper() for name in asked))


def resolve(config: TrainConfig) -> TrainConfig:
    """``config`` with every setting filled in that was left to the data and the recipe."""
    by_data: dict[str, Any] = (
        EMBEDDED if config.data is None else {"weights": "imagenet", "image_size": 224, "epochs": 8}
    )
    chosen = by_data | SETTINGS_OF_RECIPES[config.recipe]
    return replace(config, **{name: value for name, value in chosen.items() if getattr(config, name) is None})
